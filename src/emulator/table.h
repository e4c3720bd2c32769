// What an emulated provider is: routes, credentials, errors and webhooks, read from
// data/emulator/<id>.json. Immutable after parse. docs/emulator.md describes the format.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/embedded.h"
#include "emulator/template.h"

namespace malote::emulator {

/// A condition on the request or a resource: the text found is one of `values`; or, without
/// values, whether there is one; or whether it is a number below another.
struct Condition {
  Placeholder source{};
  std::optional<Placeholder> bound{};
  std::vector<std::string> values{};
  bool presence = true;

  bool holds(const Scope& scope) const;
};

/// What a member of the request must be, with the words for it.
struct Check {
  enum class Rule { present, positive, one_of, at_least } rule = Rule::present;
  std::string name{};  // in the error
  Placeholder source{};
  std::vector<std::string> values{};
  std::size_t length = 0;

  /// What is wrong, or empty.
  std::string fault(const Scope& scope) const;
};

/// A change of a resource: only in these states, with these members laid over it.
struct Change {
  std::string collection{};
  Placeholder id{};
  std::vector<Condition> when{};
  std::string refused{};  // the error's text when `when` does not hold
  Template set{};
  bool echo = false;  // the request's members are laid over first
  std::vector<std::string> emits{};
};

struct Filter {
  std::string parameter{};
  std::string pointer{};
};

struct Route {
  enum class Act {
    answer,  // only the template
    create,
    get,
    list,
    update,
    remove,
    each,   // update or read of every resource that the body lists
    token,  // issue an access token
  };
  std::string tool{};
  std::string method{};
  std::vector<std::string> segments{};  // "{id}" takes any text
  Act act = Act::answer;
  std::vector<Condition> where{};
  std::vector<Check> checks{};
  Change change{};  // create, get, update, remove, each; collection also of list
  std::optional<Change> parent{};
  bool parent_is_optional = false;
  Template id{};       // create
  std::string each{};  // pointer to a list of ids
  Template item{};     // each: what an entry's answer is; default the resource
  bool keyed = false;  // each: the answer is an object by id
  std::vector<Filter> filters{};
  std::string limit{}, offset{};  // query parameters
  Template answer{};              // default the resource
  int status = 200;
  std::string content_type = "application/json";
  bool reads = false;    // a POST without effect
  bool is_open = false;  // takes no credentials
  std::string client{};  // token: "basic", or the pointer of the secret in the body
  std::optional<Placeholder> hook_url{}, hook_secret{};  // registers a webhook of the provider

  bool has_effect() const { return method != "GET" && method != "HEAD" && !reads; }
};

struct Authentication {
  enum class Kind { header, bearer, issued, path } kind = Kind::bearer;
  std::string name{};
};

struct ErrorShape {
  int status = 400;
  Template body{};
};

struct WebhookShape {
  Template body{};
  std::vector<std::pair<std::string, Template>> headers{};
  std::vector<std::pair<std::string, Template>> query{};
};

struct Provider {
  std::string id{};
  std::vector<std::string> prefix{};
  Authentication authentication{};
  std::vector<Placeholder> keys{};  // idempotency keys in the body
  std::map<std::string, ErrorShape, std::less<>> errors{};
  std::vector<Route> routes{};
  std::map<std::string, Change, std::less<>> moves{};
  std::map<std::string, WebhookShape, std::less<>> webhooks{};  // by event or collection

  const ErrorShape& error(std::string_view name) const;
  const WebhookShape* webhook(std::string_view event, std::string_view collection) const;
};

/// By id. Errors name the file, the route and what is wrong.
Result<std::map<std::string, Provider, std::less<>>> load_providers(
    std::span<const EmbeddedFile> files);

std::vector<std::string> split_path(std::string_view path);

}  // namespace malote::emulator
