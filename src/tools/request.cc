#include "tools/request.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/json_writer.h"
#include "core/template.h"
#include "tools/checks.h"
#include "tools/encode.h"
#include "tools/schema.h"

namespace malote::tools {

namespace {

json::Document parsed(const std::string& valid_json) {
  return std::move(*json::Document::parse(valid_json));
}

/// A secret that was given as one text counts as the first credential. The API keeps it as
/// "api_key".
json::View text_secret(const Server& server, json::View credentials) {
  if (server.credentials.empty()) return {};
  if (credentials.is_string()) return credentials;
  const bool named = std::ranges::any_of(
      server.credentials, [](const Credential& one) { return one.name == "api_key"; });
  return named || credentials.size() != 1 ? json::View{} : credentials["api_key"];
}

/// What the templates of one call see; owns what the account does not.
class Values {
 public:
  Values(const Server& server, const Account& account) : account_(account) {
    if (const json::View text = text_secret(server, account.credentials)) {
      json::Writer w;
      w.object().key(server.credentials.front().name).raw(text.raw()).end();
      set("credentials", std::move(w).text());
    } else {
      set("credentials", account.credentials);
    }
    set("metadata", account.metadata);
    set("livemode", account.livemode ? "true" : "false");
    set_text("token", account.token);
  }

  void set(std::string_view name, json::View view) {
    if (view.is_object()) {
      scope.set(name, view);
    } else {
      set(name, std::string{"{}"});
    }
  }
  void set(std::string_view name, std::string valid_json) {
    owned_.push_back(std::make_unique<json::Document>(parsed(valid_json)));
    scope.set(name, owned_.back()->root());
  }
  void set_text(std::string_view name, std::string_view text) {
    std::string quoted;
    json::append_string(quoted, text);
    set(name, std::move(quoted));
  }

  Result<void> check_credentials(const Server& server) const {
    Error error = make_error(Errc::param_missing, "");
    for (const auto& credential : server.credentials) {
      const auto value = scope.find("credentials." + credential.name).as_text();
      if (!credential.required || (value && !value->empty())) continue;
      error.issues.push_back({"credentials." + credential.name,
                              "the connection's secret lacks it: " + credential.label});
    }
    if (error.issues.empty()) return {};
    error.message =
        server.name + ": " + error.issues.front().path + ": " + error.issues.front().message;
    return fail(std::move(error));
  }

  const Account& account() const { return account_; }
  core::Scope scope{};

 private:
  const Account& account_;
  std::vector<std::unique_ptr<json::Document>> owned_{};
};

// --- URLs ----------------------------------------------------------------------------------------

bool is_url_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return c > 0x20 && c < 0x7F &&
           std::string_view{"\"<>\\^`{|}#?"}.find(c) == std::string_view::npos;
  });
}

Result<std::string> host_of(const Server& server, const Values& values) {
  const auto& tmpl = values.account().livemode ? server.live_host : server.test_host;
  MALOTE_TRY(auto host, core::render_text(tmpl, values.scope));
  if (!is_url_text(host))
    return fail(make_issue(Errc::param_missing, "credentials",
                           "have characters that cannot stand in " + server.name + "'s URL"));
  return host;
}

/// A piece of a path: cannot lead out of its place.
Result<std::string> path_piece(std::string_view value, const std::string& name) {
  if (value.empty() || value == "." || value == "..")
    return fail(make_issue(Errc::invalid_body, "/" + name, "cannot stand in a URL's path"));
  return url_encode(value);
}

/// {x} and ${…} filled in, each as one piece.
Result<std::string> fill_path(std::string_view path, json::View input, const Values& values) {
  std::string out;
  while (!path.empty()) {
    const auto open = path.find('{');
    if (open == std::string_view::npos) break;
    const auto close = path.find('}', open);
    const bool is_template = open > 0 && path[open - 1] == '$';
    out += path.substr(0, is_template ? open - 1 : open);
    const std::string name{path.substr(open + 1, close - open - 1)};
    if (is_template) {
      MALOTE_TRY(const auto text, core::render_text("${" + name + "}", values.scope));
      MALOTE_TRY(const auto piece, path_piece(text, name));
      out += piece;
    } else {
      MALOTE_TRY(const auto piece, path_piece(input[name].as_text().value_or(""), name));
      out += piece;
    }
    path.remove_prefix(close + 1);
  }
  return out + std::string{path};
}

std::string query_of_names(const Tool& tool, json::View input) {
  json::Writer w;
  w.object();
  for (const auto name : tool.query) {
    if (const auto value = input[*name.as_string()]) w.key(*name.as_string()).raw(value.raw());
  }
  w.end();
  return std::move(w).text();
}

Result<std::string> make_query(const Tool& tool, json::View input, const Values& values) {
  if (!tool.query) return std::string{};
  std::string members;
  if (tool.query.is_array()) {
    members = query_of_names(tool, input);
  } else {
    MALOTE_TRY(members, core::render(tool.query, values.scope));
  }
  const auto document = parsed(members);
  const std::string query = encode_form(document.root(), tool.encoding == Encoding::form);
  return query.empty() ? query : "?" + query;
}

// --- bodies --------------------------------------------------------------------------------------

/// The input without what went into path and query.
std::string rest_of(const Tool& tool, json::View input) {
  auto taken = tool.path_arguments;
  if (tool.query.is_array()) std::ranges::move(texts_of(tool.query), std::back_inserter(taken));
  json::Writer w;
  w.object();
  for (const auto member : input) {
    if (member.is_null() || std::ranges::find(taken, member.key()) != taken.end()) continue;
    w.key(member.key()).raw(member.raw());
  }
  w.end();
  return std::move(w).text();
}

/// The body as JSON, empty for none.
Result<std::string> make_body(const Tool& tool, json::View input, const Values& values,
                              std::string_view idempotency_key) {
  if (tool.body.as_bool() == false) return std::string{};
  const bool bare = tool.method == "GET" || tool.method == "HEAD" || tool.method == "DELETE";
  if (!tool.body && bare) return std::string{};
  std::string body;
  if (tool.body) {
    MALOTE_TRY(body, core::render(tool.body, values.scope));
  } else {
    body = rest_of(tool, input);
  }
  for (const auto& name : tool.metadata_body) {
    if (const auto value = values.account().metadata[name])
      body = with_member(parsed(body).root(), name, value.raw());
  }
  if (!tool.idempotency.body.empty() && !idempotency_key.empty()) {
    std::string key;
    json::append_string(key, idempotency_key);
    body = with_member(parsed(body).root(), tool.idempotency.body, key);
  }
  return body;
}

Result<void> encode_body(const std::string& body, Encoding encoding, HttpRequest& request) {
  std::string type;
  if (encoding == Encoding::json) {
    type = "application/json";
    request.body = body;
  } else if (encoding == Encoding::form) {
    type = "application/x-www-form-urlencoded";
    request.body = encode_form(parsed(body).root());
  } else {
    MALOTE_TRY(auto multipart, encode_multipart(parsed(body).root()));
    type = std::move(multipart.content_type);
    request.body = std::move(multipart.body);
  }
  if (!request.body.empty() && !find_header(request.headers, "Content-Type"))
    request.headers.emplace_back("Content-Type", type);
  return {};
}

Result<void> add_headers(json::View headers, const Values& values, HttpRequest& request) {
  if (!headers) return {};
  for (const auto header : headers) {
    MALOTE_TRY(auto text, core::render_text(*header.as_string(), values.scope));
    if (text.empty()) continue;
    if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
      return fail(make_issue(
          Errc::param_missing, "credentials",
          "have characters that cannot stand in the header " + std::string{header.key()}));
    request.headers.emplace_back(header.key(), std::move(text));
  }
  return {};
}

Result<void> set_basic(json::View basic, Values& values) {
  if (!basic) return {};
  MALOTE_TRY(const auto user, core::render_text(*basic.at(0).as_string(), values.scope));
  MALOTE_TRY(const auto password, core::render_text(*basic.at(1).as_string(), values.scope));
  values.set_text("basic", base64_encode(user + ":" + password));
  return {};
}

Result<void> check_input(const Tool& tool, json::View input) {
  if (!tool.checked) return {};
  Error error = make_error(Errc::invalid_body, tool.full_name() + ": ");
  error.issues = validate(input, tool.input);
  if (error.issues.empty()) return {};
  for (const auto& issue : error.issues)
    error.message +=
        (&issue == &error.issues.front() ? "" : "; ") + issue.path + " " + issue.message;
  return fail(std::move(error));
}

}  // namespace

Result<HttpRequest> build_request(const Server& server, const Tool& tool, json::View input,
                                  const Account& account, std::string_view idempotency_key) {
  const auto nothing = parsed("{}");
  if (!input || input.is_null()) input = nothing.root();
  MALOTE_CHECK_OK(check_input(tool, input));
  Values values{server, account};
  MALOTE_CHECK_OK(values.check_credentials(server));
  MALOTE_CHECK_OK(set_basic(server.basic, values));
  values.set("input", input);
  values.set_text("idempotency_key", idempotency_key);

  HttpRequest request{.method = tool.method};
  MALOTE_TRY(request.url, fill_path(tool.path, input, values));
  if (request.url.starts_with('/')) {
    MALOTE_TRY(const auto host, host_of(server, values));
    request.url = host + request.url;
  }
  MALOTE_TRY(const auto query, make_query(tool, input, values));
  // A remote MCP server is where the operator says: its headers may hold secrets of the gateway's
  // own, which no connection's settings may lead elsewhere.
  if (!server.mcp) request.url = rebased(std::move(request.url), account.base_url);
  request.url += query;
  MALOTE_CHECK_OK(add_headers(tool.headers ? tool.headers : server.headers, values, request));
  if (!tool.idempotency.header.empty() && !idempotency_key.empty())
    request.headers.emplace_back(tool.idempotency.header, idempotency_key);
  MALOTE_TRY(const auto body, make_body(tool, input, values, idempotency_key));
  if (!body.empty()) MALOTE_CHECK_OK(encode_body(body, tool.encoding, request));
  return request;
}

Result<HttpRequest> build_token_request(const Server& server, const Account& account) {
  const json::View token = server.token;
  Values values{server, account};
  MALOTE_CHECK_OK(values.check_credentials(server));
  MALOTE_CHECK_OK(set_basic(token["basic"], values));
  HttpRequest request{.method = token["method"] ? text_of(token["method"]) : "POST"};
  MALOTE_TRY(request.url, core::render_text(*token["url"].as_string(), values.scope));
  if (request.url.starts_with('/')) {
    MALOTE_TRY(const auto host, host_of(server, values));
    request.url = host + request.url;
  }
  request.url = rebased(std::move(request.url), account.base_url);
  MALOTE_CHECK_OK(add_headers(token["headers"], values, request));
  if (token["body"]) {
    MALOTE_TRY(const auto body, core::render(token["body"], values.scope));
    const bool form = text_of(token["encoding"]) == "form";
    MALOTE_CHECK_OK(encode_body(body, form ? Encoding::form : Encoding::json, request));
  }
  return request;
}

TokenAnswer token_answer_of(const Server& server) {
  const json::View token = server.token;
  return {.at = text_of(token["at"]),
          .expires_in = text_of(token["expires_in"]),
          .expires_at = text_of(token["expires_at"]),
          .offset = std::chrono::minutes{token["offset_minutes"].as_int().value_or(0)}};
}

}  // namespace malote::tools
