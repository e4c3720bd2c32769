// malote tail: events, or attempts at delivery, as they come.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <thread>

#include "app/cli_parts.h"
#include "base/bytes.h"
#include "net/simple_client.h"

namespace malote::app {

namespace {

constexpr Millis kLongestExchange{2 * 60 * 60 * 1000};  // the gateway ends a stream after an hour
constexpr std::size_t kFreshStart = 8 * 1024 * 1024;    // bytes of one answer before a new one
constexpr Millis kPause{1000};

struct TailGiven {
  bool deliveries = false;
  std::string since{}, source{}, after{}, outcome{};
};
TailGiven& tail_given() {
  static TailGiven instance;
  return instance;
}

/// Frames of server-sent events out of a body that grows.
class FrameReader {
 public:
  explicit FrameReader(std::function<void(std::string_view data)> show) : show_(std::move(show)) {}

  void read(std::string_view body) {
    for (auto end = body.find("\n\n", at_); end != std::string_view::npos;
         end = body.find("\n\n", at_)) {
      frame(body.substr(at_, end - at_));
      at_ = end + 2;
    }
  }
  /// The next body begins.
  void start_over() { at_ = 0; }
  bool has_read() const { return at_ > 0; }
  const std::string& last_id() const { return last_id_; }
  void set_last_id(std::string id) { last_id_ = std::move(id); }

 private:
  void frame(std::string_view text) {
    std::string_view data;
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
      if (line.starts_with("id: ")) last_id_ = line.substr(4);
      if (line.starts_with("data: ")) data = line.substr(6);
    }
    if (!data.empty()) show_(data);
  }

  std::function<void(std::string_view)> show_;
  std::size_t at_ = 0;
  std::string last_id_;
};

std::string text_at(json::View object, std::string_view name) {
  const json::View value = object[name];
  return printable(value.as_text().value_or("-"));
}

void show_event(json::View event) {
  std::printf("%s  %-28s  %-14s  %s  %s\n", text_at(event, "created_at").c_str(),
              text_at(event, "type").c_str(), text_at(event, "source").c_str(),
              text_at(event, "id").c_str(), text_at(event, "external_reference").c_str());
}

void show_attempt(json::View delivery) {
  const json::View attempt = delivery["attempt_made"];
  const bool answered = attempt["response_status"].as_int().value_or(0) > 0;
  std::printf("%s  %-28s  %-16s  #%s  %5s ms  %s  %s\n", text_at(attempt, "started_at").c_str(),
              text_at(delivery, "event_type").c_str(),
              text_at(attempt, answered ? "response_status" : "error").c_str(),
              text_at(attempt, "number").c_str(), text_at(attempt, "duration_ms").c_str(),
              text_at(delivery, "id").c_str(), text_at(delivery, "trigger_id").c_str());
}

std::string stream_path() {
  const TailGiven& g = tail_given();
  std::string path = g.deliveries ? "/v1/deliveries/stream?" : "/v1/events/stream?";
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) path += std::string{name} + "=" + url_encode(value) + "&";
  };
  add("type", given().event);
  add("source", g.source);
  add("since", g.since);
  add("trigger_id", given().trigger);
  add("outcome", g.outcome);
  path.pop_back();
  return path;
}

/// Until the gateway refuses, or forever: what ends is taken up where it ended.
int run_tail(const Target& target) {
  FrameReader reader{[&target](std::string_view data) {
    const auto document = json::Document::parse(data);
    if (target.json || !document) {
      std::printf("%.*s\n", static_cast<int>(data.size()), data.data());
    } else if (tail_given().deliveries) {
      show_attempt(document->root());
    } else {
      show_event(document->root());
    }
    std::fflush(stdout);
  }};
  reader.set_last_id(tail_given().after);
  bool was_away = false;
  while (true) {
    HttpRequest request{.method = "GET",
                        .url = target.url + stream_path(),
                        .headers = {{"Authorization", "Bearer " + target.api_key}},
                        .timeout = kLongestExchange};
    if (!reader.last_id().empty()) request.headers.emplace_back("Last-Event-ID", reader.last_id());
    reader.start_over();
    request.is_whole = [&](std::string_view body) {
      if (body.starts_with('{')) return false;  // a refusal, not a stream
      if (std::exchange(was_away, false)) std::fprintf(stderr, "the gateway is back\n");
      reader.read(body);
      return body.size() > kFreshStart;  // half a frame comes again
    };
    const HttpOutcome outcome = net::exchange(request);
    if (outcome.status >= 400) {
      const auto document = json::Document::parse(outcome.body);
      const auto message = document ? document->root()["message"].as_string() : std::nullopt;
      std::fprintf(stderr, "malote: the gateway answered %d: %s\n", outcome.status,
                   printable(message.value_or("")).c_str());
      if (outcome.status < 500) return 1;
    } else if (outcome.status == 200 && outcome.error.empty() && reader.has_read()) {
      continue;
    } else if (!std::exchange(was_away, true)) {
      const std::string why = outcome.error.empty() ? "what answers is no stream of a gateway (" +
                                                          std::to_string(outcome.status) + ")"
                                                    : outcome.error;
      std::fprintf(stderr, "the gateway cannot be reached: %s; trying again\n", why.c_str());
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

void add_tail(CLI::App& app, Command& chosen) {
  auto* command =
      leaf(app, chosen, "tail", "Follow events, or attempts at delivery, as they come", &run_tail);
  add_target(*command, "Options");
  TailGiven& g = tail_given();
  auto* deliveries = command->add_flag("--deliveries", g.deliveries, "Attempts instead of events");
  command->add_option("--event", given().event, "payment.confirmed or payment.*");
  command->add_option("--source", g.source, "Events of this provider")->excludes(deliveries);
  command->add_option("--since", g.since, "Events from this time on (2026-11-21T10:00:00Z)")
      ->excludes(deliveries);
  command->add_option("--after", g.after, "Behind this cursor: an event's id, or a frame's");
  command->add_option("--trigger", given().trigger, "Attempts of this trigger")->needs(deliveries);
  command->add_option("--outcome", g.outcome, "Attempts that were delivered, or that failed")
      ->needs(deliveries);
}

}  // namespace malote::app
