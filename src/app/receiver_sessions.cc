#include "app/receiver_sessions.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/json_writer.h"
#include "malote/receiver/webhook_handler.h"
#include "receiver/profile.h"

namespace malote::app {

namespace {

using namespace malote::receiver;

/// What both the handler and the store of a session do next; shared by their threads.
struct Script {
  std::mutex mutex{};
  std::condition_variable changed{};
  std::string handler = "ok";
  bool store_down = false;
  int begins = 0;     // copies that have asked the store
  int awaited = 1;    // a slow handler ends once so many have
  bool over = false;  // lets hanging handlers go
  std::atomic<int> runs{0};
  std::atomic<std::int64_t> now{0};
};

/// A memory store that can be down, and that loses outcomes when the process "crashes".
class ScriptedStore final : public IdempotencyStore {
 public:
  explicit ScriptedStore(Script& script)
      : script_(script), store_(memory_store({.clock = [&script] { return script.now.load(); }})) {}

  Claim begin(std::string_view key, std::chrono::seconds lease) override {
    const std::lock_guard guard{script_.mutex};
    ++script_.begins;
    script_.changed.notify_all();
    if (script_.store_down) throw std::runtime_error{"the script says the store is down"};
    return store_->begin(key, lease);
  }
  void commit(std::string_view key, std::uint64_t token, std::chrono::seconds ttl) override {
    if (!crashed()) store_->commit(key, token, ttl);
  }
  void abort(std::string_view key, std::uint64_t token) override {
    if (!crashed()) store_->abort(key, token);
  }

 private:
  bool crashed() {
    const std::lock_guard guard{script_.mutex};
    return script_.handler == "crash";
  }
  Script& script_;
  std::shared_ptr<IdempotencyStore> store_;
};

void act(Script& script) {
  ++script.runs;
  std::unique_lock lock{script.mutex};
  const std::string what = script.handler;
  if (what == "throw" || what == "crash") throw std::runtime_error{"the script says so"};
  if (what == "slow")
    script.changed.wait(lock, [&] { return script.begins >= script.awaited || script.over; });
  if (what == "hang") script.changed.wait(lock, [&] { return script.over; });
}

struct Answered {
  int http = 0;
  bool duplicate = false;
  bool ran = false;
};

/// A delivery, signed as the profile says and with every name that a profile may look for.
Answered deliver(const WebhookHandler& handler, const Verifier& signer, json::View step,
                 std::int64_t now) {
  const std::string id{step["delivery"].as_string().value_or("A")};
  const std::string entity{step["entity"].as_string().value_or("ord_1")};
  json::Writer w;
  w.object().field("id", "evt_" + id).field("delivery_id", "evt_" + id);
  for (const char* name : {"type", "event", "event_type"}) w.field(name, "order.created");
  w.key("data").object().field("id", entity).end();
  const std::string body = std::move(w.end()).text();
  auto headers = signer.sign(id, now, body);
  for (const auto& source : signer.scheme().profile().type)
    if (source.in_header) headers.emplace_back(source.name, "order.created");
  std::vector<HeaderField> fields;
  for (const auto& [name, value] : headers) fields.push_back({name, value});
  const Response response = handler.handle({.method = "POST", .headers = fields, .body = body});
  return {.http = response.status,
          .duplicate = response.body.find("duplicate") != std::string::npos};
}

bool allows(json::View wanted, int http) {
  if (!wanted || wanted.is_null()) return true;
  if (!wanted.is_array()) return wanted.as_int() == http;
  for (const auto one : wanted)
    if (one.as_int() == http) return true;
  return false;
}

std::string check_step(json::View step, const Answered& seen) {
  std::string wrong;
  if (!allows(step["http"], seen.http))
    wrong += " answered " + std::to_string(seen.http) + ", wanted " +
             std::string{step["http"].raw()} + ";";
  if (const auto ran = step["ran"].as_bool(); ran && *ran != seen.ran)
    wrong += *ran ? " the handler did not run;" : " the handler ran;";
  if (const auto duplicate = step["duplicate"].as_bool(); duplicate && *duplicate != seen.duplicate)
    wrong += " the answer does not say it rightly that it was a copy;";
  return wrong;
}

class Session {
 public:
  Session(json::View session, const Scheme& scheme, std::int64_t now)
      : session_(session), signer_(scheme, {secret_for(scheme)}), handler_(build(scheme)) {
    script_.now = now;
  }
  ~Session() { release(); }

  SessionReport run() {
    const bool parallel = session_["parallel"].as_bool().value_or(false);
    const std::vector<Answered> seen = parallel ? run_together() : run_in_turn();
    SessionReport report;
    json::Writer w;
    w.object().field("id", session_["id"].as_string().value_or("?")).key("steps").array();
    for (std::size_t i = 0; i < seen.size(); ++i) {
      const std::string wrong = check_step(session_["steps"].at(i), seen[i]);
      if (!wrong.empty()) report.wrong += "step " + std::to_string(i + 1) + ":" + wrong;
      w.object().field("http", seen[i].http).field("ran", seen[i].ran).end();
    }
    report.json = std::move(w.end().end()).text();
    return report;
  }

 private:
  static std::string secret_for(const Scheme& scheme) {
    const std::string text = "a-secret-of-thirty-two-characters";
    switch (scheme.profile().secret_encoding) {
      case SecretEncoding::whsec_base64: return "whsec_" + base64_encode(text);
      case SecretEncoding::hex: return hex_encode(text);
      case SecretEncoding::utf8: break;
    }
    return text;
  }

  WebhookHandler build(const Scheme& scheme) {
    constexpr std::chrono::milliseconds kShort{200};  // only a hanging handler takes as long
    return WebhookHandler::Builder{scheme}
        .secret(secret_for(scheme))
        .on("order.created", [this](const receiver::Event&) { act(script_); })
        .idempotency(std::make_shared<ScriptedStore>(script_), {.wait = kShort})
        .clock([this] { return script_.now.load(); })
        .budget(has_hanging() ? kShort : std::chrono::milliseconds{60'000})
        .build();
  }

  bool has_hanging() const {
    for (const auto step : session_["steps"])
      if (step["handler"].as_string() == "hang") return true;
    return false;
  }

  void set(json::View step) {
    const std::lock_guard guard{script_.mutex};
    script_.handler = step["handler"].as_string().value_or("ok");
    script_.store_down = step["store"].as_string() == "down";
  }

  std::vector<Answered> run_in_turn() {
    std::vector<Answered> seen;
    for (const auto step : session_["steps"]) {
      script_.now += step["advance_s"].as_int().value_or(0);
      set(step);
      const int before = script_.runs;
      seen.push_back(deliver(handler_, signer_, step, script_.now));
      seen.back().ran = script_.runs > before;
    }
    return seen;
  }

  /// Which of the copies runs is for the receiver to choose: the one that ran is matched with a
  /// step that wants it to.
  std::vector<Answered> run_together() {
    const json::View steps = session_["steps"];
    set(steps.at(0));
    script_.awaited = static_cast<int>(steps.size());
    std::vector<Answered> seen(steps.size());
    std::vector<std::thread> threads;
    std::size_t i = 0;
    for (const auto step : steps) {
      threads.emplace_back(
          [this, step, &one = seen[i++]] { one = deliver(handler_, signer_, step, script_.now); });
    }
    for (auto& thread : threads) thread.join();
    int runs = script_.runs;
    std::ranges::stable_sort(seen, std::less{},
                             [](const Answered& a) { return a.duplicate || a.http == 503; });
    for (auto& one : seen) one.ran = runs-- > 0;
    std::vector<Answered> matched(seen.size());
    std::size_t ran = 0,
                rest = static_cast<std::size_t>(std::ranges::count(seen, true, &Answered::ran));
    for (std::size_t at = 0; at < seen.size(); ++at) {
      const bool wants = steps.at(at)["ran"].as_bool().value_or(false);
      const bool has_ran = ran < seen.size() && seen[ran].ran;
      matched[at] = (wants && has_ran) || rest >= seen.size() ? seen[ran++] : seen[rest++];
    }
    return matched;
  }

  void release() {
    const std::lock_guard guard{script_.mutex};
    script_.over = true;
    script_.changed.notify_all();
  }

  json::View session_;
  Script script_{};
  Verifier signer_;
  WebhookHandler handler_;
};

}  // namespace

SessionReport run_session(json::View session, const Scheme& scheme, std::int64_t now) {
  return Session{session, scheme, now}.run();
}

}  // namespace malote::app
