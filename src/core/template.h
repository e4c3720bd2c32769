// Templates: JSON whose strings may refer to values, and conditions over the same values. Tool
// bodies, meta-tools and loop steps are written in them (docs/loops.md holds the language for
// users). Pure.
//
//   "${steps.invoice.data.id}"          the value itself, with its JSON type
//   "Order ${event.data.order_id}"      text with values in it
//   "${a.b ?? c.d ?? 'none'}"           the first that is there and not null
//   "${input.email?}"                   left out with its member when it is not there
//   "${input.amount | minor}"           filters: see expression.cc
//   {"$for": "item", "in": "${input.items}", "make": {…}}   one entry per item
//   {"$if": condition, "then": …, "else": …}   without else: left out with its member
//   {"$message": {"templates", "name", "variables"}}   a text for people: core/message.h
//   "$${"                               the characters ${
//
// A reference that leads nowhere is an error that names it (Errc::param_missing), never an empty
// string.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace malote::core {

/// The values that a template may refer to, by name. Names may have dots ("steps.invoice"); the
/// longest that fits a path counts. Refers to documents that must outlive it.
class Scope {
 public:
  explicit Scope(const Scope* outer = nullptr) : outer_(outer) {}

  void set(std::string_view name, json::View value) {
    values_.insert_or_assign(std::string{name}, [value] { return value; });
  }
  /// A value that is only fetched where something refers to it: each time, so `load` remembers.
  void set_lazy(std::string_view name, std::function<json::View()> load) {
    values_.insert_or_assign(std::string{name}, std::move(load));
  }
  /// A null View when the path leads nowhere.
  json::View find(std::string_view path) const;

 private:
  const Scope* outer_;
  std::map<std::string, std::function<json::View()>, std::less<>> values_{};
};

/// The template with its references resolved, as JSON text of at most kMaxRendered bytes.
Result<std::string> render(json::View tmpl, const Scope& scope);
inline constexpr std::size_t kMaxRendered = 1024 * 1024;

/// `text` as a template of text: its references' values, as text.
Result<std::string> render_text(std::string_view text, const Scope& scope);

/// {"path": "…", "eq": …} (also ne, in, gt, gte, lt, lte, exists, starts_with; alone: is it there
/// and neither null, false, 0 nor ""), {"all": […]}, {"any": […]}, {"not": …}, "${…}", true, false.
/// What is compared with may be a template. A path that leads nowhere only satisfies `ne`,
/// `exists: false` and `not`.
Result<bool> holds(json::View condition, const Scope& scope);

/// One path that a template or condition refers to, and where: a JSON pointer into it.
struct Reference {
  std::string path{};
  std::string at{};
};

/// All references, having checked the grammar; the names that $for introduces are left out.
Result<std::vector<Reference>> references_of_template(json::View tmpl);
Result<std::vector<Reference>> references_of_condition(json::View condition);

}  // namespace malote::core
