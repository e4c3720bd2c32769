// From a proven request to catalogue events: event name, identity, money, times, people. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "base/time.h"
#include "providers/pack.h"
#include "providers/sources.h"

namespace malote::providers {

/// One normalised fact. `fields` holds (name, JSON value text) in the order of the pack:
/// resource_id, external_reference, amount_minor, amount_decimal, currency, reason, …
struct Draft {
  std::string type{};            // catalogue name; empty: maps to nothing
  std::string provider_event{};  // the provider's own name
  std::string provider_event_id{};
  std::string dedupe_key{};        // the id, or derived
  std::string fact_key{};          // for rules with `once`: type and resource; else empty
  std::string passthrough_data{};  // JSON object to deliver as it is; empty when mapped
  std::optional<Timestamp> occurred_at{};
  std::optional<bool> livemode{};
  std::vector<std::pair<std::string, std::string>> fields{};

  /// A field's text without JSON quotes; "" when absent.
  std::string field(std::string_view name) const;
  /// Sets a field, in place of what it held before.
  void set(std::string_view name, std::string json_text);
};

struct Mapped {
  std::vector<Draft> drafts{};
  std::string note{};  // why nothing may be emitted, e.g. "body_query_mismatch"
};

/// A call that must be answered before the request can be mapped. Lives as long as the pack.
struct FetchPlan {
  const FetchSpec* spec = nullptr;
  std::string url{};
  std::string version{};  // of the resource, as the notification names it; empty: it does not
};

/// How names are looked up: a known catalogue name or alias gives its canonical spelling.
using CanonicalName = std::function<std::optional<std::string>(std::string_view)>;

struct MapInput {
  const Pack& pack;
  const RawRequest& request;
  json::View body{};
  json::View fetched{};
  json::View custom_map{};  // the connection's webhook_map
  json::View types{};       // what the connection says the provider's names mean
  const CanonicalName& canonical;
};

Mapped map_request(const MapInput& input);

bool all_hold(const std::vector<Where>& conditions, const Sources& sources);

/// The fetch a notification asks for; empty when none is needed.
std::optional<FetchPlan> plan_fetch(const Pack& pack, const Sources& sources, bool body_is_signed);

/// The `data` object of the event: the fields in their delivered shape.
std::string data_of(const Draft& draft, std::string_view server_id, std::string_view subject);

}  // namespace malote::providers
