// Model values as the API's JSON. All shapes in one place; data/openapi.json describes them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/routes.h"
#include "base/json_writer.h"

namespace malote::api {

/// "2026-…Z", or null for 0.
void write_time(json::Writer& w, std::string_view name, Timestamp at);

/// {"<name>":[…],"data":[…],"next_before":…}: both list shapes. `items` are JSON objects; the
/// members of `more`, an object too, follow.
Response list_response(std::string_view name, const std::vector<std::string>& items,
                       std::string_view next_before, std::string_view more = {});

/// {"searched":{…}}: how far a search has come.
template <class Row>
std::string encode_search(const Scan<Row>& scan) {
  json::Writer w;
  w.object().key("searched").object().field("looked_at", scan.looked_at);
  write_time(w, "looked_to", scan.at);
  w.field("is_end", scan.is_end).end().end();
  return std::move(w).text();
}

std::string encode_trigger(const Call& call, const ReadTx& tx, const Trigger& trigger,
                           const Secret* secret = nullptr);
std::string encode_connection(const Connection& connection);
std::string encode_project(const Call& call, const Project& project);
std::string encode_api_key(const Project& project, const ApiKey& key, const Secret* full_key);
std::string encode_event(const ReadTx& tx, const Event& event, std::string_view more = {});

/// Looks up each trigger and event once while a list is written.
class DeliveryEncoder {
 public:
  explicit DeliveryEncoder(const ReadTx& tx) : tx_(tx) {}

  const Trigger* trigger(TriggerNo no);
  const Event* event(EventKey key);

  /// "" when the trigger is gone: its deliveries are gone for the API, too.
  std::string encode(const Delivery& delivery);
  std::string encode_detail(const Call& call, const Delivery& delivery);
  std::string encode_dead_letter(const Call& call, const Delivery& delivery);

 private:
  void write_members(json::Writer& w, const Delivery& delivery, const Trigger& trigger,
                     const Event& event);
  void write_exchange(json::Writer& w, const Call& call, const Delivery& delivery,
                      const Trigger& trigger, const Event& event,
                      const std::vector<Attempt>& attempts);

  const ReadTx& tx_;
  std::map<TriggerNo, std::optional<Trigger>> triggers_;
  std::map<EventKey, std::optional<Event>> events_;
};

}  // namespace malote::api
