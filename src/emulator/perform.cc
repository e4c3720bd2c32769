#include "emulator/perform.h"

#include <algorithm>
#include <charconv>

namespace malote::emulator {

namespace {

std::string collection_of(const Provider& provider, const std::string& name) {
  return provider.id + "/" + name;
}

Scope scope_of(const Call& call, World& world) {
  return {.body = call.body,
          .path = &call.path,
          .query = &call.query,
          .base = call.base,
          .sequence = world.sequence,
          .now = call.now,
          .random = &world.random};
}

bool hold(const std::vector<Condition>& conditions, const Scope& scope) {
  return std::ranges::all_of(conditions, [&](const auto& c) { return c.holds(scope); });
}

std::vector<std::string> member_names(json::View object) {
  std::vector<std::string> names;
  for (const auto member : object) names.emplace_back(member.key());
  return names;
}

/// A resource as it is, parsed.
struct Held {
  std::string collection{}, id{};
  json::Document document{};
};

std::optional<Held> hold_resource(const Provider& provider, const Change& change,
                                  const std::string& id, const World& world) {
  Held held{.collection = collection_of(provider, change.collection), .id = id};
  const std::string* text = world.resources.find(held.collection, id);
  if (!text) return {};
  auto document = json::Document::parse(*text);
  if (!document) return {};
  held.document = std::move(*document);
  return held;
}

/// Lays the change over the resource and tells those who want to know.
Result<json::Document> apply(const Provider& provider, const Change& change, const Held& held,
                             Scope scope, World& world) {
  scope.self = held.document.root();
  scope.id = held.id;
  std::string text{held.document.root().raw()};
  if (change.echo) {
    std::vector<std::string> names = member_names(scope.body);
    text = overlay(held.document.root(), scope.body.raw(), names);
  }
  MALOTE_TRY(auto echoed, json::Document::parse(text));
  text = overlay(echoed.root(), change.set.render(scope), change.set.members());
  MALOTE_TRY(auto changed, json::Document::parse(text));
  world.resources.put(held.collection, held.id, text);
  scope.self = changed.root();
  for (const auto& event : change.emits)
    world.webhooks.emit(provider, event, change.collection, scope);
  return changed;
}

Response answer_of(const Call& call, const Scope& scope) {
  Response response{.status = call.route.status, .content_type = call.route.content_type};
  if (call.route.answer.is_empty()) {
    response.body = scope.self.raw();
  } else if (response.content_type == "application/json") {
    response.body = call.route.answer.render(scope);
  } else {
    response.body = call.route.answer.render_text(scope);
  }
  return response;
}

Response not_found(const Call& call, const std::string& id) {
  return provider_error(call.provider, "not_found",
                        "there is no " + call.route.tool + " target with the id \"" + id + "\"");
}

Response refused(const Call& call, const Change& change) {
  return provider_error(call.provider, "refused", change.refused);
}

// --- the acts -----------------------------------------------------------------------------------

Response create(const Call& call, World& world, Scope scope) {
  ++world.sequence;
  scope.sequence = world.sequence;
  const Route& route = call.route;
  const std::string id = route.id.render_text(scope);
  scope.id = id;
  const json::View echoed = route.change.echo ? call.body : json::View{};
  const std::string text =
      overlay(echoed, route.change.set.render(scope), route.change.set.members());
  world.resources.put(collection_of(call.provider, route.change.collection), id, text);
  if (route.answer.is_empty() && route.change.emits.empty())
    return {.status = route.status, .body = text};
  const auto made = json::Document::parse(text);
  if (!made) return provider_error(call.provider, "invalid", made.error().message);
  scope.self = made->root();
  for (const auto& event : route.change.emits)
    world.webhooks.emit(call.provider, event, route.change.collection, scope);
  return answer_of(call, scope);
}

Response change_one(const Call& call, World& world, Scope scope) {
  const std::string id = call.route.change.id.find(scope).text;
  const auto held = hold_resource(call.provider, call.route.change, id, world);
  if (!held) return not_found(call, id);
  scope.self = held->document.root();
  scope.id = id;
  if (!hold(call.route.change.when, scope)) return refused(call, call.route.change);
  if (call.route.act == Route::Act::get) return answer_of(call, scope);
  const auto changed = apply(call.provider, call.route.change, *held, scope, world);
  if (!changed) return provider_error(call.provider, "invalid", changed.error().message);
  if (call.route.act == Route::Act::remove) world.resources.remove(held->collection, id);
  scope.self = changed->root();
  return answer_of(call, scope);
}

std::int64_t query_number(const Call& call, const std::string& name, std::int64_t otherwise) {
  for (const auto& [key, value] : call.query) {
    if (key != name || name.empty()) continue;
    std::int64_t number = 0;
    const char* const end = value.data() + value.size();
    const auto [stopped, error] = std::from_chars(value.data(), end, number);
    if (error == std::errc{} && stopped == end && number >= 0) return number;
  }
  return otherwise;
}

bool passes(const Call& call, json::View resource) {
  for (const auto& filter : call.route.filters) {
    for (const auto& [key, value] : call.query) {
      if (key == filter.parameter && !value.empty() &&
          resource.pointer(filter.pointer).as_text() != value)
        return false;
    }
  }
  return true;
}

Response list(const Call& call, const World& world, Scope scope) {
  constexpr std::int64_t kMostItems = 100;
  const auto limit = std::min(query_number(call, call.route.limit, 10), kMostItems);
  const auto offset = query_number(call, call.route.offset, 0);
  std::string items{"["};
  for (const auto* text :
       world.resources.newest_first(collection_of(call.provider, call.route.change.collection))) {
    const auto document = json::Document::parse(*text);
    if (!document || !passes(call, document->root())) continue;
    const auto index = scope.total++;
    if (index < offset || scope.count >= limit) continue;
    if (scope.count++ > 0) items += ',';
    items += *text;
  }
  items += ']';
  scope.items = items;
  if (!call.route.answer.is_empty()) return answer_of(call, scope);
  return {.status = call.route.status, .body = items};
}

std::vector<std::string> ids_of(json::View list) {
  std::vector<std::string> ids;
  if (!list.is_array() && !list.is_object()) ids.emplace_back(list.as_text().value_or(""));
  for (const auto member : list) {
    const json::View id = member.is_object() ? member["id"] : member;
    ids.emplace_back(id.as_text().value_or(""));
  }
  return ids;
}

/// All or none of them.
Response change_each(const Call& call, World& world, Scope scope) {
  std::vector<Held> all;
  for (const auto& id : ids_of(call.body.pointer(call.route.each))) {
    auto held = hold_resource(call.provider, call.route.change, id, world);
    if (!held) return not_found(call, id);
    scope.self = held->document.root();
    scope.id = id;
    if (!hold(call.route.change.when, scope)) return refused(call, call.route.change);
    all.push_back(std::move(*held));
  }
  std::string items{call.route.keyed ? "{" : "["};
  for (const auto& held : all) {
    const auto changed = apply(call.provider, call.route.change, held, scope, world);
    if (!changed) return provider_error(call.provider, "invalid", changed.error().message);
    scope.self = changed->root();
    scope.id = held.id;
    if (scope.count++ > 0) items += ',';
    if (call.route.keyed) {
      json::append_string(items, held.id);
      items += ':';
    }
    items += call.route.item.is_empty() ? std::string{changed->root().raw()}
                                        : call.route.item.render(scope);
  }
  items += call.route.keyed ? '}' : ']';
  scope.items = items;
  if (!call.route.answer.is_empty()) return answer_of(call, scope);
  return {.status = call.route.status, .body = items};
}

Response act(const Call& call, World& world, const Scope& scope) {
  switch (call.route.act) {
    case Route::Act::create: return create(call, world, scope);
    case Route::Act::get:
    case Route::Act::update:
    case Route::Act::remove: return change_one(call, world, scope);
    case Route::Act::list: return list(call, world, scope);
    case Route::Act::each: return change_each(call, world, scope);
    case Route::Act::answer:
    case Route::Act::token: break;
  }
  ++world.sequence;
  return answer_of(call, scope);
}

std::optional<Held> find_parent(const Call& call, const Scope& scope, const World& world) {
  if (!call.route.parent) return {};
  const std::string id = call.route.parent->id.find(scope).text;
  return hold_resource(call.provider, *call.route.parent, id, world);
}

}  // namespace

Response provider_error(const Provider& provider, std::string_view name, const std::string& text,
                        const std::string& field) {
  const ErrorShape& shape = provider.error(name);
  return {.status = shape.status, .body = shape.body.render({.error = text, .field = field})};
}

bool is_meant(const Call& call, const World& world) {
  if (call.route.where.empty()) return true;
  Scope scope{.body = call.body, .path = &call.path, .query = &call.query, .now = call.now};
  const auto parent = find_parent(call, scope, world);
  if (parent) scope.parent = parent->document.root();
  return hold(call.route.where, scope);
}

std::optional<Response> check_request(const Call& call, World& world) {
  const Scope scope = scope_of(call, world);
  for (const auto& check : call.route.checks) {
    const std::string fault = check.fault(scope);
    if (!fault.empty()) return provider_error(call.provider, "invalid", fault, check.name);
  }
  return {};
}

Response perform(const Call& call, World& world) {
  Scope scope = scope_of(call, world);
  const auto parent = find_parent(call, scope, world);
  if (!call.route.parent) return act(call, world, scope);
  const Change& change = *call.route.parent;
  if (!parent) {
    if (call.route.parent_is_optional) return act(call, world, scope);
    return not_found(call, change.id.find(scope).text);
  }
  scope.parent = parent->document.root();
  Scope own = scope;
  own.self = parent->document.root();
  if (!hold(change.when, own)) return refused(call, change);
  Response response = act(call, world, scope);
  if (response.status >= 300) return response;
  const bool changes = !change.set.is_empty() || change.echo || !change.emits.empty();
  if (changes && !apply(call.provider, change, *parent, scope, world))
    return provider_error(call.provider, "invalid", "the change is not valid JSON");
  return response;
}

Result<std::string> move(const Provider& provider, const std::string& name, const std::string& id,
                         World& world, Timestamp now) {
  const auto at = provider.moves.find(name);
  if (at == provider.moves.end()) {
    std::string known;
    for (const auto& [word, change] : provider.moves) known += (known.empty() ? "" : ", ") + word;
    return fail(make_issue(
        Errc::invalid_body, "/to",
        provider.id + " knows no such move; it has: " + (known.empty() ? "none" : known)));
  }
  const auto held = hold_resource(provider, at->second, id, world);
  if (!held)
    return fail(Errc::not_found, provider.id + " has no " + at->second.collection + " " + id);
  const Scope scope{.self = held->document.root(), .id = id, .now = now, .random = &world.random};
  if (!hold(at->second.when, scope)) return fail(Errc::invalid_request, at->second.refused);
  MALOTE_TRY(const auto changed, apply(provider, at->second, *held, scope, world));
  return std::string{changed.root().raw()};
}

}  // namespace malote::emulator
