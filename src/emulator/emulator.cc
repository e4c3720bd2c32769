#include "emulator/emulator.h"

#include <algorithm>
#include <mutex>
#include <stdexcept>

#include "base/bytes.h"
#include "emulator/control.h"
#include "emulator/perform.h"
#include "providers/body.h"

namespace malote {
std::span<const EmbeddedFile> emulator_files();
}

namespace malote::emulator {

namespace {

std::string header_of(const Request& request, std::string_view name) {
  const std::string* value = find_header(request.headers, name);
  return value ? *value : std::string{};
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

/// What the "{name}" segments took, or nothing when the path is another.
std::optional<Pairs> match(const Route& route, const std::vector<std::string>& segments) {
  if (route.segments.size() != segments.size()) return {};
  Pairs taken;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string_view wanted = route.segments[i];
    if (is_parameter(wanted)) {
      taken.emplace_back(std::string{wanted.substr(1, wanted.size() - 2)}, url_decode(segments[i]));
    } else if (wanted != segments[i]) {
      return {};
    }
  }
  return taken;
}

std::string bearer_of(const Request& request) {
  const std::string text = header_of(request, "Authorization");
  return text.starts_with("Bearer ") ? text.substr(7) : std::string{};
}

bool is_authentic(const Call& call, Credentials& credentials) {
  using Kind = Authentication::Kind;
  const Authentication& wanted = call.provider.authentication;
  switch (wanted.kind) {
    case Kind::header: return credentials.accept(header_of(call.request, wanted.name));
    case Kind::bearer: return credentials.accept(bearer_of(call.request));
    case Kind::issued: {
      const auto at = credentials.tokens.find(bearer_of(call.request));
      return at != credentials.tokens.end() && call.now < at->second;
    }
    case Kind::path: {
      const auto at = std::ranges::find(call.path, wanted.name, &Pairs::value_type::first);
      return at != call.path.end() && credentials.accept(at->second);
    }
  }
  return false;
}

/// The client's own credential on a token route: the password of Basic, or a member of the body.
bool is_known_client(const Call& call, const Credentials& credentials) {
  if (call.route.client != "basic")
    return credentials.accept(call.body.pointer(call.route.client).as_text().value_or(""));
  const std::string text = header_of(call.request, "Authorization");
  const auto decoded = text.starts_with("Basic ") ? base64_decode(text.substr(6)) : std::nullopt;
  const auto colon = decoded ? decoded->find(':') : std::string::npos;
  return colon != std::string::npos && colon > 0 && credentials.accept(decoded->substr(colon + 1));
}

Response issue_token(const Call& call, Credentials& credentials, World& world) {
  if (!is_known_client(call, credentials))
    return provider_error(call.provider, "unauthorized", "the client's credentials are wrong");
  std::erase_if(credentials.tokens, [&](const auto& item) { return item.second <= call.now; });
  Scope scope{.body = call.body, .count = credentials.token_seconds, .now = call.now};
  scope.random = &world.random;
  const auto made = Placeholder::parse("hex:48");
  const std::string token = "emu_" + made->find(scope).text;
  credentials.tokens[token] = call.now + std::chrono::seconds{credentials.token_seconds};
  scope.token = token;
  return {.status = call.route.status, .body = call.route.answer.render(scope)};
}

std::string idempotency_key(const Call& call) {
  for (const char* name : {"Idempotency-Key", "X-Idempotency-Key"}) {
    if (const auto key = header_of(call.request, name); !key.empty()) return key;
  }
  if (call.route.method != "POST") return {};  // a change names its target already
  const Scope scope{.body = call.body};
  for (const auto& source : call.provider.keys) {
    if (const Found found = source.find(scope); found.is_there) return found.text;
  }
  return {};
}

/// A form becomes JSON; no body is an empty object. `curl -d` calls everything a form.
Result<json::Document> read_body(const Request& request) {
  std::string converted;
  std::string_view text = request.body;
  const std::string type = to_lower(header_of(request, "Content-Type"));
  if (text.empty()) {
    text = "{}";
  } else if (type.starts_with("application/x-www-form-urlencoded") && !text.starts_with('{')) {
    MALOTE_TRY(converted, providers::form_to_json(text));
    text = converted;
  } else if (type.starts_with("multipart/")) {
    text = R"({"files":[]})";  // evidence and the like: taken, not read
  }
  return json::Document::parse(text);
}

Response unknown_provider(const World& world) {
  std::string known;
  for (const auto& [id, provider] : world.providers) known += (known.empty() ? "/" : ", /") + id;
  json::Writer w;
  w.object().field("error", "not_found");
  w.field("message", "the first segment is a provider: " + known + "; or /_emulator").end();
  return {.status = 404, .body = std::move(w).text()};
}

Reply distort(const Fault& fault, Response response) {
  Reply reply{.response = std::move(response), .delay = fault.delay};
  switch (fault.kind) {
    case Fault::Kind::status:
      reply.response = {.status = fault.status,
                        .body = R"({"error":"emulated_fault","message":"as ordered"})"};
      if (fault.retry_after_s)
        reply.response.headers.emplace_back("Retry-After", std::to_string(*fault.retry_after_s));
      break;
    case Fault::Kind::reset:
    case Fault::Kind::hang: reply.response = {.status = 0}; break;
    case Fault::Kind::garbage: reply.response.body = R"({"id":"<html>)"; break;
    case Fault::Kind::slow:
    case Fault::Kind::none: break;
  }
  if (fault.kind == Fault::Kind::garbage) reply.response.status = 200;
  if (fault.size > reply.response.body.size()) reply.response.body.resize(fault.size, ' ');
  return reply;
}

}  // namespace

bool Credentials::accept(std::string_view credential) const {
  if (credential.empty()) return false;
  if (!accepted.empty()) return accepted.contains(credential);
  return !credential.starts_with("wrong");
}

struct Emulator::Impl {
  Impl(Seams seams_given, std::map<std::string, Provider, std::less<>> tables, std::size_t keep,
       std::uint64_t seed)
      : seams(seams_given), world(std::move(tables), seams.packs, keep, seed) {}

  Reply handle(const Request& request, Timestamp now);
  Reply to_provider(const Provider& provider, const Request& request,
                    const std::vector<std::string>& segments, Timestamp now);
  Reply on_route(const Call& call);
  Response do_once(const Call& call, Effect& effect);
  Response answer(const Call& call);
  void follow_hooks(const Call& call, const Response& response);

  const Seams seams;
  std::mutex mutex;
  World world;
};

Response Emulator::Impl::answer(const Call& call) {
  if (auto fault = check_request(call, world)) return std::move(*fault);
  if (call.route.act == Route::Act::token)
    return issue_token(call, world.credentials[call.provider.id], world);
  Response response = perform(call, world);
  if (response.status < 300) follow_hooks(call, response);
  return response;
}

/// Webhooks that are registered through the provider's own API.
void Emulator::Impl::follow_hooks(const Call& call, const Response& response) {
  if (!call.route.hook_url) return;
  const Scope scope{.body = call.body, .path = &call.path};
  if (call.route.act == Route::Act::remove)
    return world.webhooks.remove(call.route.change.id.find(scope).text);
  const auto made = json::Document::parse(response.body);
  json::Writer w;
  w.object().field("provider", call.provider.id);
  w.field("url", call.route.hook_url->find(scope).text);
  w.field("secret", call.route.hook_secret->find(scope).text).end();
  const auto registration = json::Document::parse(w.view());
  if (!made || !registration) return;
  // What is no address to send to is kept as a resource, and otherwise ignored.
  (void)world.webhooks.add(registration->root(),
                           std::string{made->root()["id"].as_text().value_or("")});
}

Response Emulator::Impl::do_once(const Call& call, Effect& effect) {
  const bool remembers = !effect.key.empty() && !world.faults.forgets_keys(call.provider.id);
  if (effect.performed > 0 && remembers) return effect.answer;
  Response response = answer(call);
  if (response.status < 300) world.ledger.perform(effect, response);
  return response;
}

Reply Emulator::Impl::on_route(const Call& call) {
  Effect* effect = nullptr;
  if (call.route.has_effect()) {
    effect = &world.ledger.see({.provider = call.provider.id,
                                .tool = call.route.tool,
                                .method = call.route.method,
                                .path = call.request.path,
                                .key = idempotency_key(call)},
                               call.now);
  }
  const std::size_t prefix = call.provider.id.size() + 1;
  const Fault* fault = world.faults.take(call.provider.id, call.request.method,
                                         std::string_view{call.request.path}.substr(prefix));
  const bool is_done = !fault || fault->after || fault->kind == Fault::Kind::slow;
  Reply reply;
  if (is_done) reply.response = effect ? do_once(call, *effect) : answer(call);
  if (fault) reply = distort(*fault, std::move(reply.response));
  if (effect) effect->status = reply.response.status;
  return reply;
}

Reply Emulator::Impl::to_provider(const Provider& provider, const Request& request,
                                  const std::vector<std::string>& segments, Timestamp now) {
  const auto document = read_body(request);
  for (const auto& route : provider.routes) {
    if (route.method != request.method) continue;
    auto path = match(route, segments);
    if (!path) continue;
    const std::string host = header_of(request, "Host");
    const Call call{.provider = provider,
                    .route = route,
                    .request = request,
                    .body = document ? document->root() : json::View{},
                    .path = std::move(*path),
                    .query = parse_query(request.query),
                    .base = "http://" + (host.empty() ? "127.0.0.1" : host) + "/" + provider.id,
                    .now = now};
    if (!route.is_open && !is_authentic(call, world.credentials[provider.id]))
      return {provider_error(provider, "unauthorized", "the credentials are missing or wrong"), {}};
    if (!document) return {provider_error(provider, "invalid", document.error().message), {}};
    if (is_meant(call, world)) return on_route(call);
  }
  return {provider_error(provider, "no_route", request.method + " " + request.path), {}};
}

Reply Emulator::Impl::handle(const Request& request, Timestamp now) {
  constexpr std::string_view kControl = "/_emulator";
  const std::string_view path = request.path;
  if (path.starts_with(kControl))
    return {control(request, path.substr(kControl.size()), world, now), {}};
  auto segments = split_path(path);
  const auto provider =
      segments.empty() ? world.providers.end() : world.providers.find(segments.front());
  if (provider == world.providers.end()) return {unknown_provider(world), {}};
  segments.erase(segments.begin());
  return to_provider(provider->second, request, segments, now);
}

Emulator::Emulator(Seams seams, Options options) {
  auto tables = load_providers(emulator_files());
  if (!tables) throw std::runtime_error(tables.error().message);
  std::uint64_t seed = 0;
  for (const char byte : random_bytes(seams.entropy, 8))
    seed = seed << 8 | static_cast<unsigned char>(byte);
  impl_ = std::make_shared<Impl>(seams, std::move(*tables), options.keep, seed);
}

Emulator::~Emulator() = default;

Reply Emulator::handle(const Request& request) {
  Reply reply;
  {
    const std::lock_guard guard{impl_->mutex};
    reply = impl_->handle(request, impl_->seams.clock.now());
  }
  tick();
  return reply;
}

void Emulator::tick() {
  std::vector<Outgoing> due;
  {
    const std::lock_guard guard{impl_->mutex};
    const Timestamp now = impl_->seams.clock.now();
    if (!impl_->world.webhooks.has_due(now)) return;
    due = impl_->world.webhooks.take_due(now);
  }
  for (auto& outgoing : due) {
    impl_->seams.http.start(std::move(outgoing.request),
                            [impl = impl_, number = outgoing.number](const HttpOutcome& outcome) {
                              const std::lock_guard guard{impl->mutex};
                              impl->world.webhooks.finish(number, outcome, impl->seams.clock.now());
                            });
  }
}

Result<void> Emulator::set_faults(std::string_view json) {
  const std::lock_guard guard{impl_->mutex};
  return emulator::set_faults(impl_->world, json);
}

Result<void> Emulator::add_webhook(std::string_view json) {
  const std::lock_guard guard{impl_->mutex};
  return emulator::add_webhook(impl_->world, json);
}

std::vector<std::string> Emulator::providers() const {
  std::vector<std::string> ids;
  for (const auto& [id, provider] : impl_->world.providers) ids.push_back(id);
  return ids;
}

}  // namespace malote::emulator
