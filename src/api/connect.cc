// Connecting a provider by OAuth: where to send the user, and their way back.

#include <algorithm>

#include "api/decode.h"
#include "api/problem.h"
#include "engine/connect_flow.h"

namespace malote::api {

namespace {

constexpr std::size_t kMaxUrl = 2048;

/// Stands in a Location header and is opened by a browser.
bool is_web_address(std::string_view url) {
  const bool web = url.starts_with("https://") || url.starts_with("http://");
  const auto host = url.find("//") + 2;
  return web && url.size() > host && url[host] != '/' && std::ranges::all_of(url, [](char c) {
           return c > 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '<' && c != '>';
         });
}

Result<engine::ConnectWish> decode_connect(const Call& call) {
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  for (const auto* name : {"server_id", "user_id", "redirect_uri"}) body.require(name);
  engine::ConnectWish wish{.project = call.project(),
                           .server_id = body.text("server_id", 1, 64).value_or(""),
                           .user_id = body.text("user_id", 1, 128).value_or(""),
                           .scopes = body.text_or_null("scopes", 1024).value_or(""),
                           .redirect_uri = body.text("redirect_uri", 1, kMaxUrl).value_or("")};
  if (!wish.redirect_uri.empty() && !is_web_address(wish.redirect_uri))
    body.issue("/redirect_uri", "takes an address that begins with https:// or http://");
  MALOTE_CHECK_OK(body.result());
  return wish;
}

Result<Response> begin(const Call& call) {
  MALOTE_TRY(const auto wish, decode_connect(call));
  MALOTE_TRY(const auto started, call.api.connect.start(wish));
  json::Writer w;
  w.object().field("link_token", started.link_token);
  w.field("authorize_url", started.authorize_url);
  w.field("expires_at", format_rfc3339(started.expires_at));
  return json_response(200, std::move(w.end()));
}

}  // namespace

void start_connect(Call call, Respond respond) {
  auto response = begin(call);
  respond(response ? identified(std::move(*response), call.request_id)
                   : problem(response.error(), call.request_id));
}

void finish_connect(Call call, Respond respond) {
  const engine::ConnectCallback callback{.state = call.query_text("state"),
                                         .code = call.query_text("code"),
                                         .error = call.query_text("error")};
  call.api.connect.finish(
      callback, [id = call.request_id, respond = std::move(respond)](Result<std::string> where) {
        if (!where) return respond(problem(where.error(), id));
        Response response{.status = 302};
        response.headers.emplace_back("Location", *where);
        response.headers.emplace_back("Cache-Control", "no-store");
        respond(identified(std::move(response), id));
      });
}

}  // namespace malote::api
