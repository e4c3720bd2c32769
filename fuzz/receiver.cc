// The receiver with whatever a stranger sends: headers and bodies of every scheme. Whatever comes,
// the answer is one of the known ones, and nothing that was not signed is ever handled.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "malote/receiver/webhook_handler.h"

namespace {

using namespace malote::receiver;

constexpr std::int64_t kNow = 1'800'000'000;
constexpr std::string_view kSecret = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0ISE=";

struct Target {
  Scheme scheme;
  Verifier signer;
  WebhookHandler hooks;
};

VerifyOptions at_now() {
  return {.clock = [] { return kNow; }};
}

Target& target(std::size_t chosen) {
  static const auto names = Scheme::names();
  static std::map<std::string, Target> targets;
  const std::string& name = names[chosen % names.size()];
  if (const auto at = targets.find(name); at != targets.end()) return at->second;
  WebhookHandler::Builder builder{name};
  builder.secret(std::string{kSecret}).clock([] { return kNow; });
  builder.on_unhandled([](const Event& event) {
    if (event.type.empty() || event.key.empty()) std::abort();
    (void)event.data();
    (void)event.payload();
  });
  return targets
      .emplace(name, Target{name, {name, {std::string{kSecret}}, at_now()}, builder.build()})
      .first->second;
}

/// Lines "name: value" up to an empty one; what follows is the body.
std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

void check(const Response& response) {
  constexpr std::array kKnown = {200, 400, 401, 405, 413, 415};
  for (const int status : kKnown)
    if (response.status == status && !response.body.empty()) return;
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  Target& t = target(data[0]);
  const bool is_signed = data[1] % 2 == 1;  // then only the body is the stranger's
  std::string_view rest{reinterpret_cast<const char*>(data) + 2, size - 2};
  std::vector<HeaderField> headers;
  std::vector<std::pair<std::string, std::string>> right;
  if (is_signed) {
    right = t.signer.sign("dlv_1", kNow, rest);
    for (const auto& [name, value] : right) headers.push_back({name, value});
  } else {
    for (auto line = take_line(rest); !line.empty(); line = take_line(rest)) {
      const auto colon = line.find(':');
      const bool has_value = colon != std::string_view::npos;
      headers.push_back({line.substr(0, colon), has_value ? line.substr(colon + 1) : ""});
    }
  }
  const bool genuine = static_cast<bool>(t.signer.verify(headers, rest));
  if (genuine != is_signed) std::abort();
  check(t.hooks.handle({.method = "POST", .headers = headers, .body = rest}));
  if (size < 4096) (void)t.signer.explain(headers, rest);
  return 0;
}
