#include "tools/server.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/json_writer.h"
#include "core/template.h"
#include "tools/checks.h"
#include "tools/schema.h"

namespace malote::tools {

namespace {

constexpr std::string_view kServerMembers[] = {
    "$schema",    "id",          "name",  "category", "country", "description", "auth_type",
    "difficulty", "credentials", "hosts", "headers",  "token",   "rate_limit",  "idempotency",
    "encoding",   "builtin",     "basic", "tools",    "mcp"};
constexpr std::string_view kMcpMembers[] = {"url", "headers", "command", "environment", "folder"};
constexpr std::string_view kNotOfMcp[] = {"hosts", "tools", "builtin", "encoding"};
constexpr std::string_view kNotOfUrl[] = {"environment", "folder"};
constexpr std::string_view kNotOfCommand[] = {"credentials", "headers", "token", "basic",
                                              "idempotency"};
constexpr std::string_view kToolMembers[] = {
    "name",     "description",   "method", "path",        "input",  "query",   "body",
    "encoding", "metadata_body", "safe",   "idempotency", "result", "headers", "keywords"};
constexpr std::string_view kTokenMembers[] = {
    "method", "url", "headers",    "basic",      "encoding",
    "body",   "at",  "expires_in", "expires_at", "offset_minutes"};
constexpr std::string_view kCredentialMembers[] = {"name", "label", "hint", "required"};
constexpr std::string_view kHostMembers[] = {"live", "test"};
constexpr std::string_view kIdempotencyMembers[] = {"header", "body", "honoured"};
constexpr std::string_view kRateMembers[] = {"per_minute"};
constexpr std::string_view kAuthTypes[] = {"api_key",     "path_secret", "oauth",      "cert",
                                           "hmac_signed", "jwt_ecdsa",   "two_header", "none"};
constexpr std::string_view kDifficulties[] = {"easy", "medium", "hard"};
constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
constexpr std::string_view kEncodings[] = {"json", "form", "multipart"};

Result<Encoding> parse_encoding(json::View value, Encoding standard, const std::string& at) {
  if (!value) return standard;
  const auto text = text_of(value);
  MALOTE_CHECK_OK(check_word(text, kEncodings, at));
  return text == "form" ? Encoding::form : text == "json" ? Encoding::json : Encoding::multipart;
}

constexpr std::string_view kUsualHeader = "Idempotency-Key";

Result<Idempotency> parse_idempotency(json::View value, const Idempotency& standard,
                                      const std::string& at) {
  if (!value) return standard;
  if (value.is_null()) return Idempotency{};
  MALOTE_CHECK_OK(check_members(value, at, kIdempotencyMembers));
  // A header that a provider does not know does no harm, so every write carries one.
  const json::View header = value["header"];
  return Idempotency{.header = header ? text_of(header) : std::string{kUsualHeader},
                     .body = text_of(value["body"]),
                     .honoured = value["honoured"].as_bool().value_or(false)};
}

/// What the templates of a request may refer to.
Known known_of(const Server& server) {
  Known known{.roots = {"credentials", "metadata", "livemode"}};
  Known::Members credentials{.root = "credentials"};
  for (const auto& credential : server.credentials) credentials.names.push_back(credential.name);
  known.members.push_back(std::move(credentials));
  if (server.headers && server.token) known.roots.emplace_back("token");
  if (server.headers && server.basic) known.roots.emplace_back("basic");
  return known;
}

Known known_of(const Server& server, json::View input) {
  Known known = known_of(server);
  known.roots.insert(known.roots.end(), {"input", "idempotency_key"});
  known.members.push_back({.root = "input", .names = keys_of(input["properties"])});
  return known;
}

Result<void> check_headers(json::View headers, const std::string& at, const Known& known) {
  if (!headers) return {};
  if (!headers.is_object()) return bad_file(at, "takes an object of texts");
  for (const auto header : headers) {
    if (!header.is_string()) return bad_file(at + "/" + std::string{header.key()}, "takes a text");
  }
  return check_template(headers, at, known);
}

Result<void> parse_credentials(json::View list, Server& server) {
  std::size_t index = 0;
  for (const auto entry : list) {
    const std::string at = "/credentials/" + std::to_string(index++);
    MALOTE_CHECK_OK(check_members(entry, at, kCredentialMembers));
    MALOTE_TRY(auto name, needed_text(entry, "name", at));
    MALOTE_CHECK_OK(check_name(name, "_", at + "/name"));
    MALOTE_TRY(auto label, needed_text(entry, "label", at));
    server.credentials.push_back({.name = std::move(name),
                                  .label = std::move(label),
                                  .hint = text_of(entry["hint"]),
                                  .required = entry["required"].as_bool().value_or(true)});
  }
  return {};
}

Result<void> check_basic(json::View basic, const std::string& at, const Known& known) {
  if (basic.is_array() && basic.size() == 2 && basic.at(0).is_string() && basic.at(1).is_string())
    return check_template(basic, at, known);
  return bad_file(at, "takes a list of user and password");
}

Result<void> check_token(const Server& server) {
  if (!server.token) return {};
  MALOTE_CHECK_OK(check_members(server.token, "/token", kTokenMembers));
  MALOTE_CHECK_OK(needed_text(server.token, "url", "/token"));
  MALOTE_CHECK_OK(needed_text(server.token, "at", "/token"));
  Known known = known_of(server);
  MALOTE_CHECK_OK(check_template(server.token["url"], "/token/url", known));
  if (server.token["basic"]) {
    MALOTE_CHECK_OK(check_basic(server.token["basic"], "/token/basic", known));
    known.roots.emplace_back("basic");
  }
  MALOTE_CHECK_OK(check_headers(server.token["headers"], "/token/headers", known));
  MALOTE_CHECK_OK(check_template(server.token["body"], "/token/body", known));
  return parse_encoding(server.token["encoding"], Encoding::json, "/token/encoding").map([](auto) {
  });
}

/// The input's members that a path takes: {x}, and ${input.x}.
Result<std::vector<std::string>> path_arguments_of(std::string_view path, json::View input,
                                                   const std::string& at, const Known& known) {
  std::vector<std::string> arguments;
  for (auto open = path.find('{'); open != std::string_view::npos;
       open = path.find('{', open + 1)) {
    const auto close = path.find('}', open);
    if (close == std::string_view::npos) return bad_file(at, "lacks its closing }");
    if (open > 0 && path[open - 1] == '$') continue;
    arguments.emplace_back(path.substr(open + 1, close - open - 1));
    if (!input["properties"][arguments.back()])
      return bad_file(at, "{" + arguments.back() + "} is no property of the input");
    const auto names = texts_of(input["required"]);
    if (std::ranges::find(names, arguments.back()) == names.end())
      return bad_file(at, "{" + arguments.back() + "} must be required by the input");
  }
  std::string text;
  for (const char c : path) text += c;
  const auto document = json::Document::parse("\"" + text + "\"");
  if (!document) return bad_file(at, "takes no quotes and no control characters");
  MALOTE_CHECK_OK(check_template(document->root(), at, known));
  MALOTE_TRY(const auto references, core::references_of_template(document->root()));
  for (const auto& reference : references) {
    if (reference.path.starts_with("input.")) arguments.push_back(reference.path.substr(6));
  }
  return arguments;
}

Result<void> check_query(const Tool& tool, const std::string& at, const Known& known) {
  if (!tool.query) return {};
  if (tool.query.is_object()) return check_template(tool.query, at, known);
  if (!tool.query.is_array()) return bad_file(at, "takes a list of names or an object");
  for (const auto name : tool.query) {
    if (!tool.input["properties"][text_of(name)])
      return bad_file(at, text_of(name) + " is no property of the input");
  }
  return {};
}

Result<Tool> parse_tool(json::View entry, const Server& server, const Tool& standard,
                        const std::string& at) {
  MALOTE_CHECK_OK(check_members(entry, at, kToolMembers));
  Tool tool = standard;
  MALOTE_TRY(tool.name, needed_text(entry, "name", at));
  MALOTE_CHECK_OK(check_name(tool.name, "_-", at + "/name"));
  MALOTE_TRY(tool.description, needed_text(entry, "description", at));
  MALOTE_TRY(tool.keywords, keywords_of(entry, at));
  tool.input = entry["input"];
  MALOTE_CHECK_OK(check_schema(tool.input, at + "/input"));
  if (text_of(tool.input["type"]) != "object") return bad_file(at + "/input/type", "is object");
  for (const auto& name : texts_of(tool.input["required"])) {
    if (!tool.input["properties"][name])
      return bad_file(at + "/input/required", name + " is no property");
  }
  tool.safe = entry["safe"].as_bool().value_or(server.builtin);
  if (server.builtin) return tool;

  MALOTE_TRY(tool.method, needed_text(entry, "method", at));
  MALOTE_CHECK_OK(check_word(tool.method, kMethods, at + "/method"));
  tool.safe = entry["safe"].as_bool().value_or(tool.method == "GET" || tool.method == "HEAD");
  const Known known = known_of(server, tool.input);
  MALOTE_TRY(tool.path, needed_text(entry, "path", at));
  if (!tool.path.starts_with('/') && !tool.path.starts_with("https://"))
    return bad_file(at + "/path", "starts with / or https://");
  MALOTE_TRY(tool.path_arguments, path_arguments_of(tool.path, tool.input, at + "/path", known));
  tool.query = entry["query"];
  MALOTE_CHECK_OK(check_query(tool, at + "/query", known));
  tool.body = entry["body"];
  MALOTE_CHECK_OK(check_template(tool.body, at + "/body", known));
  tool.headers = entry["headers"];
  MALOTE_CHECK_OK(check_headers(tool.headers, at + "/headers", known));
  tool.result = entry["result"];
  MALOTE_CHECK_OK(check_template(
      tool.result, at + "/result",
      {.roots = {"result", "input"}, .members = {{"input", keys_of(tool.input["properties"])}}}));
  tool.metadata_body = texts_of(entry["metadata_body"]);
  MALOTE_TRY(tool.encoding, parse_encoding(entry["encoding"], standard.encoding, at + "/encoding"));
  MALOTE_TRY(tool.idempotency,
             parse_idempotency(entry["idempotency"], standard.idempotency, at + "/idempotency"));
  if (tool.safe) tool.idempotency = {};
  return tool;
}

Result<void> parse_tools(json::View root, Server& server) {
  Tool standard{.server = server.id};
  MALOTE_TRY(standard.encoding, parse_encoding(root["encoding"], Encoding::json, "/encoding"));
  MALOTE_TRY(standard.idempotency,
             parse_idempotency(root["idempotency"], {.header = std::string{kUsualHeader}},
                               "/idempotency"));
  if (!root["tools"].is_array() || root["tools"].size() == 0)
    return bad_file("/tools", "takes a list of at least one tool");
  std::size_t index = 0;
  for (const auto entry : root["tools"]) {
    const std::string at = "/tools/" + std::to_string(index++);
    MALOTE_TRY(auto tool, parse_tool(entry, server, standard, at));
    if (server.find(tool.name)) return bad_file(at + "/name", tool.name + " is there twice");
    server.tools.push_back(std::move(tool));
  }
  return {};
}

Result<void> parse_hosts(json::View root, Server& server) {
  if (server.builtin) {
    return root["hosts"] ? bad_file("/hosts", "a built-in server has none") : Result<void>{};
  }
  MALOTE_CHECK_OK(check_members(root["hosts"], "/hosts", kHostMembers));
  MALOTE_CHECK_OK(check_template(root["hosts"], "/hosts", known_of(server)));
  MALOTE_TRY(server.live_host, needed_text(root["hosts"], "live", "/hosts"));
  server.test_host = text_of(root["hosts"]["test"]);
  if (server.test_host.empty()) server.test_host = server.live_host;
  for (const auto& host : {server.live_host, server.test_host}) {
    if (!host.starts_with("https://") || host.ends_with('/'))
      return bad_file("/hosts", "start with https:// and do not end with /");
  }
  return {};
}

/// ${env.NAME} is how a definition gets at a secret without holding it.
Result<void> parse_variables(json::View texts, const std::string& at, McpEndpoint& endpoint) {
  MALOTE_TRY(const auto references, core::references_of_template(texts));
  for (const auto& reference : references) {
    if (!reference.path.starts_with("env.")) continue;
    std::string name = reference.path.substr(4);
    if (name.starts_with("MALOTE_"))
      return bad_file(at + reference.at, "the gateway's own secrets are for the gateway");
    const bool known = std::ranges::find(endpoint.variables, name) != endpoint.variables.end();
    if (!known) endpoint.variables.push_back(std::move(name));
  }
  return {};
}

Result<void> parse_address(json::View mcp, McpEndpoint& endpoint) {
  for (const auto member : kNotOfUrl) {
    if (mcp[member])
      return bad_file("/mcp/" + std::string{member}, "is for a server that is started by command");
  }
  endpoint.url = text_of(mcp["url"]);
  if (endpoint.url.empty())
    return bad_file("/mcp/url", "takes an address; a server that is to be started takes command");
  const bool web = endpoint.url.starts_with("https://") || endpoint.url.starts_with("http://");
  if (!web || endpoint.url.find_first_of(" \"<>\\^`{|}#$\t\r\n") != std::string::npos)
    return bad_file("/mcp/url", "takes an address that begins with https://");
  endpoint.headers = mcp["headers"];
  MALOTE_CHECK_OK(check_headers(endpoint.headers, "/mcp/headers", {.roots = {"env"}}));
  return parse_variables(endpoint.headers, "/mcp/headers", endpoint);
}

/// One text of a command line, as the system takes it.
Result<std::string> parse_argument(json::View value, const std::string& at) {
  std::string text = text_of(value);
  if (text.empty() || text.find('\0') != std::string::npos)
    return bad_file(at, "takes a text that is not empty");
  if (text.find("${env.") != std::string::npos)
    return bad_file(at, "is passed as it is, and seen by other users: put it into environment");
  return text;
}

Result<void> check_environment(json::View environment) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
  const std::string at = "/mcp/environment";
  MALOTE_CHECK_OK(check_headers(environment, at, {.roots = {"env"}}));
  for (const auto entry : environment) {
    const std::string name{entry.key()};
    const bool fits = !name.empty() && name.find_first_not_of(kLetters) == std::string::npos &&
                      (name.front() < '0' || name.front() > '9');
    if (!fits) return bad_file(at + "/" + name, "takes names of letters, digits and \"_\"");
    if (text_of(entry).find('\0') != std::string::npos)
      return bad_file(at + "/" + name, "takes a text without zero bytes");
  }
  return {};
}

Result<void> parse_command(json::View root, const Server& server, McpEndpoint& endpoint) {
  constexpr std::size_t kMaxArguments = 64;
  const json::View mcp = root["mcp"], command = mcp["command"];
  for (const auto member : {"url", "headers"}) {
    if (mcp[member])
      return bad_file("/mcp/" + std::string{member}, "is for a server that is not started here");
  }
  for (const auto member : kNotOfCommand) {
    if (root[member])
      return bad_file("/" + std::string{member},
                      "is for a server that is asked over HTTP; a command has an environment only");
  }
  if (server.auth_type != "none")
    return bad_file("/auth_type", "is none for a command, which nobody connects");
  if (!command.is_array() || command.size() == 0 || command.size() > kMaxArguments)
    return bad_file("/mcp/command", "takes a list of 1 to 64 texts: the program and its arguments");
  for (const auto argument : command) {
    const std::string at = "/mcp/command/" + std::to_string(endpoint.command.size());
    MALOTE_TRY(auto text, parse_argument(argument, at));
    endpoint.command.push_back(std::move(text));
  }
  endpoint.environment = mcp["environment"];
  MALOTE_CHECK_OK(check_environment(endpoint.environment));
  MALOTE_CHECK_OK(parse_variables(endpoint.environment, "/mcp/environment", endpoint));
  endpoint.folder = text_of(mcp["folder"]);
  const bool whole =
      endpoint.folder.starts_with('/') && endpoint.folder.find('\0') == std::string::npos;
  if (mcp["folder"] && !whole)
    return bad_file("/mcp/folder", "takes the whole path of a folder, from / on");
  endpoint.url = "stdio:" + server.id;
  return {};
}

Result<void> parse_mcp(json::View root, Server& server) {
  for (const auto member : kNotOfMcp) {
    if (root[member])
      return bad_file("/" + std::string{member}, "a remote MCP server says this itself");
  }
  const json::View mcp = root["mcp"];
  MALOTE_CHECK_OK(check_members(mcp, "/mcp", kMcpMembers));
  McpEndpoint endpoint;
  if (mcp["command"]) {
    MALOTE_CHECK_OK(parse_command(root, server, endpoint));
  } else {
    MALOTE_CHECK_OK(parse_address(mcp, endpoint));
    MALOTE_TRY(endpoint.idempotency,
               parse_idempotency(root["idempotency"], {.header = std::string{kUsualHeader}},
                                 "/idempotency"));
  }
  server.mcp = std::move(endpoint);
  return {};
}

/// A remote server's definition may leave these out.
std::string usual_word(json::View root, std::string_view member, const Server& server) {
  if (!root["mcp"]) return {};
  if (member == "name") return server.id;
  if (member == "category") return "mcp";
  if (member == "country") return "*";
  if (member == "description") return "Tools of the MCP server " + server.id + ".";
  return root["credentials"] ? "api_key" : "none";
}

Result<void> parse_words(json::View root, Server& server) {
  const std::pair<std::string_view, std::string*> words[] = {{"name", &server.name},
                                                             {"category", &server.category},
                                                             {"country", &server.country},
                                                             {"description", &server.description},
                                                             {"auth_type", &server.auth_type}};
  for (const auto& [member, target] : words) {
    *target = usual_word(root, member, server);
    if (target->empty() || root[member]) {
      MALOTE_TRY(*target, needed_text(root, member, ""));
    }
  }
  return check_word(server.auth_type, kAuthTypes, "/auth_type");
}

// --- what a remote server lists ------------------------------------------------------------------

constexpr std::size_t kMaxDescription = 4096;
constexpr std::size_t kMaxSchema = 64 * 1024;

bool is_listed_name(std::string_view name) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  return !name.empty() && name.size() <= 64 &&
         name.find_first_not_of(kLetters) == std::string_view::npos;
}

/// Why a listed tool cannot be offered, or the tool.
Result<Tool> listed_tool(json::View entry, const Server& server) {
  Tool tool{.server = server.id, .name = text_of(entry["name"]), .method = "POST"};
  if (!is_listed_name(tool.name))
    return bad_file("/name", "takes 1-64 letters, digits, \"_\", \"-\", \".\"");
  if (server.find(tool.name)) return bad_file("/name", "is there twice");
  tool.description = cut_text(entry["description"].as_string().value_or(""), kMaxDescription);
  if (tool.description.empty()) tool.description = tool.name;
  tool.path = server.mcp->url;
  tool.input = entry["inputSchema"];
  if (!tool.input.is_object() || tool.input.raw().size() > kMaxSchema)
    return bad_file("/inputSchema", "takes an object of at most 64 KiB");
  tool.checked = check_schema(tool.input, "", OtherKeywords::passed).has_value();
  const json::View hints = entry["annotations"];
  tool.safe = hints["readOnlyHint"].as_bool().value_or(false);
  if (!tool.safe) tool.idempotency = server.mcp->idempotency;
  if (hints["idempotentHint"].as_bool().value_or(false)) tool.idempotency.honoured = true;
  return tool;
}

}  // namespace

const Tool* Server::find(std::string_view tool) const {
  const auto at = std::ranges::find(tools, tool, &Tool::name);
  return at == tools.end() ? nullptr : &*at;
}

Result<Server> parse_server(std::string_view text) {
  MALOTE_TRY(auto document, json::Document::parse(text));
  Server server;
  server.document = std::make_shared<const json::Document>(std::move(document));
  const json::View root = server.document->root();
  MALOTE_CHECK_OK(check_members(root, "", kServerMembers));
  MALOTE_TRY(server.id, needed_text(root, "id", ""));
  MALOTE_CHECK_OK(check_name(server.id, "-", "/id"));
  MALOTE_CHECK_OK(parse_words(root, server));
  server.difficulty = root["difficulty"] ? text_of(root["difficulty"]) : "easy";
  MALOTE_CHECK_OK(check_word(server.difficulty, kDifficulties, "/difficulty"));
  server.builtin = root["builtin"].as_bool().value_or(false);
  MALOTE_CHECK_OK(parse_credentials(root["credentials"], server));
  MALOTE_CHECK_OK(root["mcp"] ? parse_mcp(root, server) : parse_hosts(root, server));
  server.token = root["token"];
  MALOTE_CHECK_OK(check_token(server));
  server.basic = root["basic"];
  if (server.basic) MALOTE_CHECK_OK(check_basic(server.basic, "/basic", known_of(server)));
  server.headers = root["headers"];
  MALOTE_CHECK_OK(check_headers(server.headers, "/headers", known_of(server)));
  if (const auto rate = root["rate_limit"]) {
    MALOTE_CHECK_OK(check_members(rate, "/rate_limit", kRateMembers));
    server.per_minute = static_cast<int>(rate["per_minute"].as_int().value_or(0));
    if (server.per_minute <= 0) return bad_file("/rate_limit/per_minute", "takes a count");
  }
  if (!server.mcp) MALOTE_CHECK_OK(parse_tools(root, server));
  return server;
}

Server with_listed_tools(const Server& definition, const std::vector<std::string>& tools,
                         std::vector<std::string>& left_out) {
  json::Writer list;
  list.array();
  for (const auto& tool : tools) list.raw(tool);
  Server server = definition;
  server.tools.clear();
  server.listing =
      std::make_shared<const json::Document>(*json::Document::parse(std::move(list.end()).text()));
  for (const auto entry : server.listing->root()) {
    auto tool = listed_tool(entry, server);
    if (tool) {
      server.tools.push_back(std::move(*tool));
    } else {
      const std::string name = std::string{cut_text(entry["name"].as_string().value_or(""), 100)};
      left_out.push_back(name + ": " + tool.error().message);
    }
  }
  return server;
}

}  // namespace malote::tools
