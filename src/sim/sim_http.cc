#include "sim/sim_http.h"

#include <algorithm>

namespace malote::sim {

namespace {

std::string host_of(const std::string& url) {
  const auto from = url.find("//") + 2;
  return url.substr(from, url.find('/', from) - from);
}

/// IMF-fixdate, for Retry-After; the day's name is not judged by anyone.
std::string http_date(Timestamp t) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::string rfc3339 = format_rfc3339(t);  // 2026-04-22T14:30:00.000Z
  const int month = std::stoi(rfc3339.substr(5, 2));
  return "Thu, " + rfc3339.substr(8, 2) + " " +
         std::string{kMonths.substr(static_cast<std::size_t>(month - 1) * 3, 3)} + " " +
         rfc3339.substr(0, 4) + " " + rfc3339.substr(11, 8) + " GMT";
}

}  // namespace

void SimHttp::set_faults(std::vector<Mode> modes, std::int64_t longest_mode_ms) {
  modes_ = std::move(modes);
  longest_mode_ms_ = longest_mode_ms;
}

void SimHttp::set_mode(const std::string& host, Mode mode, std::int64_t for_ms) {
  receivers_[host] = {mode, world_.now() + for_ms};
  world_.note("mode", static_cast<std::int64_t>(mode), for_ms, host);
}

Mode SimHttp::mode_of(const std::string& host) {
  if (healed_) return Mode::good;
  Receiver& receiver = receivers_[host];
  if (world_.now() >= receiver.until) {
    receiver.mode = world_.percent(40) || modes_.empty() ? Mode::good : world_.pick(modes_);
    receiver.until = world_.now() + world_.between(100, longest_mode_ms_);
  }
  if (receiver.mode == Mode::flapping) return world_.percent(50) ? Mode::good : world_.pick(modes_);
  return receiver.mode;
}

void SimHttp::ask_to_wait(Plan& plan) {
  if (world_.percent(30)) return;
  const auto wait = std::chrono::seconds{world_.between(0, world_.percent(10) ? 3600 : 120)};
  if (world_.percent(50)) {
    plan.wait_s = wait.count();
    plan.outcome.retry_after = std::to_string(plan.wait_s);
  } else {
    plan.not_before = std::chrono::floor<std::chrono::seconds>(clock_.peek() + wait);
    plan.outcome.retry_after = http_date(plan.not_before);
  }
}

SimHttp::Plan SimHttp::plan(Mode mode, const HttpRequest& request) {
  Plan plan{.takes_ms = world_.between(1, 200)};
  const auto fails = [&](std::string error) { plan.outcome.error = std::move(error); };
  const auto status = [&](int code) { plan.outcome.status = code; };
  const std::int64_t limit = request.timeout.count();
  switch (mode) {
    case Mode::good: status(world_.percent(90) ? 200 : 204); break;
    case Mode::slow:
      status(200);
      plan.takes_ms = world_.between(limit / 2, limit + limit / 2);
      break;
    case Mode::hang:
      plan.seen = world_.percent(50);
      plan.takes_ms = limit + 1;
      break;
    case Mode::reset_before:
      plan.seen = false;
      fails("connect: refused");
      break;
    case Mode::reset_after: fails("reset by peer"); break;
    case Mode::redirect: status(302); break;
    case Mode::client_error: status(world_.percent(50) ? 400 : 404); break;
    case Mode::gone: status(410); break;
    case Mode::too_many:
      status(429);
      ask_to_wait(plan);
      break;
    case Mode::unavailable:
      status(503);
      ask_to_wait(plan);
      break;
    case Mode::server_error: status(500); break;
    case Mode::too_large:
      status(200);
      fails("response_too_large");
      break;
    case Mode::blocked:
      plan.seen = false;
      fails("ssrf_blocked:private");
      break;
    case Mode::no_socket:
      plan.seen = false;
      fails("no socket");
      plan.outcome.local = true;
      break;
    case Mode::sluggish:
      status(200);
      plan.takes_ms = world_.between(limit * 6 / 10, limit * 9 / 10);
      break;
    case Mode::flapping: status(200); break;  // drawn again when it stands in the list of modes
  }
  if (plan.takes_ms > limit) {
    plan.takes_ms = limit;
    plan.outcome = {.error = "timeout"};
    plan.not_before = {};
    plan.wait_s = -1;
  }
  if (plan.outcome.status != 0 && world_.percent(30)) plan.outcome.body = R"({"ok":true})";
  if (plan.outcome.status == 200 && world_.percent(20)) plan.outcome.receipt = "ack";
  return plan;
}

void SimHttp::answer_as_provider(const HttpRequest& request, Plan& plan) {
  if (plan.outcome.status == 404) plan.outcome.status = 400;  // 404 says that there is no such id
  if (plan.outcome.status != 200 && plan.outcome.status != 204) return;
  if (!plan.outcome.error.empty()) return;
  const std::string id = request.url.substr(request.url.rfind('/') + 1);
  if (id.starts_with("missing")) {
    plan.outcome = {.status = 404};
    return;
  }
  plan.outcome = {
      .status = 200,
      .body = R"({"id":")" + id + R"(","status":"approved","amount":10.5,"currency":"BRL"})"};
}

void SimHttp::start(HttpRequest request, Done done) {
  world_.port_call();
  const std::string host = host_of(request.url);
  Plan made = plan(mode_of(host), request);
  made.outcome.started_at = clock_.peek();
  if (host.starts_with("tools.")) return start_tool(request, std::move(made), std::move(done));
  if (!host.starts_with("api.")) return start_delivery(request, std::move(made), std::move(done));
  answer_as_provider(request, made);
  world_.note("fetch", made.outcome.status, made.takes_ms, request.url);
  world_.after_in_life(made.takes_ms, [outcome = std::move(made.outcome), done = std::move(done)] {
    done(outcome);
  });
}

/// Whatever happens to the answer, the server does the same thing for the same key only once: what
/// the oracle watches is the caller.
void SimHttp::start_tool(const HttpRequest& request, Plan plan, Done done) {
  if (plan.outcome.local) {
    return world_.after_in_life(
        plan.takes_ms, [plan = std::move(plan), done = std::move(done)] { done(plan.outcome); });
  }
  const auto call = oracle_.loops().call_begins(request, clock_.peek());
  if (!call) return;
  plan.outcome.duration = Millis{plan.takes_ms};
  if (plan.outcome.status / 100 == 2) {
    plan.outcome.error.clear();
    plan.outcome.body = R"({"id":"of )" + call->key + "\"}";
  }
  world_.after_in_life(plan.takes_ms,
                       [this, call = *call, plan = std::move(plan), done = std::move(done)] {
                         oracle_.loops().call_ends(call, plan.outcome);
                         done(plan.outcome);
                       });
}

void SimHttp::start_delivery(const HttpRequest& request, Plan plan, Done done) {
  if (plan.outcome.local) {  // no attempt: nothing of it may be recorded
    return world_.after_in_life(
        plan.takes_ms, [plan = std::move(plan), done = std::move(done)] { done(plan.outcome); });
  }
  const DeliveryKey key = oracle_.attempt_begins(request, clock_.peek());
  if (!key) return;
  plan.outcome.duration = Millis{plan.takes_ms};
  // What is on the wire arrives even when its sender dies.
  if (plan.seen) {
    world_.after(plan.takes_ms / 2, [this, key] { oracle_.attempt_seen(key); });
  }
  world_.after_in_life(plan.takes_ms, [this, key, plan = std::move(plan), done = std::move(done)] {
    const Timestamp now = clock_.peek();
    const Timestamp asked =
        plan.wait_s >= 0 ? now + std::chrono::seconds{plan.wait_s} : plan.not_before;
    oracle_.attempt_ends(key, plan.outcome, now, asked);
    done(plan.outcome);
  });
}

}  // namespace malote::sim
