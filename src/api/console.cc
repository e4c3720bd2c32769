#include "api/console.h"

#include <algorithm>

#include "api/codec.h"
#include "api/decode.h"
#include "api/problem.h"
#include "base/bytes.h"

namespace malote::api {

namespace {

constexpr std::string_view kCookie = "malote_console";
constexpr std::string_view kRoot = "console/dist";

std::string cookie_of(const Request& request) {
  const std::string* header = find_header(request.headers, "Cookie");
  std::string_view rest = header ? *header : std::string_view{};
  while (!rest.empty()) {
    const auto end = rest.find(';');
    const std::string_view pair = trim(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == kCookie)
      return std::string{pair.substr(equals + 1)};
  }
  return {};
}

std::string random_token(Entropy& entropy) { return hex_encode(random_bytes(entropy, 32)); }

// --- files ---------------------------------------------------------------------------------------

std::string_view content_type_of(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".html", "text/html; charset=utf-8"}, {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},   {".svg", "image/svg+xml"},
      {".json", "application/json"},         {".woff2", "font/woff2"}};
  for (const auto& [ending, type] : kTypes)
    if (name.ends_with(ending)) return type;
  return "application/octet-stream";
}

const EmbeddedFile* find_file(std::span<const EmbeddedFile> files, std::string_view name) {
  const auto at = std::ranges::find(files, name, &EmbeddedFile::name);
  return at == files.end() ? nullptr : &*at;
}

bool accepts(const Request& request, std::string_view header, std::string_view what) {
  const std::string* value = find_header(request.headers, header);
  return value && to_lower(*value).find(what) != std::string::npos;
}

Response file_response(const Request& request, std::span<const EmbeddedFile> files,
                       const EmbeddedFile& file, std::string_view caching) {
  Response response{.content_type = std::string{content_type_of(file.name)}};
  response.headers = {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
       "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
       "form-action 'self'"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Vary", "Accept-Encoding"},
      {"Cache-Control", std::string{caching}}};
  const EmbeddedFile* packed = accepts(request, "Accept-Encoding", "gzip")
                                   ? find_file(files, std::string{file.name} + ".gz")
                                   : nullptr;
  if (packed) response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = packed ? packed->text : file.text;
  return response;
}

// --- sessions ------------------------------------------------------------------------------------

/// Of a key's scopes, separated by spaces.
bool may_write(std::string_view scopes) {
  while (!scopes.empty()) {
    const std::string_view scope = scopes.substr(0, scopes.find(' '));
    if (!scope.ends_with(":read")) return true;
    scopes.remove_prefix(std::min(scopes.size(), scope.size() + 1));
  }
  return false;
}

Response describe(const Call& call, const engine::Caller& caller, const ConsoleSession& session) {
  json::Writer w;
  w.object().field("csrf_token", session.csrf_token);
  w.key("key").raw(encode_api_key(caller.project, caller.key, nullptr));
  w.field("read_only", !may_write(caller.key.scopes));
  w.key("project").object().field("id", caller.project.id).field("name", caller.project.name);
  Response response = json_response(200, std::move(w.end().end()));
  response.headers.emplace_back("Cache-Control", "no-store");
  return identified(std::move(response), call.request_id);
}

}  // namespace

ConsoleSessions::Opened ConsoleSessions::open(Secret api_key) {
  Opened opened{.token = random_token(entropy_),
                .session = {.api_key = std::move(api_key),
                            .csrf_token = random_token(entropy_),
                            .ends_at = clock_.now() + kLength}};
  const std::lock_guard guard{mutex_};
  if (sessions_.size() >= kMost) {
    const auto ends = [](const auto& entry) { return entry.second.ends_at; };
    sessions_.erase(std::ranges::min_element(sessions_, {}, ends));
  }
  sessions_.emplace(opened.token, opened.session);
  return opened;
}

std::optional<ConsoleSession> ConsoleSessions::find(const Request& request) const {
  const std::string token = cookie_of(request);
  if (token.empty()) return {};
  const std::lock_guard guard{mutex_};
  const auto at = sessions_.find(token);
  if (at == sessions_.end() || at->second.ends_at <= clock_.now()) return {};
  return at->second;
}

void ConsoleSessions::close(const Request& request) {
  const std::lock_guard guard{mutex_};
  sessions_.erase(cookie_of(request));
}

std::string console_cookie(std::string_view token, bool secure) {
  std::string cookie = std::string{kCookie} + "=" + std::string{token} +
                       "; Path=/; HttpOnly; SameSite=Strict; Max-Age=";
  cookie +=
      token.empty() ? "0" : std::to_string(std::chrono::seconds{ConsoleSessions::kLength}.count());
  return secure ? cookie + "; Secure" : cookie;
}

std::optional<Response> console_file(std::span<const EmbeddedFile> files, const Request& request) {
  if (files.empty() || request.method != "GET" || request.path.starts_with("/v1/")) return {};
  if (request.path.starts_with("/assets/")) {
    const EmbeddedFile* file = find_file(files, std::string{kRoot} + request.path);
    if (!file) return {};
    return file_response(request, files, *file, "public, max-age=31536000, immutable");
  }
  if (request.path != "/" && !accepts(request, "Accept", "text/html")) return {};
  const EmbeddedFile* page = find_file(files, std::string{kRoot} + "/index.html");
  if (!page) return {};
  return file_response(request, files, *page, "no-cache");
}

void console_sign_in(Call call, Respond respond) {
  const auto document = parse_body(call);
  if (!document) return respond(problem(document.error(), call.request_id));
  BodyReader body{document->root()};
  body.require("api_key");
  const std::string key = body.text("api_key", 1, 256).value_or("");
  if (const auto read = body.result(); !read)
    return respond(problem(read.error(), call.request_id));
  const auto caller = call.api.access.authenticate("Bearer " + key, "");
  if (!caller) return respond(problem(caller.error(), call.request_id));
  const auto opened = call.api.console.open(Secret{key});
  Response response = describe(call, *caller, opened.session);
  response.headers.emplace_back("Set-Cookie", console_cookie(opened.token, call.request.secure));
  respond(std::move(response));
}

void console_session(Call call, Respond respond) {
  const auto session = call.api.console.find(call.request);
  if (!session)
    return respond(problem(make_error(Errc::unauthorized, "nobody is signed in"), call.request_id));
  respond(describe(call, call.caller, *session));
}

void console_sign_out(Call call, Respond respond) {
  call.api.console.close(call.request);
  Response response{.status = 204};
  response.headers.emplace_back("Set-Cookie", console_cookie("", call.request.secure));
  respond(identified(std::move(response), call.request_id));
}

}  // namespace malote::api
