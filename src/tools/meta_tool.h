// A meta-tool: one call for a need ("charge"), and the routes by which servers meet it, read from
// data/meta_tools/<name>.json. Immutable after parse. docs/tools.md describes the format.
//
// What templates may refer to:
//   let, require        input; require also args
//   a route's `when`    input, args, metadata (of the route's connection)
//   its steps           the same, and steps, idempotency_key, today (YYYY-MM-DD), livemode
//   its result          the same
// ${steps.<name>.data} is what the step's tool answered; a step that was skipped or failed
// (`optional`) is not there.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"

namespace malote::tools {

/// Views point into the meta-tool's document.
struct Step {
  std::string name{};
  std::string tool{};     // "server/tool"
  json::View params{};    // template of the tool's input
  json::View when{};      // condition; absent: always
  bool optional = false;  // the route goes on when it fails
  bool prepares = false;  // a write that moves neither money nor goods, and may happen twice
  int attempts = 1;       // in all, while it fails: for what the provider makes a moment later
  Millis delay{0};        // between them
};

struct Route {
  std::string server{};  // the connection it needs
  json::View when{};     // condition; absent: always
  std::vector<Step> steps{};
  json::View result{};  // template of the data
};

struct MetaTool {
  std::string name{}, description{};
  std::vector<std::string> keywords{};  // by which it is found besides its name and description
  json::View input{};                   // JSON Schema of an object
  json::View let{};                     // template of ${args}
  json::View require{};                 // [{"when": condition, "member", "message"}]
  std::vector<Route> routes{};
  bool builtin = false;  // answered by the engine itself
  std::shared_ptr<const json::Document> document{};
};

/// Checks everything but that the steps' tools exist, which takes all servers (Registry).
Result<MetaTool> parse_meta_tool(std::string_view text);

/// The object ${args}, as JSON: `input` by the schema, then `let`, then `require`.
/// Errc::invalid_body with one issue per fault, pointers into `input`.
Result<std::string> make_arguments(const MetaTool& meta, json::View input);

}  // namespace malote::tools
