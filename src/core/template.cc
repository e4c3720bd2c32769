#include "core/template.h"

#include <algorithm>
#include <functional>

#include "base/decimal.h"
#include "base/json_writer.h"
#include "core/expression.h"
#include "core/message.h"

namespace malote::core {

namespace {

// --- texts with expressions in them --------------------------------------------------------------

/// Calls `literal` and `expression` for the parts of a text in turn; either may stop with an error.
Result<void> split_text(std::string_view text, const std::function<void(std::string_view)>& literal,
                        const std::function<Result<void>(std::string_view)>& expression) {
  while (!text.empty()) {
    const auto at = text.find("${");
    if (at == std::string_view::npos) break;
    if (at > 0 && text[at - 1] == '$') {  // $${ stands for ${
      literal(text.substr(0, at - 1));
      literal("${");
      text.remove_prefix(at + 2);
      continue;
    }
    const auto end = text.find('}', at);
    if (end == std::string_view::npos)
      return fail(Errc::invalid_body,
                  "\"" + std::string{text.substr(at, 60)} + "\" lacks its closing }");
    literal(text.substr(0, at));
    MALOTE_CHECK_OK(expression(text.substr(at + 2, end - at - 2)));
    text.remove_prefix(end + 1);
  }
  literal(text);
  return {};
}

/// The expression, when the text is nothing but one.
std::optional<std::string_view> sole_expression(std::string_view text) {
  if (!text.starts_with("${") || text.find('}') != text.size() - 1) return {};
  return text.substr(2, text.size() - 3);
}

// --- rendering -----------------------------------------------------------------------------------

constexpr std::string_view kFor = "$for", kIn = "in", kMake = "make";
constexpr std::string_view kIf = "$if", kThen = "then", kElse = "else";

bool is_for(json::View tmpl) { return tmpl.is_object() && tmpl[kFor]; }

Result<void> check_for(json::View tmpl) {
  if (tmpl.size() == 3 && tmpl[kFor].is_string() && tmpl[kIn].is_string() && tmpl[kMake]) return {};
  return fail(Errc::invalid_body, R"(a $for takes {"$for": "name", "in": "${list}", "make": …})");
}

bool is_if(json::View tmpl) { return tmpl.is_object() && tmpl[kIf]; }

Result<void> check_if(json::View tmpl) {
  const bool whole = tmpl[kThen] && (tmpl.size() == 2 || (tmpl.size() == 3 && tmpl[kElse]));
  if (whole) return {};
  return fail(Errc::invalid_body, R"(an $if takes {"$if": condition, "then": …, "else": …})");
}

constexpr std::string_view kMessage = "$message";

bool is_message(json::View tmpl) { return tmpl.is_object() && tmpl[kMessage]; }

Result<void> check_message(json::View tmpl) {
  bool fits = tmpl.size() == 1 && tmpl[kMessage].is_object();
  for (const auto member : tmpl[kMessage]) {
    constexpr std::string_view kMembers[] = {"templates", "name", "variables"};
    fits = fits && std::ranges::find(kMembers, member.key()) != std::end(kMembers);
  }
  if (fits) return {};
  return fail(Errc::invalid_body, "a $message takes an object of templates, name and variables");
}

class Renderer {
 public:
  /// False when there is nothing to write: an optional reference that leads nowhere, or an $if
  /// whose condition does not hold.
  Result<bool> write(json::View tmpl, const Scope& scope, const std::function<void()>& before) {
    if (out_.view().size() > kMaxRendered)
      return fail(Errc::payload_too_large, "the rendered value is larger than 1 MiB");
    if (++values_ > kMaxValues)
      return fail(Errc::payload_too_large, "the template makes more than 100,000 values");
    if (tmpl.is_string()) return write_string(*tmpl.as_string(), scope, before);
    if (is_if(tmpl)) {
      MALOTE_CHECK_OK(check_if(tmpl));
      MALOTE_TRY(const bool yes, holds(tmpl[kIf], scope));
      const json::View chosen = tmpl[yes ? kThen : kElse];
      return chosen ? write(chosen, scope, before) : Result<bool>{false};
    }
    before();
    if (is_for(tmpl)) return write_for(tmpl, scope);
    if (is_message(tmpl)) return write_message(tmpl, scope);
    if (tmpl.is_object()) {
      out_.object();
      for (const auto member : tmpl) {
        MALOTE_CHECK_OK(write(member, scope, [&] { out_.key(member.key()); }));
      }
      out_.end();
    } else if (tmpl.is_array()) {
      out_.array();
      for (const auto item : tmpl) MALOTE_CHECK_OK(write(item, scope, [] {}));
      out_.end();
    } else {
      out_.raw(tmpl.raw());
    }
    return true;
  }

  std::string text() && { return std::move(out_).text(); }

 private:
  Result<bool> write_string(std::string_view text, const Scope& scope,
                            const std::function<void()>& before) {
    if (const auto sole = sole_expression(text)) {
      MALOTE_TRY(const auto value, evaluate(*sole, scope));
      if (!value) return false;
      before();
      out_.raw(*value);
      return true;
    }
    MALOTE_TRY(const auto rendered, render_text(text, scope));
    before();
    out_.string(rendered);
    return true;
  }

  Result<bool> write_for(json::View tmpl, const Scope& scope) {
    MALOTE_CHECK_OK(check_for(tmpl));
    const auto text = *tmpl[kIn].as_string();
    const auto sole = sole_expression(text);
    if (!sole) return fail(Errc::invalid_body, "`in` of a $for takes one ${…}");
    MALOTE_TRY(const auto list, evaluate(*sole, scope));
    out_.array();
    if (list) {
      MALOTE_TRY(const auto document, json::Document::parse(*list));
      if (!document.root().is_array())
        return fail(make_issue(Errc::param_missing, std::string{*sole}, "is not a list"));
      for (const auto item : document.root()) {
        Scope inner{&scope};
        inner.set(*tmpl[kFor].as_string(), item);
        MALOTE_CHECK_OK(write(tmpl[kMake], inner, [] {}));
      }
    }
    out_.end();
    return true;
  }

  Result<bool> write_message(json::View tmpl, const Scope& scope) {
    MALOTE_CHECK_OK(check_message(tmpl));
    MALOTE_TRY(const auto rendered, render(tmpl[kMessage], scope));
    MALOTE_TRY(const auto document, json::Document::parse(rendered));
    const auto root = document.root();
    MALOTE_TRY(const auto text, message_text(root["templates"], root["name"].as_text().value_or(""),
                                             root["variables"]));
    out_.string(text);
    return true;
  }

  static constexpr int kMaxValues = 100'000;  // nested lists multiply
  int values_ = 0;
  json::Writer out_;
};

// --- conditions ----------------------------------------------------------------------------------

bool is_truthy(json::View value) {
  if (!value || value.is_null()) return false;
  if (const auto boolean = value.as_bool()) return *boolean;
  if (value.is_string()) return !value.as_string()->empty();
  if (value.is_number()) return value.as_double().value_or(1) != 0;
  return true;
}

/// Below, equal to or above 0; nothing when they cannot be compared.
std::optional<int> compare(json::View a, json::View b) {
  const auto x = a.as_text(), y = b.as_text();
  if (!x || !y) return {};
  const auto m = parse_decimal(*x), n = parse_decimal(*y);
  if (m && n) {
    const int scale = std::max(m->scale, n->scale);
    __extension__ using Wide = __int128;
    const auto at_scale = [&](const Decimal& d) {
      Wide value = d.digits;
      for (int i = d.scale; i < scale; ++i) value *= 10;
      return value;
    };
    const Wide left = at_scale(*m), right = at_scale(*n);
    return left < right ? -1 : left > right ? 1 : 0;
  }
  if (a.is_number() || b.is_number()) return {};  // "many" is neither above nor below 100
  return x->compare(*y);
}

bool is_equal(json::View a, json::View b) {
  if (a.is_string() && b.is_string()) return a.as_string() == b.as_string();  // however escaped
  if (a.kind() == b.kind() && !a.is_number()) return a.raw() == b.raw();
  return a.is_number() && b.is_number() && compare(a, b) == 0;
}

bool compares(std::string_view op, json::View value, json::View with) {
  if (op == "exists") return static_cast<bool>(value) == with.as_bool().value_or(true);
  if (op == "ne") return !value || !is_equal(value, with);
  if (!value) return false;
  if (op == "eq") return is_equal(value, with);
  if (op == "in") {
    for (const auto item : with) {
      if (is_equal(value, item)) return true;
    }
    return false;
  }
  if (op == "starts_with")
    return value.as_text().value_or("").starts_with(with.as_text().value_or("\n"));
  const auto order = compare(value, with);
  if (!order) return false;
  if (op == "gt") return *order > 0;
  if (op == "gte") return *order >= 0;
  if (op == "lt") return *order < 0;
  return *order <= 0;  // lte
}

constexpr std::string_view kOperators[] = {"eq", "ne",  "in",     "gt",         "gte",
                                           "lt", "lte", "exists", "starts_with"};

/// The member that is not `path`, having checked the shape; a null View when there is only the
/// path.
Result<json::View> operator_of(json::View condition) {
  if (!condition["path"].is_string())
    return fail(
        Errc::invalid_body,
        R"(a condition takes {"path": "…", "eq": …}, {"all": […]}, {"any": […]} or {"not": …})");
  json::View found;
  for (const auto member : condition) {
    if (member.key() == "path") continue;
    if (found || std::ranges::find(kOperators, member.key()) == std::end(kOperators))
      return fail(Errc::invalid_body,
                  "a condition on a path takes one of eq, ne, in, gt, gte, lt, "
                  "lte, exists, starts_with; not " +
                      std::string{member.key()});
    found = member;
  }
  if (found.key() == "in" && !found.is_array() && !found.is_string())
    return fail(Errc::invalid_body, "`in` takes a list");
  return found;
}

Result<bool> holds_on_path(json::View condition, const Scope& scope) {
  MALOTE_TRY(const auto op, operator_of(condition));
  const auto value = scope.find(*condition["path"].as_string());
  if (!op) return is_truthy(value);
  MALOTE_TRY(const auto with, render(op, scope));
  MALOTE_TRY(const auto document, json::Document::parse(with));
  return compares(op.key(), value, document.root());
}

// --- what is referred to -------------------------------------------------------------------------

class References {
 public:
  Result<void> of_template(json::View tmpl, const std::string& at) {
    if (tmpl.is_string()) return of_text(*tmpl.as_string(), at);
    if (is_for(tmpl)) {
      MALOTE_CHECK_OK(check_for(tmpl));
      MALOTE_CHECK_OK(of_text(*tmpl[kIn].as_string(), at + "/in"));
      inner_.emplace_back(*tmpl[kFor].as_string());
      const auto inside = of_template(tmpl[kMake], at + "/make");
      inner_.pop_back();
      return inside;
    }
    if (is_message(tmpl)) {
      const auto shape = check_message(tmpl);
      if (!shape) return fail(make_issue(Errc::invalid_body, at, shape.error().message));
    }
    if (is_if(tmpl)) {
      const auto shape = check_if(tmpl);
      if (!shape) return fail(make_issue(Errc::invalid_body, at, shape.error().message));
      MALOTE_CHECK_OK(of_condition(tmpl[kIf], at + "/$if"));
      MALOTE_CHECK_OK(of_template(tmpl[kThen], at + "/then"));
      return tmpl[kElse] ? of_template(tmpl[kElse], at + "/else") : Result<void>{};
    }
    std::size_t index = 0;
    for (const auto child : tmpl) {
      const std::string name{tmpl.is_object() ? std::string{child.key()} : std::to_string(index++)};
      MALOTE_CHECK_OK(of_template(child, at + "/" + name));
    }
    return {};
  }

  Result<void> of_condition(json::View condition, const std::string& at) {
    if (condition.as_bool()) return {};
    if (condition.is_string()) return of_text(*condition.as_string(), at);
    for (const std::string_view many : {"all", "any"}) {
      if (!condition[many]) continue;
      if (!condition[many].is_array() || condition.size() != 1)
        return fail(make_issue(Errc::invalid_body, at, "takes a list of conditions"));
      std::size_t index = 0;
      for (const auto one : condition[many]) {
        MALOTE_CHECK_OK(
            of_condition(one, at + "/" + std::string{many} + "/" + std::to_string(index++)));
      }
      return {};
    }
    if (condition["not"] && condition.size() == 1)
      return of_condition(condition["not"], at + "/not");
    const auto op = operator_of(condition);
    if (!op) return fail(make_issue(Errc::invalid_body, at, op.error().message));
    add(*condition["path"].as_string(), at + "/path");
    return of_template(*op, at + "/" + std::string{op->key()});
  }

  std::vector<Reference> take() && { return std::move(found_); }

 private:
  Result<void> of_text(std::string_view text, const std::string& at) {
    auto result = split_text(
        text, [](std::string_view) {},
        [&](std::string_view inside) -> Result<void> {
          MALOTE_TRY(const auto expression, parse_expression(inside));
          for (const auto operand : expression.operands) {
            if (!is_literal(operand)) add(operand, at);
          }
          return {};
        });
    if (!result) return fail(make_issue(Errc::invalid_body, at, result.error().message));
    return {};
  }

  void add(std::string_view path, const std::string& at) {
    const auto head = path.substr(0, path.find('.'));
    if (std::ranges::find(inner_, head) != inner_.end()) return;
    found_.push_back({std::string{path}, at});
  }

  std::vector<std::string> inner_;  // names of the $for around
  std::vector<Reference> found_;
};

/// Follows member names and list positions.
json::View walk(json::View value, std::string_view path) {
  while (value && !path.empty()) {
    const auto name = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    if (!value.is_array()) {
      value = value[name];
      continue;
    }
    const auto index = parse_decimal(name);
    const bool fits = index && index->scale == 0 && index->digits >= 0 &&
                      static_cast<std::size_t>(index->digits) < value.size();
    value = fits ? value.at(static_cast<std::size_t>(index->digits)) : json::View{};
  }
  return value;
}

}  // namespace

json::View Scope::find(std::string_view path) const {
  // The longest name that the path begins with, at a dot.
  for (auto end = path.size(); end != std::string_view::npos && end > 0;
       end = path.rfind('.', end - 1)) {
    const auto at = values_.find(path.substr(0, end));
    if (at == values_.end()) continue;
    return walk(at->second(), end == path.size() ? std::string_view{} : path.substr(end + 1));
  }
  return outer_ ? outer_->find(path) : json::View{};
}

Result<std::string> render(json::View tmpl, const Scope& scope) {
  Renderer renderer;
  MALOTE_TRY(const bool written, renderer.write(tmpl, scope, [] {}));
  if (!written) return std::string{"null"};
  return std::move(renderer).text();
}

Result<std::string> render_text(std::string_view text, const Scope& scope) {
  std::string out;
  MALOTE_CHECK_OK(split_text(
      text, [&](std::string_view literal) { out += literal; },
      [&](std::string_view expression) -> Result<void> {
        MALOTE_TRY(const auto value, evaluate(expression, scope));
        if (!value) return {};
        if (*value == "null")
          return fail(make_issue(Errc::param_missing, std::string{expression},
                                 "is null inside a text; use ?? to say what stands there then"));
        out += text_of(*value);
        return {};
      }));
  return out;
}

Result<bool> holds(json::View condition, const Scope& scope) {
  if (const auto constant = condition.as_bool()) return *constant;
  if (condition.is_string()) {
    const auto sole = sole_expression(*condition.as_string());
    if (!sole) return fail(Errc::invalid_body, "a condition that is a text takes one ${…}");
    MALOTE_TRY(const auto value, evaluate(*sole, scope));
    if (!value) return false;
    MALOTE_TRY(const auto document, json::Document::parse(*value));
    return is_truthy(document.root());
  }
  if (condition["all"]) {
    for (const auto one : condition["all"]) {
      MALOTE_TRY(const bool good, holds(one, scope));
      if (!good) return false;
    }
    return true;
  }
  if (condition["any"]) {
    for (const auto one : condition["any"]) {
      MALOTE_TRY(const bool good, holds(one, scope));
      if (good) return true;
    }
    return false;
  }
  if (condition["not"]) {
    MALOTE_TRY(const bool good, holds(condition["not"], scope));
    return !good;
  }
  return holds_on_path(condition, scope);
}

Result<std::vector<Reference>> references_of_template(json::View tmpl) {
  References references;
  MALOTE_CHECK_OK(references.of_template(tmpl, ""));
  return std::move(references).take();
}

Result<std::vector<Reference>> references_of_condition(json::View condition) {
  References references;
  MALOTE_CHECK_OK(references.of_condition(condition, ""));
  return std::move(references).take();
}

}  // namespace malote::core
