#include "engine/oauth_grant.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/decimal.h"
#include "base/json_writer.h"

namespace malote::engine {

namespace {

constexpr std::size_t kMaxAnswer = 64 * 1024;
constexpr std::int64_t kLongestLife = 10LL * 366 * 24 * 3600;

}  // namespace

std::string form_of(const FormPairs& pairs) {
  std::string form;
  for (const auto& [name, value] : pairs) {
    if (value.empty()) continue;
    form += (form.empty() ? "" : "&") + std::string{name} + "=" + url_encode(value);
  }
  return form;
}

HttpRequest token_request(const OAuthClient& client, FormPairs pairs) {
  pairs.emplace_back("client_id", client.client_id);
  pairs.emplace_back("client_secret", client.client_secret.reveal());
  return {.url = client.token_url,
          .headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                      {"Accept", "application/json"}},
          .body = form_of(pairs),
          .response_limit = kMaxAnswer,
          .response_kept = kMaxAnswer};
}

Result<Granted> read_grant(const tools::Server* server, const HttpOutcome& outcome, Timestamp now,
                           json::View before) {
  if (outcome.status != 200 && outcome.status != 201)
    return fail(Errc::unauthorized,
                outcome.status == 0
                    ? "the token endpoint did not answer: " + outcome.error
                    : "the token endpoint answered " + std::to_string(outcome.status));
  const auto document = json::Document::parse(outcome.body);
  if (!document) return fail(Errc::unauthorized, "the token endpoint answered no JSON");
  const json::View root = document->root();
  const auto token = root["access_token"].as_string();
  if (!token || token->empty())
    return fail(Errc::unauthorized, "the token endpoint answered without access_token");
  if (std::ranges::any_of(*token, [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
    return fail(Errc::unauthorized, "the token endpoint answered an access_token that is no text");
  json::Writer w;
  std::vector<std::string_view> written;
  const auto write = [&](std::string_view name, std::string_view text) {
    w.field(name, text);
    written.push_back(name);
  };
  w.object();
  for (const std::string_view name : {"access_token", "refresh_token", "token_type", "scope"}) {
    const auto text = root[name].as_string().value_or("");
    if (!text.empty()) write(name, text);
  }
  if (server && !server->credentials.empty()) {
    const auto& own = server->credentials.front().name;
    if (std::ranges::find(written, own) == written.end()) write(own, *token);
  }
  for (const auto member : before) {
    if (std::ranges::find(written, member.key()) == written.end())
      w.key(member.key()).raw(member.raw());
  }
  Granted granted{.credentials = std::move(w.end()).text()};
  const auto number = parse_decimal(root["expires_in"].as_text().value_or(""));  // some say "3600"
  const auto seconds = number ? to_minor(*number, 0) : std::nullopt;
  if (seconds && *seconds > 0 && *seconds < kLongestLife)
    granted.expires_at = now + std::chrono::seconds{*seconds};
  return granted;
}

bool is_revoked_grant(const HttpOutcome& outcome) {
  if (outcome.status != 400 && outcome.status != 401) return false;
  const auto document = json::Document::parse(outcome.body);
  return document && document->root()["error"].as_string() == "invalid_grant";
}

}  // namespace malote::engine
