#include "engine/triggers.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/json.h"
#include "core/delivery_rules.h"
#include "engine/deliver.h"

namespace malote::engine {

namespace {

constexpr std::size_t kMaxEvents = 100;

Unexpected bad(std::string_view field, std::string message) {
  return fail(make_issue(Errc::invalid_body, std::string{field}, std::move(message)));
}

Unexpected unknown_trigger() { return fail(Errc::not_found, "no such trigger"); }

std::string sealed_for(const Context& context, const Trigger& trigger, const Secret& secret) {
  return context.vault.seal(secret, "trigger:" + trigger.id);
}

Result<void> check_events(const std::vector<std::string>& events) {
  if (events.empty()) return bad("/event", "names no event; use an event's name or \"*\"");
  if (events.size() > kMaxEvents) return bad("/events", "holds more than 100 entries");
  for (const auto& event : events) {
    if (!core::is_event_pattern(event)) {
      return bad("/event", "\"" + event.substr(0, 128) +
                               "\" is not a name such as payment.confirmed, payment.* or *");
    }
  }
  return {};
}

/// The event a test-fire sends: the wish, or the first one the trigger would get.
std::string test_event(const core::Catalogue& catalogue, const Trigger& trigger,
                       const std::string& wish) {
  if (!wish.empty()) return catalogue.canonical(wish);
  const auto wanted = [&](std::string_view type) {
    return std::ranges::any_of(trigger.events, [&](const std::string& pattern) {
      return core::matches(catalogue, pattern, type);
    });
  };
  if (trigger.events.size() == 1 && core::is_event_name(trigger.events.front())) {
    return catalogue.canonical(trigger.events.front());
  }
  if (wanted("payment.confirmed")) return "payment.confirmed";
  for (const auto& type : catalogue.types()) {
    if (wanted(type.name)) return type.name;
  }
  const auto named = std::ranges::find_if(
      trigger.events, [](const std::string& event) { return core::is_event_name(event); });
  return named == trigger.events.end() ? "payment.confirmed" : catalogue.canonical(*named);
}

/// "https://shop.example:443"
std::string origin_of(std::string_view url) {
  const auto host = url.find("://");
  if (host == url.npos) return std::string{url};
  std::string origin = to_lower(url.substr(0, url.find_first_of("/?#", host + 3)));
  if (origin.find(':', origin.rfind(']') == origin.npos ? host + 3 : origin.rfind(']')) ==
      origin.npos)
    origin += origin.starts_with("https:") ? ":443" : ":80";
  return origin;
}

/// Another host must not get the values of headers that were given for this one.
Result<void> check_headers_stay(const Trigger& trigger, const TriggerPatch& patch) {
  if (trigger.sealed_headers.empty() || origin_of(*patch.url) == origin_of(trigger.url)) return {};
  if (!patch.headers)
    return bad("/headers", "were given for another host; give them again with the URL, or {}");
  for (const auto& [name, value] : *patch.headers) {
    if (value == kMasked)
      return bad("/headers/" + name, "is masked, and the URL leads to another host: give it whole");
  }
  return {};
}

/// `wished`, where a masked value stands for the one that is kept already.
Result<HeaderList> unmasked(const Context& context, const Trigger& trigger, HeaderList wished) {
  for (auto& wish : wished) {
    if (wish.second != kMasked) continue;
    const auto kept = open_headers(context, trigger).value_or(HeaderList{});
    const auto at = std::ranges::find_if(
        kept, [&](const auto& header) { return equals_ignore_case(header.first, wish.first); });
    if (at == kept.end())
      return bad("/headers/" + wish.first, "is masked, and no value is kept for it");
    wish.second = at->second;
  }
  return wished;
}

}  // namespace

Result<void> Triggers::apply(Trigger& trigger, const TriggerPatch& patch) const {
  if (patch.name) trigger.name = *patch.name;
  if (patch.events) {
    MALOTE_CHECK_OK(check_events(*patch.events));
    trigger.events = *patch.events;
  }
  if (patch.server_id) trigger.server_id = *patch.server_id;
  if (patch.url && patch.url != trigger.url) {  // a listener's is no target that could be given
    const auto checked = core::check_target_url(context_.endpoints, *patch.url);
    if (!checked) return bad("/webhook_url", checked.error().issues.front().message);
    MALOTE_CHECK_OK(check_headers_stay(trigger, patch));
    trigger.url = *patch.url;
  }
  if (patch.headers) {
    MALOTE_TRY(const auto headers, unmasked(context_, trigger, *patch.headers));
    trigger.sealed_headers = seal_headers(context_, trigger.id, headers);
  }
  if (patch.timeout) trigger.timeout = *patch.timeout;
  if (patch.gaps) trigger.retry.gaps = *patch.gaps;
  if (patch.jitter_permille) trigger.retry.jitter_permille = *patch.jitter_permille;
  if (patch.max_in_flight) trigger.max_in_flight = *patch.max_in_flight;
  if (patch.rate_limit_per_s) trigger.rate_limit_per_s = *patch.rate_limit_per_s;
  if (patch.format) trigger.format = *patch.format;
  const bool overlaps = trigger.previous_until > context_.clock.now();
  if (patch.signature == SignatureScheme::hex && overlaps) {
    return fail(Errc::overlap_not_possible,
                "until " + format_rfc3339(trigger.previous_until) +
                    " the old secret signs beside the new one, which the scheme hex cannot carry");
  }
  if (patch.signature) trigger.signature = *patch.signature;
  if (patch.status == TriggerStatus::active && trigger.status != TriggerStatus::active) {
    core::resume(trigger);
  } else if (patch.status == TriggerStatus::paused && trigger.status == TriggerStatus::active) {
    trigger.status = TriggerStatus::paused;
    trigger.paused_reason = "manual";
  }
  return {};
}

Result<CreatedTrigger> Triggers::draft(ProjectNo project, const TriggerPatch& wish,
                                       Secret secret) const {
  CreatedTrigger created;
  Trigger& trigger = created.trigger;
  trigger = {.id = random_id(context_.entropy, "trg_"),
             .project = project,
             .timeout = context_.defaults.timeout,
             .retry = context_.defaults.retry,
             .max_in_flight = context_.defaults.max_in_flight,
             .created_at = context_.clock.now()};
  MALOTE_CHECK_OK(apply(trigger, wish));
  created.secret = secret.empty() ? new_trigger_secret(context_.entropy) : std::move(secret);
  trigger.sealed_secret = sealed_for(context_, trigger, created.secret);
  return created;
}

Result<CreatedTrigger> Triggers::create(Tx& tx, Effects& effects, ProjectNo project,
                                        const TriggerPatch& wish) const {
  MALOTE_TRY(auto created, draft(project, wish, Secret{}));
  tx.insert_trigger(created.trigger);
  effects.triggers.push_back(created.trigger.no);
  return created;
}

Result<Trigger> Triggers::patch(Tx& tx, Effects& effects, ProjectNo project, std::string_view id,
                                const TriggerPatch& patch) const {
  auto trigger = tx.trigger(project, id);
  if (!trigger) return unknown_trigger();
  MALOTE_CHECK_OK(apply(*trigger, patch));
  tx.update_trigger(*trigger);
  effects.triggers.push_back(trigger->no);
  return *trigger;
}

Result<void> Triggers::remove(Tx& tx, Effects& effects, ProjectNo project,
                              std::string_view id) const {
  const auto trigger = tx.trigger(project, id);
  if (!trigger) return unknown_trigger();
  tx.delete_trigger(trigger->no);
  effects.triggers.push_back(trigger->no);
  return {};
}

Result<CreatedTrigger> Triggers::rotate_secret(Tx& tx, Effects& effects, ProjectNo project,
                                               std::string_view id, Millis overlap) const {
  auto trigger = tx.trigger(project, id);
  if (!trigger) return unknown_trigger();
  if (overlap > Millis{0} && trigger->signature == SignatureScheme::hex) {
    return fail(Errc::overlap_not_possible,
                "X-CodeSpar-Signature holds one signature in the scheme hex, so the old secret"
                " cannot sign beside the new one; set signature_scheme to timestamped first, or"
                " rotate without overlap_seconds");
  }
  CreatedTrigger rotated{.secret = new_trigger_secret(context_.entropy)};
  const bool overlaps = overlap > Millis{0};
  trigger->sealed_previous_secret = overlaps ? trigger->sealed_secret : "";
  trigger->previous_until = overlaps ? context_.clock.now() + overlap : Timestamp{};
  trigger->sealed_secret = sealed_for(context_, *trigger, rotated.secret);
  tx.update_trigger(*trigger);
  effects.triggers.push_back(trigger->no);
  rotated.trigger = std::move(*trigger);
  return rotated;
}

Event Triggers::sample(const Trigger& trigger, const TestFire& wish) const {
  const Timestamp now = context_.clock.now();
  Event event{.project = trigger.project,
              .type = test_event(context_.catalogue, trigger, wish.event),
              .source = "test",
              .occurred_at = now,
              .received_at = now,
              .data = wish.data};
  if (event.data.empty()) {
    const auto* type = context_.catalogue.find(event.type);
    event.data = type ? type->fixture : R"({"test":true})";
  }
  return event;
}

Result<Delivery> Triggers::test_fire(Tx& tx, Effects& effects, ProjectNo project,
                                     std::string_view id, const TestFire& wish) const {
  const auto trigger = tx.trigger(project, id);
  if (!trigger) return unknown_trigger();
  Event event = sample(*trigger, wish);
  const Timestamp now = event.received_at;
  tx.append_event(event, now);
  tx.count(project, now, Counted::events);
  return queue_delivery(tx, effects, event, *trigger, DeliveryOrigin::test_fire, now);
}

Result<Triggers::Redelivered> Triggers::redeliver(Tx& tx, Effects& effects, ProjectNo project,
                                                  DeliveryKey key) const {
  const auto delivery = tx.delivery(key);
  if (!delivery || delivery->project != project) return fail(Errc::not_found, "no such delivery");
  auto trigger = tx.trigger(delivery->trigger);
  const auto event = tx.event(delivery->event);
  if (!trigger || !event) return fail(Errc::not_found, "the delivery's trigger or event is gone");
  if (trigger->streak > 0) {
    core::end_streak(*trigger);
    tx.update_trigger_progress(*trigger);
  }
  Redelivered result{.trigger = *trigger};
  result.delivery = queue_delivery(tx, effects, *event, *trigger, DeliveryOrigin::redeliver,
                                   context_.clock.now());
  return result;
}

BulkRedelivered Triggers::count_dead(const ReadTx& tx, const BulkRedeliver& wish) const {
  BulkRedelivered result;
  Page page = wish.page;
  page.limit = wish.most;
  result.scan = tx.search_dead_letters(wish.filter, page, wish.most);
  std::erase_if(result.scan.rows, [&](const Delivery& letter) {
    const bool before = tx.is_sent_again(letter);
    result.sent_before += before;
    return before;
  });
  result.matched = static_cast<int>(result.scan.rows.size());
  return result;
}

Result<BulkRedelivered> Triggers::redeliver_dead(Tx& tx, Effects& effects,
                                                 const BulkRedeliver& wish) const {
  auto result = count_dead(tx, wish);
  // Two letters of one event are one redelivery: the later one's.
  std::erase_if(result.scan.rows, [&](const Delivery& letter) {
    if (tx.is_sent_again(letter)) {
      --result.matched, ++result.sent_before;
      return true;
    }
    return !redeliver(tx, effects, letter.project, letter.key);
  });
  return result;
}

Result<Triggers::RetriedPending> Triggers::retry_pending(Tx& tx, Effects& effects,
                                                         ProjectNo project, int limit) const {
  const Timestamp now = context_.clock.now();
  RetriedPending result;
  const auto waiting = tx.deliveries({.project = project, .waits_past = now}, {.limit = limit});
  for (Delivery delivery : waiting) {
    ++result.scanned;
    delivery.due_at = now;
    tx.update_delivery(delivery);
    effects.due.push_back({lane_of(delivery.trigger), now});
    ++result.redispatched;
  }
  return result;
}

}  // namespace malote::engine
