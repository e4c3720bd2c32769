#include "engine/fetch_caller.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "providers/body.h"

namespace malote::engine {

struct FetchCaller::Active {
  FetchCall call{};
  Done done{};
  std::string token{};
  bool renewed = false;
};

void FetchCaller::call(FetchCall call, Done done) {
  const std::string version = call.version;
  if (version.empty()) return ask(std::move(call), std::move(done));
  if (const auto* body = known_.find(version, context_.clock.now()))
    return self_.post([done = std::move(done),
                       outcome = HttpOutcome{.status = 200, .body = *body}] { done(outcome); });
  auto& waiting = waiting_[version];
  waiting.push_back(std::move(done));
  if (waiting.size() > 1) return;
  ask(std::move(call), [this, version](const HttpOutcome& outcome) { answer(version, outcome); });
}

void FetchCaller::answer(const std::string& version, const HttpOutcome& outcome) {
  if (outcome.status == 200 && outcome.error.empty()) {
    const auto document = json::Document::parse(outcome.body, providers::kAsSent);
    if (document && document->root().is_object())
      known_.put(version, outcome.body, context_.clock.now());
  }
  const auto waiting = waiting_.extract(version);
  for (const Done& done : waiting.mapped()) done(outcome);
}

void FetchCaller::ask(FetchCall call, Done done) {
  const auto active = std::make_shared<Active>();
  active->call = std::move(call);
  active->done = std::move(done);
  if (active->call.token) return get_token(active);
  send(active, "");
}

void FetchCaller::get_token(const ActivePtr& active) {
  const TokenWish& wish = *active->call.token;
  if (const auto* known = tokens_.find(wish.key, wish.made_of)) return send(active, known->text);
  tokens_.get(wish, [this, active](const auto& token, const HttpOutcome& outcome) {
    if (token) return send(active, token->text);
    // In words of ours: what the endpoint answered may repeat what it was sent.
    HttpOutcome failed = outcome;
    failed.error = "token: " + (outcome.error.empty() ? "http_" + std::to_string(outcome.status)
                                                      : outcome.error);
    failed.status = 0;
    failed.body.clear();
    active->done(std::move(failed));
  });
}

void FetchCaller::send(const ActivePtr& active, const std::string& token) {
  const FetchCall& call = active->call;
  HttpRequest request = call.request;
  active->token = token;
  if (call.token) request.headers.emplace_back(call.header, call.prefix + token);
  if (call.signature) sign(call, request);
  http_.start(std::move(request), [this, active](HttpOutcome outcome) {
    self_.post([this, active, outcome = std::move(outcome)]() mutable {
      const bool refused = outcome.status == 401 && active->call.token;
      if (!refused || std::exchange(active->renewed, true)) return active->done(std::move(outcome));
      tokens_.drop(active->call.token->key, active->token);
      get_token(active);
    });
  });
}

/// The nonce grows though the clock stands still or goes back.
void FetchCaller::sign(const FetchCall& call, HttpRequest& request) {
  constexpr std::size_t kMaxNonces = 10'000;
  if (nonces_.size() >= kMaxNonces) nonces_.clear();
  std::int64_t& nonce = nonces_[call.connection];
  nonce = std::max(nonce + 1, to_ms(context_.clock.now()));
  const auto& [spec, key, secret] = *call.signature;
  const auto path = request.url.find('/', request.url.find("://") + 3);
  const providers::SignedCall what{
      .method = request.method,
      .path = path == std::string::npos ? "/" : std::string_view{request.url}.substr(path),
      .body = request.body,
      .nonce = nonce,
      .key = key,
      .secret = secret};
  request.headers.emplace_back(spec.header, providers::sign_call(spec, what));
}

}  // namespace malote::engine
