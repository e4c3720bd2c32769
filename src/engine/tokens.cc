#include "engine/tokens.h"

#include <memory>
#include <utility>

namespace malote::engine {

namespace {

constexpr std::size_t kMaxHeld = 10'000;
constexpr std::size_t kMaxAnswer = std::size_t{64} * 1024;

}  // namespace

const tools::Token* Tokens::find(std::string_view key, std::string_view made_of) const {
  const auto at = held_.find(key);
  const bool good = at != held_.end() && at->second.made_of == made_of &&
                    at->second.token.expires_at > context_.clock.now();
  return good ? &at->second.token : nullptr;
}

void Tokens::get(TokenWish wish, Done done) {
  auto& waiting = waiting_[{wish.key, wish.made_of}];
  waiting.push_back(std::move(done));
  if (waiting.size() > 1) return;
  const auto shared = std::make_shared<TokenWish>(std::move(wish));
  HttpRequest request = std::move(shared->request);
  request.response_limit = request.response_kept = kMaxAnswer;
  http_.start(std::move(request), [this, shared](HttpOutcome outcome) {
    self_.post([this, shared, outcome = std::move(outcome)] { finish(*shared, outcome); });
  });
}

void Tokens::finish(const TokenWish& wish, const HttpOutcome& outcome) {
  const auto token = tools::read_token(wish.name, wish.answer, outcome, context_.clock.now());
  if (token) {
    if (held_.size() >= kMaxHeld) held_.clear();
    held_[wish.key] = {*token, wish.made_of};
  }
  const auto waiting = waiting_.extract({wish.key, wish.made_of});
  for (const Done& done : waiting.mapped()) done(token, outcome);
}

void Tokens::drop(std::string_view key, std::string_view token) {
  const auto at = held_.find(key);
  if (at != held_.end() && at->second.token.text == token) held_.erase(at);
}

}  // namespace malote::engine
