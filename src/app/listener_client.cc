#include "app/listener_client.h"

#include <algorithm>
#include <stdexcept>

#include "api/problem.h"
#include "base/bytes.h"
#include "base/json_writer.h"
#include "net/simple_client.h"

namespace malote::app {

namespace {

constexpr int kWaitSeconds = 10;  // of a poll
constexpr Millis kPollTimeout{(kWaitSeconds + 10) * 1000};
constexpr Millis kCallTimeout{15'000};
constexpr Millis kStillHere{4000};  // between polls with no room; the gateway's patience is 15 s
constexpr Millis kFirstPause{200};  // while the gateway is away, doubled up to …
constexpr Millis kLongestPause{2000};
constexpr Millis kFirstRetry{500};        // to the local program, doubled each time
constexpr std::size_t kShownBody = 4096;  // of an answer that is reported

std::string header_of(const Headers& headers, std::string_view name) {
  const auto* value = find_header(headers, name);
  return value ? *value : "";
}

/// Worth another try here: nothing answered, or the program says that it could not.
bool may_pass(const HttpOutcome& outcome) { return outcome.status == 0 || outcome.status >= 500; }

/// The gateway's own word that no later try will be taken: the key was revoked, the listener
/// deleted. What stands between the two may say 404 for a moment, but names no request.
bool is_final(const HttpOutcome& answer) {
  if (answer.status != 401 && answer.status != 403 && answer.status != 404) return false;
  const auto document = json::Document::parse(answer.body);
  return document && document->root()["request_id"].is_string();
}

std::string why_not(const HttpOutcome& answer) {
  if (answer.status == 0) return "the gateway cannot be reached: " + answer.error;
  const auto document = json::Document::parse(answer.body);
  const auto message = document ? document->root()["message"].as_string() : std::nullopt;
  return "the gateway answered " + std::to_string(answer.status) +
         (message ? ": " + printable(*message) : "");
}

}  // namespace

HttpOutcome ListenerClient::call(const char* method, const std::string& path,
                                 const std::string& body, Millis timeout) const {
  return net::exchange({.method = method,
                        .url = options_.gateway.url + path,
                        .headers = {{"Authorization", "Bearer " + options_.gateway.api_key},
                                    {"Content-Type", "application/json"}},
                        .body = body,
                        .timeout = timeout});
}

std::string ListenerClient::start() {
  json::Writer w;
  w.object().key("events").array();
  for (const auto& event : options_.events) w.string(event);
  w.end().field("server_id", options_.server_id);
  w.field("max_in_flight", 4 * options_.at_once);
  const std::string wish = std::move(w.end()).text();
  const std::string path = "/v1/listeners/" + url_encode(options_.name);
  HttpOutcome answer = call("PUT", path, wish, kCallTimeout);
  for (; may_pass(answer); answer = call("PUT", path, wish, kCallTimeout)) {
    note_once(why_not(answer) + "; trying again");
    if (!pause(kLongestPause)) throw std::runtime_error("stopped before the gateway was reached");
  }
  note_once("");
  const auto document = json::Document::parse(answer.body);
  if (answer.status != 200 || !document) throw std::runtime_error(why_not(answer));
  const json::View root = document->root();
  trigger_id_ = root["id"].as_string().value_or("");
  std::string secret{root["secret"].as_string().value_or("")};
  journal_.emplace(options_.state_folder, trigger_id_);
  threads_.emplace_back([this] { run_polls(); });
  for (int i = 0; i < options_.at_once; ++i) threads_.emplace_back([this] { run_forwards(); });
  return secret;
}

ListenerClient::~ListenerClient() { stop(); }

std::size_t ListenerClient::end_soon() {
  const std::lock_guard guard{mutex_};
  stopping_ = true;
  for (const auto& handed : queue_) holding_.erase(handed.id());
  queue_.clear();
  changed_.notify_all();
  return holding_.size();
}

void ListenerClient::end_refused(std::string why) {
  {
    const std::lock_guard guard{mutex_};
    refused_ = std::move(why);
  }
  end_soon();
}

std::string ListenerClient::wait() {
  std::unique_lock guard{mutex_};
  changed_.wait(guard, [this] { return stopping_; });
  return refused_;
}

void ListenerClient::stop() {
  end_soon();
  if (threads_.empty()) return;
  // Ends the poll that waits, too: it is answered at once.
  const std::string me = "/v1/listeners/" + trigger_id_ + "/instances/" + journal_->instance();
  for (std::size_t i = 1; i < threads_.size(); ++i) threads_[i].join();
  (void)call("DELETE", me, "", kCallTimeout);
  threads_.front().join();
  threads_.clear();
}

/// False when it is time to stop.
bool ListenerClient::pause(Millis time) {
  std::unique_lock guard{mutex_};
  return !changed_.wait_for(guard, time, [this] { return stopping_; });
}

void ListenerClient::note_once(const std::string& text) {
  {
    const std::lock_guard guard{mutex_};
    if (std::exchange(trouble_, text) == text) return;
  }
  const std::lock_guard telling{observer_mutex_};
  observer_.noted(text.empty() ? "the gateway is back" : text);
}

// --- taking --------------------------------------------------------------------------------------

/// Waits until there is room for more, or it is time to say that what is held is still worked on.
/// Empty when it is time to stop.
std::string ListenerClient::poll_body() {
  const auto most = static_cast<std::size_t>(options_.at_once);  // the rest is for those who share
  std::unique_lock guard{mutex_};
  changed_.wait_for(guard, kStillHere, [&] { return stopping_ || holding_.size() < most; });
  if (stopping_) return {};
  const auto room = static_cast<std::int64_t>(most - std::min(most, holding_.size()));
  json::Writer w;
  w.object().field("instance", journal_->instance());
  w.field("wait_seconds", room > 0 ? kWaitSeconds : 0).field("max", room);
  w.key("holding").array();
  for (const auto& [id, attempt] : holding_)
    w.object().field("delivery_id", id).field("attempt", attempt).end();
  return std::move(w.end().end()).text();
}

void ListenerClient::run_polls() {
  Millis pause_time = kFirstPause;
  while (true) {
    const std::string body = poll_body();
    if (body.empty()) return;
    const auto answer = call("POST", "/v1/listeners/" + trigger_id_ + "/poll", body, kPollTimeout);
    if (answer.status == 200 && take(answer)) {
      pause_time = kFirstPause;
      note_once("");
      continue;
    }
    if (is_final(answer)) return end_refused(why_not(answer));
    note_once(why_not(answer) + "; trying again");
    if (!pause(pause_time)) return;
    pause_time = std::min(2 * pause_time, kLongestPause);
  }
}

bool ListenerClient::take(const HttpOutcome& answer) {
  const auto document = json::Document::parse(answer.body);
  if (!document) return false;
  for (const auto entry : document->root()["deliveries"]) {
    Handed handed{.delivery_id = std::string{entry["delivery_id"].as_string().value_or("")},
                  .attempt = static_cast<int>(entry["attempt"].as_int().value_or(0))};
    handed.request = {.url = options_.forward_to,
                      .body = std::string{entry["body"].as_string().value_or("")},
                      .timeout = options_.timeout};
    for (const auto pair : entry["headers"]) {
      handed.request.headers.emplace_back(pair.at(0).as_string().value_or(""),
                                          pair.at(1).as_string().value_or(""));
    }
    handed.type = header_of(handed.request.headers, "X-CodeSpar-Event");
    handed.event_id = header_of(handed.request.headers, "X-CodeSpar-Event-Id");
    const std::lock_guard guard{mutex_};
    if (stopping_ || !holding_.insert(handed.id()).second) continue;
    queue_.push_back(std::move(handed));
  }
  changed_.notify_all();
  return true;
}

// --- forwarding ----------------------------------------------------------------------------------

void ListenerClient::run_forwards() {
  while (true) {
    Handed handed;
    {
      std::unique_lock guard{mutex_};
      changed_.wait(guard, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      handed = std::move(queue_.front());
      queue_.pop_front();
    }
    forward(handed);
    {
      const std::lock_guard guard{mutex_};
      holding_.erase(handed.id());
    }
    changed_.notify_all();
  }
}

HttpOutcome ListenerClient::try_forward(const HttpRequest& request) {
  Millis wait = kFirstRetry;
  HttpOutcome outcome = net::exchange(request);
  for (int left = options_.retries; left > 0 && may_pass(outcome) && pause(wait); --left) {
    wait *= 2;
    outcome = net::exchange(request);
  }
  return outcome;
}

void ListenerClient::forward(Handed& handed) {
  std::optional<HttpOutcome> outcome;
  {
    const std::lock_guard guard{journal_mutex_};
    outcome = journal_->find(handed.delivery_id, handed.attempt);
  }
  if (outcome) return report(handed, *outcome);  // made already; the gateway did not hear of it
  outcome = try_forward(handed.request);
  if (outcome->body.size() > kShownBody) outcome->body.resize(kShownBody);
  int number = 0;
  Result<void> noted;
  {
    const std::lock_guard guard{journal_mutex_};
    noted = journal_->note(handed.delivery_id, handed.attempt, *outcome);
    const std::lock_guard counting{mutex_};
    made_.push_back(handed.delivery_id);
    number = static_cast<int>(made_.size());
  }
  const std::lock_guard telling{observer_mutex_};
  if (!noted)
    observer_.noted("the journal: " + noted.error().message +
                    "; what the gateway does not hear of will be made twice");
  observer_.forwarded({.number = number,
                       .delivery_id = handed.delivery_id,
                       .event_id = handed.event_id,
                       .type = handed.type,
                       .attempt = handed.attempt,
                       .outcome = *outcome});
  report(handed, *outcome);
}

/// When it does not arrive the delivery is handed out again, and reported from the journal.
void ListenerClient::report(const Handed& handed, const HttpOutcome& outcome) {
  json::Writer w;
  w.object().key("results").array().object().field("delivery_id", handed.delivery_id);
  w.field("attempt", handed.attempt).field("status", outcome.status);
  w.field("error", outcome.status == 0 ? "local: " + outcome.error : "");
  w.field("body", api::printable(outcome.body));
  w.field("retry_after", api::printable(outcome.retry_after));
  w.field("duration_ms", outcome.duration.count());
  const auto answer = call("POST", "/v1/listeners/" + trigger_id_ + "/results",
                           std::move(w.end().end().end()).text(), kCallTimeout);
  if (answer.status < 400 || answer.status >= 500) return;
  const std::lock_guard telling{observer_mutex_};
  observer_.noted("the outcome of " + handed.delivery_id + " was not taken: " + why_not(answer));
}

std::string ListenerClient::resend(int number) {
  std::string id;
  {
    const std::lock_guard guard{mutex_};
    if (made_.empty()) return "nothing was forwarded yet";
    const int last = static_cast<int>(made_.size());
    if (number > last) return "there is no #" + std::to_string(number);
    id = made_.at(static_cast<std::size_t>((number > 0 ? number : last) - 1));
  }
  const auto answer =
      call("POST", "/v1/triggers/deliveries/" + id + "/redeliver", "{}", kCallTimeout);
  if (answer.status != 202) return why_not(answer);
  return "sending " + id + " again";
}

}  // namespace malote::app
