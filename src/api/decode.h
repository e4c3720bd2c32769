// Reading requests: bodies member by member with all their faults at once, and query parameters.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/routes.h"
#include "base/json.h"
#include "engine/events.h"
#include "engine/triggers.h"

namespace malote::api {

inline constexpr std::size_t kMaxIdempotencyKey = 255;  // bytes

/// Collects what is wrong with a body; each getter returns nothing where the member is absent or
/// (after noting an issue) wrong. Unknown members are ignored.
class BodyReader {
 public:
  explicit BodyReader(json::View object) : object_(object) {}

  std::optional<std::string> text(std::string_view name, std::size_t min, std::size_t max);
  std::optional<std::string> text_or_null(std::string_view name, std::size_t max);  // null → ""
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
  std::optional<double> number(std::string_view name, double min, double max);
  std::optional<bool> boolean(std::string_view name);
  json::View object(std::string_view name);  // null View when absent or wrong

  bool has(std::string_view name) const { return static_cast<bool>(object_[name]); }
  bool is_null(std::string_view name) const { return object_[name] && object_[name].is_null(); }
  /// Clients send null for what they leave out.
  bool has_value(std::string_view name) const { return has(name) && !is_null(name); }
  json::View at(std::string_view name) const { return object_[name]; }
  void issue(std::string path, std::string message);
  void require(std::string_view name);

  Result<void> result() const;

 private:
  json::View object_;
  std::vector<Issue> issues_;
};

/// The body as a JSON object; an empty body is {} (clients send Content-Type without one).
Result<json::Document> parse_body(const Call& call);

Result<engine::TriggerPatch> decode_trigger(json::View body,
                                            const engine::DeliveryDefaults& defaults, bool create);
Result<std::vector<engine::NewEvent>> decode_events(json::View body);

/// limit (clamped) and before (checked). `max` is 100 or 200 by route.
Result<Page> decode_page(const Call& call, int max);
/// A next_before, into the page that it leads to; empty is the first.
Result<void> decode_cursor(std::string_view text, Page& page);
/// Lists read one row more than they show, to know whether another page follows.
inline Page one_more(Page page) {
  ++page.limit;
  return page;
}
template <class Row>
bool cut_to(const Page& page, std::vector<Row>& rows) {
  if (static_cast<int>(rows.size()) <= page.limit) return false;
  rows.pop_back();
  return true;
}
std::string cursor_of(std::int64_t key);
/// A time from 1970 on, as RFC 3339. 1970's first millisecond is told as its second: Timestamp{}
/// means that no bound was given, and `until` a time long past must not mean `until` now.
std::optional<Timestamp> parse_bound(std::string_view text);
/// parse_bound() of a query parameter; Timestamp{} where it is absent.
Result<Timestamp> decode_time(const Call& call, std::string_view name);

}  // namespace malote::api
