// A tool server: what Malote knows of a provider's API, read from data/tools/<id>.json. Each tool
// is one HTTP request described as data. Immutable after parse. docs/tools.md describes the format.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace malote::tools {

/// A member of a connection's secret, which templates see as ${credentials.<name>}.
struct Credential {
  std::string name{};
  std::string label{};
  std::string hint{};
  bool required = true;
};

/// How a call says that it is the same call again; nothing is sent where both names are empty.
struct Idempotency {
  std::string header{};   // the key is sent in this header
  std::string body{};     // and in this member of the body ("a.b": of an object in it) if absent
  bool honoured = false;  // the provider answers a repeated key without doing it again
};

enum class Encoding { json, form, multipart };

/// Views point into the server's document.
struct Tool {
  std::string server{};  // the server's id
  std::string name{};
  std::string description{};
  std::vector<std::string> keywords{};  // by which it is found besides its name and description
  std::string method{};
  std::string path{};    // after the host, or a whole URL; {x} takes the input's member x
  json::View input{};    // JSON Schema of an object
  json::View query{};    // list of input members, or an object of templates
  json::View body{};     // template; absent: what path and query leave; false: no body
  json::View headers{};  // in place of the server's
  json::View result{};   // members added to the answer where absent, over ${result}, ${input}
  std::vector<std::string> path_arguments{};
  std::vector<std::string> metadata_body{};  // connection metadata merged into the body if absent
  Encoding encoding = Encoding::json;
  bool safe = false;  // changes nothing at the provider
  Idempotency idempotency{};
  bool checked = true;  // the input is held against its schema; else the server does it

  std::string full_name() const { return server + "/" + name; }
};

/// A server of the Model Context Protocol, which lists its tools itself: reached over HTTP, or
/// started as a command and spoken to over its standard input and output.
struct McpEndpoint {
  std::string url{};                     // of a command "stdio:" and the server's id
  json::View headers{};                  // name: template over ${env.NAME}; of every request
  std::vector<std::string> command{};    // the program and its arguments; empty: over HTTP
  json::View environment{};              // name: template over ${env.NAME}; of the command
  std::string folder{};                  // that it is run in; empty: the gateway's own
  std::vector<std::string> variables{};  // the names that the templates refer to
  Idempotency idempotency{};             // of its tools, where they say nothing themselves

  bool is_command() const { return !command.empty(); }
};

struct Server {
  std::string id{}, name{}, category{}, country{}, description{};
  std::string auth_type{};   // api_key, path_secret, oauth, …: the words of the catalogue
  std::string difficulty{};  // easy, medium, hard: of connecting it
  std::vector<Credential> credentials{};
  std::string live_host{}, test_host{};  // templates
  json::View headers{};                  // name: template
  json::View basic{};                    // two templates: ${basic} is base64 of "user:password"
  json::View token{};                    // how a token is fetched; null where none is needed
  int per_minute = 0;                    // calls the provider takes; 0: not known
  bool builtin = false;                  // answered in the process, without a connection
  std::vector<Tool> tools{};             // in the file's order
  std::optional<McpEndpoint> mcp{};
  std::shared_ptr<const json::Document> document{};
  std::shared_ptr<const json::Document> listing{};  // of a remote server: what it said

  const Tool* find(std::string_view tool) const;
  /// A remote server whose tools are not known yet: it was not reached so far.
  bool is_unlisted() const { return mcp && !listing; }
  bool needs_token() const { return static_cast<bool>(token); }
  bool needs_connection() const { return !builtin && auth_type != "none"; }
};

/// Checks everything: members, templates, references, path arguments, schemas, names. The error
/// says where in the file (a JSON pointer) and why.
Result<Server> parse_server(std::string_view text);

/// A remote server's definition together with the tools that it listed: MCP's Tool objects. Tools
/// that cannot be called are left out, each with a line in `left_out`.
Server with_listed_tools(const Server& definition, const std::vector<std::string>& tools,
                         std::vector<std::string>& left_out);

}  // namespace malote::tools
