#include "tools/outcome.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/decimal.h"
#include "base/json_writer.h"
#include "core/template.h"
#include "tools/encode.h"

namespace malote::tools {

namespace {

constexpr std::size_t kMaxShort = 300;  // of a provider's answer in an error's text

/// Cut between characters, white space made plain.
std::string shortened(std::string_view text) {
  const auto start = cut_text(text, kMaxShort);
  std::string out;
  for (const char c : trim(start)) {
    const bool space = static_cast<unsigned char>(c) <= 0x20;
    if (!space || !out.ends_with(' ')) out += space ? ' ' : c;
  }
  return start.size() < text.size() ? out + " …" : out;
}

/// What the provider answered, as JSON.
std::string json_of(std::string_view body) {
  if (trim(body).empty()) return "{}";
  if (json::Document::parse(body)) {
    const auto document = json::Document::parse(body);
    return std::string{document->root().raw()};
  }
  json::Writer w;
  w.object();
  if (is_valid_utf8(body)) {
    w.field("text", body);
  } else {
    w.field("base64", base64_encode(body));
  }
  w.end();
  return std::move(w).text();
}

/// With the members that the tool's `result` adds. What it refers to may be absent in an answer:
/// the answer stays as it is then.
std::string with_result(const Tool& tool, json::View input, std::string data) {
  const auto document = json::Document::parse(data);
  if (!tool.result || !document) return data;
  core::Scope scope;
  scope.set("result", document->root());
  scope.set("input", input);
  for (const auto member : tool.result) {
    const auto value = core::render(member, scope);
    if (!value || *value == "null") continue;
    data = with_member(json::Document::parse(data)->root(), member.key(), *value);
  }
  return data;
}

/// Nothing of the request can have reached the provider.
bool never_sent(const HttpOutcome& outcome) {
  if (outcome.local) return true;
  constexpr std::string_view kBeforeSending[] = {
      "connect:",          "Failed to connect", "Couldn't connect",
      "Could not connect", "Could not resolve", "Couldn't resolve",
      "SSL certificate",   "SSL connect",       "SSL: no alternative"};
  return std::ranges::any_of(
      kBeforeSending, [&](std::string_view start) { return outcome.error.starts_with(start); });
}

/// Something was said, but not what an API says: a page of a proxy, or an answer that was cut.
bool is_unreadable(std::string_view body) {
  return !trim(body).empty() && !json::Document::parse(body);
}

/// A write of which nobody can tell whether it happened.
ToolOutcome unreadable(const Server& server, const HttpOutcome& outcome) {
  const std::string error = server.name + " API " + std::to_string(outcome.status) +
                            ": the answer is no JSON (it may have happened nevertheless)";
  json::Writer w;
  w.object().field("text", is_valid_utf8(outcome.body) ? shortened(outcome.body)
                                                       : std::string{"bytes that are no text"});
  return {
      .fate = Fate::unknown,
      .data = failure_data(error, "unexpected_answer", outcome.status, std::move(w.end()).text()),
      .error = error};
}

struct Verdict {
  Fate fate;
  std::string_view code;
};

/// The provider was not reached, or did not answer.
Verdict judge_failure(const Tool& tool, const HttpOutcome& outcome) {
  if (outcome.error.starts_with("ssrf_blocked")) return {Fate::refused, "address_refused"};
  if (never_sent(outcome)) return {Fate::retryable, "provider_unreachable"};
  if (tool.safe) return {Fate::retryable, "provider_unavailable"};
  return {Fate::unknown, "outcome_unknown"};
}

Verdict judge_status(const Tool& tool, const HttpOutcome& outcome) {
  const int status = outcome.status;
  if (status == 401) return {Fate::unauthorized, "provider_unauthorized"};
  if (status == 429) return {Fate::retryable, "rate_limited"};
  // 425: too early. 503 with a time to come back is said before the work, not after it.
  const bool before_work = status == 425 || (status == 503 && !outcome.retry_after.empty());
  if (before_work) return {Fate::retryable, "provider_unavailable"};
  const bool unclear = status == 408 || status >= 500;
  if (!unclear) return {Fate::refused, "provider_error"};
  if (tool.safe) return {Fate::retryable, "provider_unavailable"};
  return {Fate::unknown, "outcome_unknown"};
}

/// Seconds; a date is left to the caller's own schedule.
std::optional<Millis> parse_retry_after(std::string_view text) {
  const auto seconds = parse_decimal(trim(text));
  const auto ms = seconds ? to_minor(*seconds, 3) : std::nullopt;
  constexpr std::int64_t kDay = 86'400'000;
  if (!ms || *ms < 0 || *ms > kDay) return {};
  return Millis{*ms};
}

}  // namespace

std::string failure_data(std::string_view error, std::string_view code, int status,
                         std::string_view details_json) {
  json::Writer w;
  w.object().field("error", error).field("code", code);
  if (status != 0) w.field("status", status);
  if (!details_json.empty()) w.key("details").raw(details_json);
  w.end();
  return std::move(w).text();
}

ToolOutcome interpret(const Server& server, const Tool& tool, json::View input,
                      const HttpOutcome& outcome) {
  const int status = outcome.status;
  const bool good = status >= 200 && status <= 299;
  if (good && !tool.safe && is_unreadable(outcome.body)) return unreadable(server, outcome);
  if (good) return {.data = with_result(tool, input, json_of(outcome.body))};
  ToolOutcome result{.retry_after = parse_retry_after(outcome.retry_after)};
  const auto verdict = status == 0 ? judge_failure(tool, outcome) : judge_status(tool, outcome);
  result.fate = verdict.fate;
  std::string details;
  if (status == 0) {
    result.error = server.name + " API: " + outcome.error;
  } else {
    const bool text = is_valid_utf8(outcome.body);
    const auto body = text ? shortened(outcome.body) : std::string{"(no text)"};
    result.error =
        server.name + " API " + std::to_string(status) + (body.empty() ? "" : ": " + body);
    if (!trim(outcome.body).empty()) details = json_of(outcome.body);
  }
  if (verdict.fate == Fate::unknown) result.error += " (it may have happened nevertheless)";
  result.data = failure_data(result.error, verdict.code, status, details);
  return result;
}

std::string_view word(Fate fate) {
  constexpr std::string_view kWords[] = {"success", "refused", "unauthorized", "retryable",
                                         "unknown"};
  return kWords[static_cast<std::size_t>(fate)];
}

ToolOutcome call_builtin(const Tool& tool, json::View input) {
  if (tool.name == "echo") return {.data = input ? std::string{input.raw()} : "{}"};
  const auto status = static_cast<int>(input["status"].as_int().value_or(500));
  const auto message = input["message"].as_string().value_or("failed as asked");
  return interpret({.name = "Malote"}, tool, input,
                   {.status = status, .body = std::string{message}});
}

}  // namespace malote::tools
