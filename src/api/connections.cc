// Connections to providers.
#include "api/codec.h"
#include "api/decode.h"
#include "api/problem.h"

namespace malote::api {

namespace {

constexpr std::size_t kMaxSecret = 4096;
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

/// A webhook secret: a text, or {"username","password"} for HTTP Basic.
std::optional<Secret> decode_webhook_secret(BodyReader& body, std::string_view name) {
  const json::View value = body.at(name);
  if (!value) return {};
  if (value.is_object()) return Secret{std::string{value.raw()}};
  const auto text = body.text(name, 1, 4096);
  return text ? std::optional{Secret{*text}} : std::nullopt;
}

std::string decode_metadata(BodyReader& body) {
  const json::View value = body.has("connection_metadata") ? body.object("connection_metadata")
                                                           : body.object("metadata");
  if (!value) return "{}";
  if (value.raw().size() > kMaxMetadata)
    body.issue("/connection_metadata", "is larger than 64 KiB");
  return std::string{value.raw()};
}

/// RFC 7396 on the top level: null removes a member, anything else replaces it.
std::string merge(json::View before, json::View patch) {
  json::Writer w;
  w.object();
  for (const auto member : before) {
    if (!patch[member.key()]) w.key(member.key()).raw(member.raw());
  }
  for (const auto member : patch) {
    if (!member.is_null()) w.key(member.key()).raw(member.raw());
  }
  return std::move(w.end()).text();
}

}  // namespace

Result<Response> list_connections(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const Page page, decode_page(call, 100));
  const ConnectionFilter filter{.project = call.project(),
                                .status = call.query_text("status"),
                                .server_id = call.query_text("server_id"),
                                .user_id = call.query_text("user_id")};
  const auto connections = tx.connections(filter, page);
  std::vector<std::string> items;
  for (const auto& connection : connections) items.push_back(encode_connection(connection));
  const bool more = static_cast<int>(connections.size()) == page.limit;
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
                              .webhook_secret = decode_webhook_secret(body, "webhook_secret")};
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
  const json::View patch = body.has("connection_metadata") ? body.object("connection_metadata")
                                                           : body.object("metadata");
  if (!patch) body.issue("/connection_metadata", "is required: an object, null removes a member");
  if (patch.raw().size() > kMaxMetadata)
    body.issue("/connection_metadata", "is larger than 64 KiB");
  MALOTE_CHECK_OK(body.result());
  MALOTE_TRY(const auto before, call.api.connections.get(tx, call.project(), call.param(0)));
  MALOTE_TRY(const auto old, json::Document::parse(before.metadata));
  std::string metadata = merge(old.root(), patch);
  if (metadata.size() > kMaxMetadata) {
    return fail(make_issue(Errc::invalid_body, "/connection_metadata", "is larger than 64 KiB"));
  }
  MALOTE_TRY(const auto connection,
             call.api.connections.set_metadata(tx, effects, call.project(), call.param(0),
                                               std::move(metadata)));
  return json_response(200, encode_connection(connection));
}

Result<Response> put_webhook_secret(const Call& call, Tx& tx, engine::Effects& effects) {
  constexpr std::int64_t kDefaultOverlap = 24 * 3600;  // senders roll their secrets within a day
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  body.require("secret");
  const auto secret = decode_webhook_secret(body, "secret");
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
