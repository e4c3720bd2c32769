// malote trigger | replay: sample events, and those that were, sent on purpose.
#include <CLI/CLI.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <thread>

#include "app/api_call.h"
#include "app/cli_parts.h"
#include "app/stop_signals.h"
#include "base/bytes.h"
#include "base/json_writer.h"
#include "net/system.h"

namespace malote::app {

namespace {

constexpr int kPageSize = 200;
constexpr int kLooks = 50;  // at a delivery, for its first attempt …
constexpr Millis kLookAgain{200};

struct SendGiven {
  std::string event{}, to{}, since{}, until{}, source{};
  std::vector<std::string> sets{};
  bool publish = false, dry_run = false, yes = false;
};
SendGiven& send_given() {
  static SendGiven instance;
  return instance;
}

/// `object` with the member at `path` ("a.b.c") set; objects on the way are made.
Json with_member(const Json& object, std::string_view path, const Json& value) {
  const std::string_view name = path.substr(0, path.find('.'));
  const bool is_last = name.size() == path.size();
  const Json inner =
      is_last ? value : with_member(object[name], path.substr(name.size() + 1), value);
  std::vector<Json::Member> members = object.members();
  const auto at = std::ranges::find(members, name, &Json::Member::name);
  if (at == members.end()) {
    members.push_back({std::string{name}, inner});
  } else {
    at->value = inner;
  }
  return Json::object(std::move(members));
}

/// "a.b=c": c as JSON where it is JSON (a number, true, an object), else as a text.
Json with_override(const Json& data, const std::string& text) {
  const auto equals = text.find('=');
  const std::string path = text.substr(0, equals);
  const bool is_bad = equals == std::string::npos || path.empty() || path.front() == '.' ||
                      path.back() == '.' || path.find("..") != std::string::npos;
  if (is_bad) throw std::runtime_error("--set takes a.b=c, got " + printable(text));
  const std::string value = text.substr(equals + 1);
  try {
    return with_member(data, path, Json::parse(value));
  } catch (const std::invalid_argument&) {
    return with_member(data, path, Json{value});
  }
}

/// The catalogue's sample of an event, by its name or an alias.
Json sample_of(const Target& target, const std::string& event) {
  const Json types = ask(target, "GET", "/v1/event-types");
  for (const Json& type : types["event_types"].elements()) {
    const auto& aliases = type["aliases"].elements();
    const bool is_it =
        type["name"].as_string() == event ||
        std::ranges::any_of(aliases, [&](const Json& alias) { return alias.as_string() == event; });
    if (is_it) return type["fixture"];
  }
  return Json::object();
}

/// Waits for a delivery's first attempt and prints a line. True when it was taken.
bool show_outcome(const Target& target, const std::string& trigger, const std::string& delivery) {
  Json seen;
  for (int i = 0; i < kLooks; ++i) {
    seen = ask(target, "GET", "/v1/deliveries/" + url_encode(delivery))["delivery"];
    if (seen["status"].as_string() != "pending") break;
    std::this_thread::sleep_for(kLookAgain);
  }
  const std::string status = seen["status"].as_string();
  const Json& http = seen["response_status"];
  if (target.json) return std::printf("%s\n", seen.text().c_str()), status == "delivered";
  std::printf(
      "%s  %s  %s%s%s\n", trigger.c_str(), delivery.c_str(), status.c_str(),
      http.as_int() > 0 ? ("  " + std::to_string(http.as_int())).c_str() : "",
      seen["error"].is_string() ? ("  " + printable(seen["error"].as_string())).c_str() : "");
  return status == "delivered";
}

/// By its patterns: a name, "domain.*" or "*".
bool takes(const Json& trigger, const std::string& event) {
  const auto& patterns = trigger["events"].elements();
  return std::ranges::any_of(patterns, [&](const Json& element) {
    const std::string pattern = element.as_string();
    if (pattern == "*" || pattern == event) return true;
    return pattern.ends_with(".*") && event.starts_with(pattern.substr(0, pattern.size() - 1));
  });
}

int publish(const Target& target, const std::string& event, const Json& data) {
  const Json body{{"type", event}, {"data", data}};
  const Json answer = ask(target, "POST", "/v1/events", body.text());
  if (target.json) return std::printf("%s\n", answer.text().c_str()), 0;
  std::printf("%s  %s  owed to %lld triggers\n", answer["id"].as_string().c_str(), event.c_str(),
              static_cast<long long>(answer["events"][0]["deliveries"].as_int()));
  return 0;
}

int run_trigger(const Target& target) {
  const SendGiven& g = send_given();
  Json data = sample_of(target, g.event);
  if (data.size() == 0 && g.sets.empty())
    std::fprintf(stderr, "malote: %s is not in the catalogue; sending it without data\n",
                 printable(g.event).c_str());
  for (const auto& text : g.sets) data = with_override(data, text);
  if (g.publish) return publish(target, g.event, data);
  std::vector<std::string> triggers;
  if (!g.to.empty()) {
    triggers.push_back(g.to);
  } else {
    for (const Json& trigger : all_rows(target, "/v1/triggers?status=active", "triggers"))
      if (takes(trigger, g.event)) triggers.push_back(trigger["id"].as_string());
  }
  if (triggers.empty()) {
    std::fprintf(stderr, "malote: no active trigger takes %s; make one, or name one with --to\n",
                 printable(g.event).c_str());
    return 1;
  }
  const Json body{{"event", g.event}, {"data", data}};
  bool all_taken = true;
  for (const auto& trigger : triggers) {
    const Json fired =
        ask(target, "POST", "/v1/triggers/" + url_encode(trigger) + "/test-fire", body.text());
    all_taken = show_outcome(target, trigger, fired["delivery_id"].as_string()) && all_taken;
  }
  return all_taken ? 0 : 1;
}

// --- replay --------------------------------------------------------------------------------------

/// A time, or how long ago: "2026-11-21T10:00:00Z", "90m", "2d".
std::string moment(const std::string& text, const char* option) {
  if (text.empty()) return {};
  if (const auto ago = parse_duration(text)) return format_rfc3339(net::SystemClock{}.now() - *ago);
  if (const auto at = parse_time(text)) return format_rfc3339(*at);
  throw std::runtime_error(std::string{option} +
                           " takes a time such as 2026-11-21T10:00:00Z or how "
                           "long ago, as 90m or 2d; got " +
                           printable(text));
}

struct Wanted {
  std::string id{}, type{}, at{};
};

/// Oldest first.
std::vector<Wanted> events_to_replay(const Target& target) {
  const SendGiven& g = send_given();
  std::string query = "/v1/events?limit=" + std::to_string(kPageSize);
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) query += std::string{"&"} + name + "=" + url_encode(value);
  };
  add("since", moment(g.since, "--since"));
  add("until", moment(g.until, "--until"));
  add("type", g.event);
  add("source", g.source);
  std::vector<Wanted> wanted;
  for (std::string before;;) {
    const Json page = ask(target, "GET", query + (before.empty() ? "" : "&before=" + before));
    for (const Json& event : page["events"].elements()) {
      wanted.push_back(
          {event["id"].as_string(), event["type"].as_string(), event["created_at"].as_string()});
    }
    if (page["next_before"].is_null()) break;
    before = url_encode(page["next_before"].as_string());
  }
  std::ranges::reverse(wanted);
  return wanted;
}

void show_progress(std::size_t done, std::size_t all) {
  constexpr std::size_t kWidth = 40;
  if (!::isatty(STDERR_FILENO)) return;
  const std::size_t filled = all == 0 ? kWidth : kWidth * done / all;
  std::fprintf(stderr, "\r[%s%s] %zu of %zu%s", std::string(filled, '#').c_str(),
               std::string(kWidth - filled, ' ').c_str(), done, all, done == all ? "\n" : "");
}

bool is_sure(std::size_t events) {
  if (send_given().yes || !::isatty(STDIN_FILENO)) return true;
  std::fprintf(stderr, "Send %zu events again? [y/N] ", events);
  const int answer = std::getchar();
  return answer == 'y' || answer == 'Y';
}

int list_wanted(const Target& target, const std::vector<Wanted>& wanted) {
  for (const auto& event : wanted) {
    const Json row{{"id", event.id}, {"type", event.type}, {"created_at", event.at}};
    const std::string line = event.at + "  " + event.id + "  " + printable(event.type);
    std::printf("%s\n", target.json ? row.text().c_str() : line.c_str());
  }
  if (!target.json) std::printf("%zu events would be sent again\n", wanted.size());
  return 0;
}

int run_replay(const Target& target) {
  const SendGiven& g = send_given();
  const auto wanted = events_to_replay(target);
  if (g.dry_run || wanted.empty()) return list_wanted(target, wanted);
  if (!is_sure(wanted.size())) return 1;
  const StopSignals signals;
  const std::string query = g.to.empty() ? "" : "?trigger_id=" + url_encode(g.to);
  std::int64_t deliveries = 0;
  std::size_t done = 0;
  try {
    for (const auto& event : wanted) {
      if (signals.came()) throw std::runtime_error("interrupted");
      const Json answer =
          ask(target, "POST", "/v1/events/" + url_encode(event.id) + "/replay" + query, "{}");
      deliveries += answer["dispatched"].as_int();
      if (target.json) std::printf("%s\n", answer.text().c_str());
      show_progress(++done, wanted.size());
    }
  } catch (const std::exception& error) {
    const Wanted& next = wanted[done];
    std::fprintf(stderr, "malote: stopped after %zu of %zu: %s\n  go on with --since %s\n", done,
                 wanted.size(), error.what(), next.at.c_str());
    return 1;
  }
  if (target.json) return 0;
  std::printf("%zu events sent again in %lld deliveries\n", done,
              static_cast<long long>(deliveries));
  return 0;
}

}  // namespace

void add_send(CLI::App& app, Command& chosen) {
  SendGiven& g = send_given();
  auto* trigger = leaf(app, chosen, "trigger",
                       "Send a sample event to the triggers that take it, or to one", &run_trigger);
  add_target(*trigger, "Options");
  trigger->add_option("event", g.event, "payment.confirmed")->required();
  trigger->add_option("--set", g.sets,
                      "Change the sample: amount=1200, payer.name=Ana (repeatable)");
  trigger->add_option("--to", g.to, "Only this trigger (trg_…)");
  trigger->add_flag("--publish", g.publish,
                    "As an event of its own: kept, and loops start on it, too");
  auto* replay = leaf(app, chosen, "replay", "Send events again that were taken in", &run_replay);
  add_target(*replay, "Options");
  replay->add_option("--since", g.since, "From this time on, or so long ago: 90m, 2d")->required();
  replay->add_option("--until", g.until, "Up to this time, or so long ago");
  replay->add_option("--event", g.event, "payment.confirmed or payment.*");
  replay->add_option("--source", g.source, "Only of this provider");
  replay->add_option("--to", g.to, "To this trigger only (trg_…); else to all that take them");
  replay->add_flag("--dry-run", g.dry_run, "Say which, and send nothing");
  replay->add_flag("--yes", g.yes, "Do not ask");
}

}  // namespace malote::app
