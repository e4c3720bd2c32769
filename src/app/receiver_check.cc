// malote receiver check: runs a file of receiver cases (data/vectors/receivers.json is one) through
// the receiver library, each with its own clock, and compares. receiver_sessions.h runs its
// sequences of deliveries.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "app/commands.h"
#include "app/receiver_sessions.h"
#include "base/bytes.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "malote/receiver/webhook_handler.h"

namespace malote::app {

namespace {

using namespace malote::receiver;

/// What came of a case.
struct Seen {
  std::string verify = "ok";
  int http = 0;
  std::string dispatch{};
  std::optional<std::size_t> matched_secret{};
  std::optional<bool> replay_protected{};
  std::string type{}, event_id{};
};

std::string body_of(json::View body) {
  if (const auto text = body["utf8"].as_string()) return std::string{*text};
  if (const auto text = body["b64"].as_string()) return base64_decode(*text).value_or("");
  const json::View fill = body["fill"];
  const auto count = static_cast<std::size_t>(fill["count"].as_int().value_or(0));
  const auto byte = fill["byte"].as_int();
  const char c = byte ? static_cast<char>(*byte) : fill["byte"].as_string().value_or("a").front();
  return std::string(count, c);
}

/// A member of the case's options, else of the file's defaults.
json::View option(json::View c, json::View defaults, std::string_view name) {
  const json::View own = c["options"][name];
  return own ? own : defaults[name];
}

WebhookHandler handler_for(json::View c, const Scheme& scheme, json::View defaults, Seen& seen) {
  const std::int64_t now = c["now"].as_int().value_or(0);
  WebhookHandler::Builder builder{scheme};
  for (const auto secret : c["secrets"])
    builder.previous_secret(std::string{secret["value"].as_string().value_or("")});
  const json::View tolerance = option(c, defaults, "tolerance");
  builder.tolerance({});
  if (const auto seconds = tolerance.as_int()) builder.tolerance(std::chrono::seconds{*seconds});
  if (const auto bytes = option(c, defaults, "max_body").as_int())
    builder.max_body(static_cast<std::size_t>(*bytes));
  if (const auto most = option(c, defaults, "max_signatures").as_int())
    builder.max_signatures(static_cast<std::size_t>(*most));
  const json::View enforce = option(c, defaults, "enforce_unsigned_timestamp");
  builder.enforce_unsigned_timestamp(enforce.as_bool().value_or(false));
  builder.clock([now] { return now; });
  const auto take = [&seen](const char* how) {
    return [&seen, how](const receiver::Event& event, Context& context) {
      seen.dispatch = how;
      seen.type = event.type;
      seen.event_id = event.id;
      seen.matched_secret = context.matched_secret;
      seen.replay_protected = context.replay_protected;
    };
  };
  builder.on("order.created", take("handled")).on_unhandled(take("unhandled"));
  builder.on_refused([&seen](const VerifyError& error, const receiver::Request&) {
    seen.verify = word(error.code);
  });
  return builder.build();
}

Seen run_case(json::View c, const Scheme& scheme, json::View defaults) {
  Seen seen;
  try {
    const WebhookHandler handler = handler_for(c, scheme, defaults, seen);
    const json::View request = c["request"];
    std::vector<HeaderField> headers;
    for (const auto pair : request["headers"])
      headers.push_back({pair.at(0).as_string().value_or(""), pair.at(1).as_string().value_or("")});
    const std::string body = body_of(request["body"]);
    seen.http = handler
                    .handle({.method = request["method"].as_string().value_or("POST"),
                             .headers = headers,
                             .body = body})
                    .status;
  } catch (const ConfigError& error) {
    seen.verify = error.code();
    seen.http = 500;
  }
  return seen;
}

/// Every expectation that does not hold, in words.
std::string differences(json::View expect, const Seen& seen) {
  std::string text;
  const auto compare = [&](std::string_view name, json::View wanted, std::string_view found) {
    if (!wanted || wanted.as_text().value_or("") == found) return;
    text += std::string{text.empty() ? "" : "; "} + std::string{name} + " is " +
            std::string{found} + ", wanted " + std::string{wanted.raw()};
  };
  compare("verify", expect["verify"], seen.verify);
  compare("http", expect["http"], std::to_string(seen.http));
  compare("dispatch", expect["dispatch"], seen.dispatch);
  compare("matched_secret", expect["matched_secret"],
          seen.matched_secret ? std::to_string(*seen.matched_secret) : "none");
  compare("replay_protected", expect["replay_protected"],
          seen.replay_protected.value_or(false) ? "true" : "false");
  compare("event.type", expect["event"]["type"], seen.type);
  compare("event.event_id", expect["event"]["event_id"], seen.event_id);
  return text;
}

void print_json(std::string_view id, const Seen& seen) {
  json::Writer w;
  w.object().field("id", id).field("verify", seen.verify).field("http", seen.http);
  w.field_or_null("dispatch", std::string_view{seen.dispatch});
  if (seen.matched_secret) {
    w.field("matched_secret", static_cast<std::int64_t>(*seen.matched_secret));
  } else {
    w.key("matched_secret").null();
  }
  if (seen.dispatch.empty()) {
    w.key("event").null();
  } else {
    w.key("event").object().field("type", seen.type).field("event_id", seen.event_id).end();
  }
  std::cout << std::move(w.end()).text() << '\n';
}

int check(const std::string& path, bool json_lines) {
  std::ifstream in{path, std::ios::binary};
  if (!in) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << in.rdbuf();
  const auto document = json::Document::parse(text.str());
  if (!document) throw std::runtime_error(path + ": " + document.error().message);
  const json::View root = document->root();
  if (!root["profiles"].is_object() || !root["cases"].is_array())
    throw std::runtime_error(path + ": has no object \"profiles\" or no list \"cases\"");
  int passed = 0, failed = 0;
  const auto count = [&](std::string_view id, const std::string& wrong) {
    ++(wrong.empty() ? passed : failed);
    if (!json_lines)
      std::cout << (wrong.empty() ? "ok    " : "FAIL  ") << id << (wrong.empty() ? "" : ": ")
                << wrong << '\n';
    if (json_lines && !wrong.empty()) std::cerr << id << ": " << wrong << '\n';
  };
  const auto scheme_of = [&](json::View item) {
    const std::string name{item["profile"].as_string().value_or("")};
    const json::View own = root["profiles"][name];
    return own ? Scheme::from_json(name, own.raw()) : Scheme{name};
  };
  for (const auto c : root["cases"]) {
    const Seen seen = run_case(c, scheme_of(c), root["defaults"]);
    const auto id = c["id"].as_string().value_or("?");
    if (json_lines) print_json(id, seen);
    count(id, differences(c["expect"], seen));
  }
  for (const auto session : root["sessions"]) {
    const SessionReport report =
        run_session(session, scheme_of(session), root["now"].as_int().value_or(0));
    if (json_lines) std::cout << report.json << '\n';
    count(session["id"].as_string().value_or("?"), report.wrong);
  }
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 ? 0 : 1;
}

}  // namespace

void add_receiver_check(CLI::App& app, Command& chosen) {
  static std::string path;
  static bool json_lines = false;
  auto* receiver = app.add_subcommand("receiver", "Try the receiver library");
  receiver->require_subcommand(1);
  auto* command = receiver->add_subcommand("check", "Run a file of receiver cases and compare");
  command->add_option("file", path, "Vector file (docs/receivers.md)")->required();
  command->add_flag("--json", json_lines, "One line per case");
  command->callback([&chosen] { chosen = [] { return check(path, json_lines); }; });
}

}  // namespace malote::app
