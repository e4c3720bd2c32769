#include <stdexcept>

#include "receiver/handler_state.h"

namespace malote::receiver {

using Builder = WebhookHandler::Builder;

Builder::Builder(Scheme scheme) : state_(std::make_unique<State>(std::move(scheme))) {}
Builder::~Builder() = default;
Builder::Builder(Builder&&) noexcept = default;

Builder& Builder::secret(const char* secret) {
  return this->secret(std::string{secret ? secret : ""});
}
Builder& Builder::secret(std::string secret) {
  state_->secrets.insert(state_->secrets.begin(), std::move(secret));
  return *this;
}
Builder& Builder::previous_secret(std::string secret) {
  state_->secrets.push_back(std::move(secret));
  return *this;
}
Builder& Builder::secret_lookup(std::function<std::vector<std::string>(const Hints&)> look_up) {
  state_->look_up = std::move(look_up);
  return *this;
}

Builder& Builder::add(std::string type, Handler handler) {
  if (!state_->dispatch.add(type, std::move(handler))) state_->registered_twice.push_back(type);
  return *this;
}
Builder& Builder::add_prefix(std::string prefix, Handler handler) {
  if (!state_->dispatch.add_prefix(prefix, std::move(handler)))
    state_->registered_twice.push_back(prefix);
  return *this;
}
Builder& Builder::set_unhandled(Handler handler) {
  state_->dispatch.set_unhandled(std::move(handler));
  return *this;
}
Builder& Builder::on_any(std::function<void(const Event&)> observer) {
  state_->dispatch.add_observer(std::move(observer));
  return *this;
}
Builder& Builder::on_refused(std::function<void(const VerifyError&, const Request&)> observer) {
  state_->on_refused = std::move(observer);
  return *this;
}
Builder& Builder::on_error(std::function<void(const Event*, std::string_view)> observer) {
  state_->on_error = std::move(observer);
  return *this;
}
Builder& Builder::on_parked(std::function<void(const Event*, std::string_view)> observer) {
  state_->on_parked = std::move(observer);
  return *this;
}

Builder& Builder::idempotency(std::shared_ptr<IdempotencyStore> store, DedupeOptions options) {
  state_->store = std::move(store);
  state_->dedupe = options;
  return *this;
}
Builder& Builder::inbox(std::shared_ptr<Inbox> inbox) {
  state_->inbox = std::move(inbox);
  return *this;
}
Builder& Builder::tolerance(std::optional<std::chrono::seconds> tolerance) {
  state_->verify.tolerance = tolerance;
  return *this;
}
Builder& Builder::enforce_unsigned_timestamp(bool enforce) {
  state_->verify.enforce_unsigned_timestamp = enforce;
  return *this;
}
Builder& Builder::max_signatures(std::size_t max) {
  state_->verify.max_signatures = max;
  return *this;
}
Builder& Builder::max_body(std::size_t bytes) {
  state_->max_body = bytes;
  return *this;
}
Builder& Builder::budget(std::chrono::milliseconds budget) {
  state_->budget = budget;
  return *this;
}
Builder& Builder::park_unreadable(bool park) {
  state_->park_unreadable = park;
  return *this;
}
Builder& Builder::clock(Clock clock) {
  state_->verify.clock = std::move(clock);
  return *this;
}
Builder& Builder::gone(bool gone) {
  state_->gone = gone;
  return *this;
}

WebhookHandler Builder::build() {
  State& s = *state_;
  if (!s.registered_twice.empty())
    throw ConfigError("duplicate_handler",
                      "\"" + s.registered_twice.front() + "\" has two handlers");
  if (s.look_up && !s.secrets.empty())
    throw ConfigError("bad_option", "a receiver takes secrets or a look-up, not both");
  if (s.inbox && s.store)
    throw ConfigError("bad_option", "an inbox dedupes by itself; leave idempotency() out");
  if (s.verify.max_signatures < 1 || s.verify.max_signatures > 16)
    throw ConfigError("bad_option", "max_signatures takes 1 to 16");
  if (s.budget.count() <= 0 || s.max_body == 0)
    throw ConfigError("bad_option", "budget and max_body take what is above 0");
  if (s.dedupe.lease.count() <= 0 || s.dedupe.ttl.count() <= 0 || s.dedupe.wait.count() < 0)
    throw ConfigError("bad_option", "lease and ttl take what is above 0, wait what is not below");
  if (!s.look_up) {
    std::vector<std::string> secrets;
    for (auto& secret : s.secrets) secrets.push_back(secret.value_or(""));
    s.verifier.emplace(s.scheme, secrets, s.verify);
    s.secrets.clear();
  }
  s.start();
  return WebhookHandler{std::move(state_)};
}

}  // namespace malote::receiver
