#include "engine/listeners.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "engine/deliver.h"

namespace malote::engine {

namespace {

constexpr std::string_view kScheme = "listener:";
constexpr int kAllTriggers = 100'000;

/// "listener://<name>/<trigger id>": readable, and no two are the same.
std::string url_prefix(std::string_view name) {
  return std::string{kScheme}.append("//").append(name).append("/");
}

std::optional<Trigger> find_listener(const ReadTx& tx, ProjectNo project, std::string_view name) {
  const std::string prefix = url_prefix(name);
  auto triggers = tx.triggers({.project = project}, {.limit = kAllTriggers});
  const auto at = std::ranges::find_if(
      triggers, [&](const Trigger& trigger) { return trigger.url.starts_with(prefix); });
  if (at == triggers.end()) return {};
  return std::move(*at);
}

Listeners::AttemptId attempt_of(const HttpRequest& request) {
  const auto* id = find_header(request.headers, "X-CodeSpar-Delivery-Id");
  const auto* number = find_header(request.headers, "X-CodeSpar-Attempt");
  Listeners::AttemptId attempt{id ? *id : "", 0};
  if (number) std::from_chars(number->data(), number->data() + number->size(), attempt.second);
  return attempt;
}

/// The outcome of an attempt that was not made.
HttpOutcome untried() { return {.error = "no listener", .local = true}; }

}  // namespace

bool is_listener_url(std::string_view url) { return url.starts_with(kScheme); }

Result<CreatedTrigger> open_listener(const Context& context, Tx& tx, Effects& effects,
                                     ProjectNo project, std::string_view name, TriggerPatch wish) {
  const Triggers triggers{context};
  wish.name = std::string{name};
  wish.status = TriggerStatus::active;
  if (const auto existing = find_listener(tx, project, name)) {
    CreatedTrigger opened;
    MALOTE_TRY(opened.trigger, triggers.patch(tx, effects, project, existing->id, wish));
    auto secret = context.vault.open(existing->sealed_secret, "trigger:" + existing->id);
    if (!secret) return triggers.rotate_secret(tx, effects, project, existing->id);
    opened.secret = std::move(*secret);
    return opened;
  }
  MALOTE_TRY(auto created, triggers.create(tx, effects, project, wish));
  created.trigger.url = url_prefix(name) + created.trigger.id;
  tx.update_trigger(created.trigger);
  return created;
}

void Listeners::answer_with(Instance& instance, Handed handed, Timestamp now, Calls& calls) {
  if (!instance.answer) return;
  instance.seen = now;
  calls.emplace_back([answer = std::exchange(instance.answer, {}), handed = std::move(handed)] {
    answer(handed);
  });
}

/// What waits, to the polls that wait.
void Listeners::hand_out(Box& box, Calls& calls) {
  const Timestamp now = clock_.now();
  for (auto& [name, instance] : box.instances) {
    if (box.waiting.empty()) return;
    if (!instance.answer || instance.max == 0) continue;
    Handed handed;
    while (!box.waiting.empty() && static_cast<int>(handed.size()) < instance.max) {
      auto [id, held] = std::move(box.waiting.front());
      box.waiting.pop_front();
      held.instance = name;
      held.handed_at = now;
      handed.emplace_back(id, held.request);
      box.held.insert_or_assign(std::move(id), std::move(held));
    }
    answer_with(instance, std::move(handed), now, calls);
  }
}

/// What is held and fits stands first among what waits.
void Listeners::take_back(Box& box,
                          const std::function<bool(const AttemptId&, const Held&)>& which) {
  for (auto at = box.held.end(); at != box.held.begin();) {
    --at;
    if (!which(at->first, at->second)) continue;
    box.waiting.emplace_front(at->first, std::move(at->second));
    at = box.held.erase(at);
  }
}

/// Nobody is there any more: back into the store.
void Listeners::let_go(Box& box, Calls& calls) {
  take_back(box, [](const AttemptId&, const Held&) { return true; });
  for (auto& [id, held] : box.waiting)
    calls.emplace_back([done = std::move(held.done)] { done(untried()); });
  box.waiting.clear();
}

void Listeners::start(HttpRequest request, Done done) {
  if (!is_listener_url(request.url)) return network_.start(std::move(request), std::move(done));
  Calls calls;
  {
    const std::lock_guard guard{mutex_};
    const auto at = boxes_.find(request.url);
    if (at == boxes_.end()) {
      return executor_.post([done = std::move(done)] { done(untried()); });
    }
    auto id = attempt_of(request);
    at->second.waiting.emplace_back(std::move(id),
                                    Held{.request = std::move(request), .done = std::move(done)});
    hand_out(at->second, calls);
  }
  for (const auto& call : calls) call();
}

bool Listeners::is_there(std::string_view url) {
  if (!is_listener_url(url)) return network_.is_there(url);
  const std::lock_guard guard{mutex_};
  return boxes_.contains(url);
}

Result<void> Listeners::poll(Poll poll, Answer answer) {
  Calls calls;
  bool is_new = false;
  {
    const std::lock_guard guard{mutex_};
    if (stopped_) return fail(Errc::store_unavailable, "the gateway is stopping");
    const Timestamp now = clock_.now();
    is_new = !boxes_.contains(poll.url);
    if (is_new && boxes_.size() >= kMaxListeners)
      return fail(Errc::overloaded, "more than 1000 listeners are connected");
    Box& box = boxes_[poll.url];
    if (!box.instances.contains(poll.instance) && box.instances.size() >= kMaxInstances)
      return fail(Errc::overloaded, "more than 64 processes share this listener");
    Instance& instance = box.instances[poll.instance];
    answer_with(instance, {}, now, calls);
    const std::set<AttemptId> holding{poll.holding.begin(), poll.holding.end()};
    take_back(box, [&](const AttemptId& id, const Held& held) {
      return held.instance == poll.instance && !holding.contains(id);
    });
    instance = {.seen = now,
                .answer_by = now + std::clamp(poll.wait, Millis{0}, kLongestWait),
                .max = std::max(0, poll.max),
                .answer = std::move(answer)};
    hand_out(box, calls);
    if (poll.wait <= Millis{0}) answer_with(instance, {}, now, calls);
  }
  for (const auto& call : calls) call();
  if (is_new) arrived_(poll.trigger);
  return {};
}

bool Listeners::report(std::string_view url, const AttemptId& id, HttpOutcome outcome) {
  Done done;
  {
    const std::lock_guard guard{mutex_};
    const auto box = boxes_.find(url);
    if (box == boxes_.end()) return false;
    const auto at = box->second.held.find(id);
    if (at == box->second.held.end()) return false;
    outcome.started_at = at->second.handed_at;
    done = std::move(at->second.done);
    if (outcome.body.size() > at->second.request.response_kept)
      outcome.body.resize(at->second.request.response_kept);
    box->second.held.erase(at);
  }
  done(std::move(outcome));
  return true;
}

void Listeners::leave(std::string_view url, const std::string& instance) {
  Calls calls;
  {
    const std::lock_guard guard{mutex_};
    const auto box = boxes_.find(url);
    if (box == boxes_.end()) return;
    const auto gone = box->second.instances.find(instance);
    if (gone == box->second.instances.end()) return;
    answer_with(gone->second, {}, clock_.now(), calls);
    gone->second.answer_by = gone->second.seen = {};  // long ago
  }
  for (const auto& call : calls) call();
  tick();
}

/// Answers polls whose time is up, and takes back what is held by those that are gone.
void Listeners::look_after(Box& box, Calls& calls) {
  const Timestamp now = clock_.now();
  for (auto at = box.instances.begin(); at != box.instances.end();) {
    auto& [name, instance] = *at;
    if (instance.answer_by <= now || instance.answer_by > now + kLongestWait)
      answer_with(instance, {}, now, calls);
    instance.seen = std::min(instance.seen, now);  // the clock may have gone back
    if (instance.answer || instance.seen + kGone > now) {
      ++at;
      continue;
    }
    take_back(box, [&](const AttemptId&, const Held& held) { return held.instance == name; });
    at = box.instances.erase(at);
  }
}

void Listeners::tick() {
  Calls calls;
  {
    const std::lock_guard guard{mutex_};
    for (auto at = boxes_.begin(); at != boxes_.end();) {
      Box& box = at->second;
      look_after(box, calls);
      hand_out(box, calls);
      if (!box.instances.empty()) {
        ++at;
        continue;
      }
      let_go(box, calls);
      at = boxes_.erase(at);
    }
  }
  for (const auto& call : calls) call();
}

void Listeners::stop() {
  Calls calls;
  {
    const std::lock_guard guard{mutex_};
    stopped_ = true;
    const Timestamp now = clock_.now();
    for (auto& [url, box] : boxes_) {
      for (auto& [name, instance] : box.instances) answer_with(instance, {}, now, calls);
      let_go(box, calls);
    }
    boxes_.clear();
  }
  for (const auto& call : calls) call();
}

}  // namespace malote::engine
