#include "engine/trigger_trial.h"

#include <memory>

#include "engine/deliver.h"

namespace malote::engine {

namespace {

constexpr Millis kWindow{60'000};

/// A key of now that no delivery has: keys of the store are handed out in order from 0 on.
std::int64_t passing_key(Entropy& entropy, Timestamp now) {
  const auto random = random_bytes(entropy, 2);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(random[i]); };
  return first_key_at(now) + (std::int64_t{1} << (kKeySequenceBits - 1)) + byte(0) * 256 + byte(1);
}

}  // namespace

Result<void> TriggerTrial::admit(ProjectNo project) {
  const Timestamp now = context_.clock.now();
  const std::lock_guard guard{mutex_};
  auto& mine = started_[project];
  while (!mine.empty() && (mine.front() + kWindow <= now || mine.front() > now)) mine.pop_front();
  if (mine.size() >= kPerMinute)
    return fail(Errc::rate_limited, "20 tests of triggers a minute; try again in a minute");
  mine.push_back(now);
  return {};
}

void TriggerTrial::start(TrialWish wish, const Done& done) {
  auto made = Triggers{context_}.draft(wish.project, wish.trigger, std::move(wish.secret));
  if (!made) return done(fail(made.error()));
  if (const auto admitted = admit(wish.project); !admitted) return done(fail(admitted.error()));
  const Timestamp now = context_.clock.now();
  Event event = Triggers{context_}.sample(made->trigger, wish.event);
  const auto target = make_target(context_, std::move(made->trigger));
  if (!target->problem.empty()) return done(fail(Errc::vault_unavailable, target->problem));
  event.key = {passing_key(context_.entropy, now)};
  const Delivery delivery{.key = {event.key.value + 1},
                          .event = event.key,
                          .body_format = static_cast<std::uint8_t>(target->trigger.format)};
  const auto result = std::make_shared<TrialResult>();
  result->event_type = event.type;
  result->secret = std::move(made->secret);
  result->request = begin_delivery(*target, delivery, event, now);
  HttpRequest request = result->request;
  http_.start(std::move(request), [result, done](HttpOutcome http) {
    result->error = outcome_of(http).error;
    result->http = std::move(http);
    done(std::move(*result));
  });
}

}  // namespace malote::engine
