// Connections to providers.

#include "api/codec.h"
#include "api/decode.h"
#include "api/problem.h"
#include "base/json_merge.h"

namespace malote::api {

namespace {

constexpr std::size_t kMaxSecret = 4096;
constexpr std::size_t kMaxSecretObject = 32 * 1024;
constexpr std::size_t kMaxMetadata = 64 * 1024;

/// `secret`: a text (the API key) or an object of texts; sealed as an object.
std::optional<Secret> decode_credentials(BodyReader& body) {
  const json::View value = body.at("secret");
  if (!value || value.is_null()) return {};
  json::Writer w;
  w.object();
  if (const auto text = value.as_string()) {
    if (text->empty() || text->size() > kMaxSecret) body.issue("/secret", "takes 1 to 4096 bytes");
    w.field("api_key", *text);
  } else if (value.is_object()) {
    for (const auto member : value) {
      const auto member_text = member.as_string();
      if (!member_text || member_text->size() > kMaxSecret) {
        body.issue("/secret/" + std::string{member.key()}, "takes a text of at most 4096 bytes");
        continue;
      }
      w.field(member.key(), *member_text);
    }
  } else {
    body.issue("/secret", "takes a text or an object of texts");
  }
  return Secret{std::move(w.end()).text()};
}

bool has_outer_space(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  return !text.empty() && (kSpace.find(text.front()) != std::string_view::npos ||
                           kSpace.find(text.back()) != std::string_view::npos);
}

/// A webhook secret: a text, or an object where the scheme needs more than one.
std::optional<Secret> decode_webhook_secret(BodyReader& body, std::string_view name) {
  if (!body.has_value(name)) return {};
  const std::string at = "/" + std::string{name};
  const json::View value = body.at(name);
  if (value.is_object()) {
    // What may stand in it is the scheme's to say: engine/connections.cc asks.
    if (value.raw().size() > kMaxSecretObject) body.issue(at, "is larger than 32 KiB");
    return Secret{std::string{value.raw()}};
  }
  const auto text = body.text(name, 1, kMaxSecret);
  if (!text) return {};
  const bool pem = text->starts_with("-----BEGIN");  // ends in a newline, as it should
  if (!pem && has_outer_space(*text)) body.issue(at, "begins or ends with white space");
  return Secret{*text};
}

/// The settings under either of their names; a null View when there are none.
json::View metadata_of(BodyReader& body) {
  const std::string_view name =
      body.has_value("connection_metadata") ? "connection_metadata" : "metadata";
  if (!body.has_value(name)) return {};
  const json::View value = body.object(name);
  if (value.raw().size() > kMaxMetadata)
    body.issue("/" + std::string{name}, "is larger than 64 KiB");
  // Settings are shown; what is secret has its own, sealed place.
  for (const std::string_view secret : {"secrets", "secret"}) {
    if (!value["webhook_auth"][secret]) continue;
    body.issue("/" + std::string{name} + "/webhook_auth/" + std::string{secret},
               "is not taken here: use webhook_secret, or PUT …/webhook-secret");
  }
  return value;
}

std::string decode_metadata(BodyReader& body) {
  const json::View value = metadata_of(body);
  return value ? std::string{value.raw()} : "{}";
}

/// Until when the credentials are good: a time, or null for "nobody says".
std::optional<Timestamp> decode_expiry(BodyReader& body) {
  const json::View value = body.at("expires_at");
  if (!value) return {};
  if (value.is_null()) return Timestamp{};
  const auto at = parse_time(value.as_string().value_or(""));
  if (!at) body.issue("/expires_at", "takes a time such as \"2026-11-20T12:00:00Z\"");
  return at;
}

}  // namespace

Result<Response> list_connections(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const Page page, decode_page(call, 100));
  const ConnectionFilter filter{.project = call.project(),
                                .status = call.query_text("status"),
                                .server_id = call.query_text("server_id"),
                                .user_id = call.query_text("user_id")};
  auto connections = tx.connections(filter, one_more(page));
  const bool more = cut_to(page, connections);
  std::vector<std::string> items;
  for (const auto& connection : connections) items.push_back(encode_connection(connection));
  return list_response("connections", items, more ? cursor_of(connections.back().no.value) : "");
}

Result<Response> create_connection(const Call& call, Tx& tx, engine::Effects& effects) {
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  body.require("server_id");
  engine::ConnectionWish wish{.server_id = body.text("server_id", 1, 64).value_or(""),
                              .user_id = body.text_or_null("user_id", 128).value_or(""),
                              .display_name = body.text_or_null("display_name", 256).value_or(""),
                              .metadata = decode_metadata(body),
                              .credentials = decode_credentials(body),
                              .webhook_secret = decode_webhook_secret(body, "webhook_secret"),
                              .expires_at = decode_expiry(body).value_or(Timestamp{})};
  MALOTE_CHECK_OK(body.result());
  MALOTE_TRY(const auto connection, call.api.connections.create(tx, effects, call.project(), wish));
  return json_response(201, encode_connection(connection));
}

Result<Response> get_connection(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const auto connection, call.api.connections.get(tx, call.project(), call.param(0)));
  return json_response(200, encode_connection(connection));
}

Result<Response> delete_connection(const Call& call, Tx& tx, engine::Effects& effects) {
  MALOTE_CHECK_OK(call.api.connections.remove(tx, effects, call.project(), call.param(0)));
  return Response{.status = 204};
}

Result<Response> revoke_connection(const Call& call, Tx& tx, engine::Effects& effects) {
  MALOTE_TRY(const auto connection,
             call.api.connections.revoke(tx, effects, call.project(), call.param(0)));
  return json_response(200, encode_connection(connection));
}

Result<Response> patch_connection_metadata(const Call& call, Tx& tx, engine::Effects& effects) {
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  const json::View patch = metadata_of(body);
  const auto credentials = decode_credentials(body);
  const auto expires_at = decode_expiry(body);
  if (!patch && !credentials && !expires_at)
    body.issue("/connection_metadata", "is required: an object, null removes a member");
  MALOTE_CHECK_OK(body.result());
  MALOTE_TRY(const auto before, call.api.connections.get(tx, call.project(), call.param(0)));
  MALOTE_TRY(const auto old, json::Document::parse(before.metadata));
  if (expires_at) {
    MALOTE_CHECK_OK(
        call.api.connections.set_expiry(tx, effects, call.project(), call.param(0), *expires_at));
  }
  std::string metadata = json::merged(old.root(), patch);
  if (metadata.size() > kMaxMetadata) {
    return fail(make_issue(Errc::invalid_body, "/connection_metadata", "is larger than 64 KiB"));
  }
  MALOTE_TRY(const auto connection,
             call.api.connections.set_metadata(tx, effects, call.project(), call.param(0),
                                               std::move(metadata), credentials));
  return json_response(200, encode_connection(connection));
}

Result<Response> put_webhook_secret(const Call& call, Tx& tx, engine::Effects& effects) {
  constexpr std::int64_t kDefaultOverlap = 24 * 3600;  // senders roll their secrets within a day
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  const auto secret = decode_webhook_secret(body, "secret");
  if (!body.has_value("secret")) body.issue("/secret", "is required");
  const auto overlap = body.integer("overlap_seconds", 0, 30 * 24 * 3600).value_or(kDefaultOverlap);
  MALOTE_CHECK_OK(body.result());
  MALOTE_TRY(const auto connection,
             call.api.connections.set_webhook_secret(tx, effects, call.project(), call.param(0),
                                                     *secret, std::chrono::seconds{overlap}));
  json::Writer w;
  w.object().field("connection_id", connection.id).field("server_id", connection.server_id);
  w.field("updated", true);
  return json_response(200, std::move(w.end()));
}

}  // namespace malote::api
