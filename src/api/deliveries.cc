// Deliveries and dead letters.
#include <charconv>

#include "api/codec.h"
#include "api/decode.h"
#include "api/problem.h"

namespace malote::api {

namespace {

Result<std::optional<DeliveryState>> decode_state(const Call& call) {
  std::string text = call.query_text("state");
  if (text.empty()) text = call.query_text("status");
  if (text.empty()) return std::nullopt;
  for (const auto state : {DeliveryState::pending, DeliveryState::failed, DeliveryState::delivered,
                           DeliveryState::dead}) {
    if (word(state) == text) return std::optional{state};
  }
  return fail(make_issue(Errc::invalid_query, "state", "takes pending, failed, delivered or dead"));
}

/// The dead letters of one trigger are ordered by time of death: their cursor names it.
bool is_by_death(const DeliveryFilter& filter) {
  return filter.trigger && filter.state == DeliveryState::dead;
}

std::string next_cursor(const DeliveryFilter& filter, const std::vector<Delivery>& shown,
                        bool more) {
  if (!more) return {};
  const std::string key = cursor_of(shown.back().key.value);
  return is_by_death(filter) ? cursor_of(to_ms(shown.back().finished_at)) + "." + key : key;
}

Result<void> check_cursor(const DeliveryFilter& filter, const Page& page) {
  if (page.before == 0 || is_by_death(filter) == (page.before_at != Timestamp{})) return {};
  return fail(make_issue(Errc::invalid_query, "before", "is not a next_before of this list"));
}

Result<void> check_death_cursor(const Page& page) {
  return check_cursor({.trigger = {1}, .state = DeliveryState::dead}, page);
}

std::string death_cursor(const Scan<Delivery>& scan) {
  return scan.is_end ? "" : cursor_of(to_ms(scan.at)) + "." + cursor_of(scan.key);
}

/// The filters of dead letters, but for their trigger, from the query.
Result<DeadLetterFilter> decode_dead_letters(const Call& call) {
  DeadLetterFilter filter{.project = call.project(), .error = call.query_text("error")};
  const std::string event = call.query_text("event");
  if (!event.empty()) filter.event = call.api.context.catalogue.canonical(event);
  const std::string status = call.query_text("status");
  const auto [end, error] =
      std::from_chars(status.data(), status.data() + status.size(), filter.status);
  const bool whole = error == std::errc{} && end == status.data() + status.size();
  if (!status.empty() && (!whole || filter.status < 100 || filter.status > 599))
    return fail(make_issue(Errc::invalid_query, "status", "takes an HTTP status such as 503"));
  MALOTE_TRY(filter.since, decode_time(call, "since"));
  MALOTE_TRY(filter.until, decode_time(call, "until"));
  return filter;
}

Result<Response> respond_with(const ReadTx& tx, const DeliveryFilter& filter, Page page) {
  MALOTE_CHECK_OK(check_cursor(filter, page));
  auto deliveries = tx.deliveries(filter, one_more(page));
  const bool more = cut_to(page, deliveries);
  DeliveryEncoder encoder{tx};
  std::vector<std::string> items;
  for (const auto& delivery : deliveries) {
    auto text = encoder.encode(delivery);
    if (!text.empty()) items.push_back(std::move(text));
  }
  return list_response("deliveries", items, next_cursor(filter, deliveries, more));
}

/// The form alone: the id need not be one that was ever given out.
bool is_delivery_id(std::string_view text) {
  return text.size() == 20 && text.starts_with("dlv_") &&
         text.find_first_not_of("0123456789abcdef", 4) == std::string_view::npos;
}

Result<Delivery> find_delivery(const Call& call, const ReadTx& tx, const std::string& id) {
  const auto key = parse_delivery_key(id);
  auto delivery = key ? tx.delivery(*key) : std::nullopt;
  if (!delivery || delivery->project != call.project()) {
    return fail(Errc::not_found, "no such delivery");
  }
  return std::move(*delivery);
}

Result<Response> detail(const Call& call, const ReadTx& tx, const Delivery& delivery) {
  auto text = DeliveryEncoder{tx}.encode_detail(call, delivery);
  if (text.empty()) return fail(Errc::not_found, "the delivery's trigger is gone");
  return json_response(200, std::move(text));
}

}  // namespace

Result<Response> list_trigger_deliveries(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const Page page, decode_page(call, 200));
  MALOTE_TRY(const auto state, decode_state(call));
  const auto trigger = tx.trigger(call.project(), call.param(0));
  if (!trigger) return fail(Errc::not_found, "no such trigger");
  return respond_with(tx, {.project = call.project(), .trigger = trigger->no, .state = state},
                      page);
}

Result<Response> get_trigger_delivery(const Call& call, const ReadTx& tx) {
  const auto trigger = tx.trigger(call.project(), call.param(0));
  if (!trigger) return fail(Errc::not_found, "no such trigger");
  MALOTE_TRY(const auto delivery, find_delivery(call, tx, call.param(1)));
  if (delivery.trigger != trigger->no) return fail(Errc::not_found, "no such delivery");
  return detail(call, tx, delivery);
}

Result<Response> list_dead_letters(const Call& call, const ReadTx& tx) {
  constexpr int kSearched = 2000;  // in one request
  MALOTE_TRY(const Page page, decode_page(call, 200));
  MALOTE_TRY(auto filter, decode_dead_letters(call));
  const auto trigger = tx.trigger(call.project(), call.param(0));
  if (!trigger) return fail(Errc::not_found, "no such trigger");
  filter.trigger = trigger->no;
  MALOTE_CHECK_OK(check_death_cursor(page));
  const auto scan = tx.search_dead_letters(filter, page, kSearched);
  DeliveryEncoder encoder{tx};
  std::vector<std::string> items;
  for (const auto& delivery : scan.rows) {
    auto text = encoder.encode_dead_letter(call, delivery);
    if (!text.empty()) items.push_back(std::move(text));
  }
  return list_response("dead_letters", items, death_cursor(scan), encode_search(scan));
}

Result<Response> list_deliveries(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const Page page, decode_page(call, 200));
  MALOTE_TRY(const auto state, decode_state(call));
  DeliveryFilter filter{.project = call.project(), .state = state};
  const std::string trigger_id = call.query_text("trigger_id");
  if (!trigger_id.empty()) {
    const auto trigger = tx.trigger(call.project(), trigger_id);
    if (!trigger) return fail(Errc::trigger_not_found, "no such trigger");
    filter.trigger = trigger->no;
  }
  return respond_with(tx, filter, page);
}

Result<Response> get_delivery(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const auto delivery, find_delivery(call, tx, call.param(0)));
  return detail(call, tx, delivery);
}

Result<Response> redeliver(const Call& call, Tx& tx, engine::Effects& effects) {
  if (!is_delivery_id(call.param(0)))
    return fail(Errc::invalid_delivery_id, "a delivery id is dlv_ and 16 hex digits");
  MALOTE_TRY(const auto delivery, find_delivery(call, tx, call.param(0)));
  MALOTE_TRY(const auto again,
             call.api.triggers.redeliver(tx, effects, call.project(), delivery.key));
  json::Writer w;
  w.object().field("redelivery_id", text_of(again.delivery.key));
  w.field("trigger_id", again.trigger.id).field("event_id", text_of(again.delivery.event));
  w.field("trigger_status", word(again.trigger.status));
  return json_response(202, std::move(w.end()));
}

}  // namespace malote::api
