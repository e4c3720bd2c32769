// A webhook endpoint that cannot be held wrong: verifies, judges the time, parses, claims, then
// dispatches; and answers what senders understand.
//
//   auto hooks = WebhookHandler::Builder{"standard"}
//       .secret(std::getenv("MALOTE_WEBHOOK_SECRET"))
//       .idempotency(sqlite_store("webhooks.db"))
//       .on<PaymentConfirmed>([&](const PaymentConfirmed& payment, const Event& event) { … })
//       .on("order.created", [&](const Event& event, Context&) -> Outcome { return Ack{}; })
//       .build();
//   Response response = hooks.handle({.method = "POST", .headers = headers, .body = body});
//
// A handler that returns is done; one that throws is tried again by the sender (500). The answers
// are in docs/receivers.md. handle() may be called by many threads at once, and throws nothing.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "malote/receiver/idempotency_store.h"
#include "malote/receiver/inbox.h"
#include "malote/receiver/messages.h"

namespace malote::receiver {

class WebhookHandler {
 public:
  class Builder;
  ~WebhookHandler();  // waits for handlers that are still running
  WebhookHandler(WebhookHandler&&) noexcept;
  WebhookHandler& operator=(WebhookHandler&&) noexcept;

  Response handle(const Request& request) const noexcept;

  /// Beyond this, an adapter stops reading and says so in Request::cut, which gives 413.
  std::size_t max_body() const noexcept;

  struct State;

 private:
  friend class Builder;
  explicit WebhookHandler(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class WebhookHandler::Builder {
 public:
  using Handler = std::function<Outcome(const Event&, Context&)>;

  explicit Builder(Scheme scheme);
  ~Builder();
  Builder(Builder&&) noexcept;

  Builder& secret(const char* secret);  // nullptr, as of getenv(), is a ConfigError in build()
  Builder& secret(std::string secret);
  Builder& previous_secret(std::string secret);
  /// Instead of secret(). No secrets: 401; an exception: 503.
  Builder& secret_lookup(std::function<std::vector<std::string>(const Hints&)> look_up);

  /// One handler per type; a second one is a ConfigError in build(). A type stands for all names
  /// that the catalogue has for it. `handler` takes (const Event&, Context&) or (const Event&) and
  /// returns an Outcome or nothing.
  template <class F>
  Builder& on(std::string type, F handler) {
    return add(std::move(type), adapt(std::move(handler)));
  }
  /// `handler` takes (const T&, const Event&) or (const T&).
  template <class T, class F>
  Builder& on(F handler) {
    return add(std::string{T::kType}, [handler = std::move(handler)](const Event& event, Context&) {
      if constexpr (std::invocable<F, const T&, const Event&>) {
        return outcome_of([&] { return handler(event.as<T>(), event); });
      } else {
        return outcome_of([&] { return handler(event.as<T>()); });
      }
    });
  }
  /// The longest prefix wins, after all types.
  template <class F>
  Builder& on_prefix(std::string prefix, F handler) {
    return add_prefix(std::move(prefix), adapt(std::move(handler)));
  }
  template <class F>
  Builder& on_unhandled(F handler) {
    return set_unhandled(adapt(std::move(handler)));
  }
  /// Observers: what they throw is ignored.
  Builder& on_any(std::function<void(const Event&)> observer);
  Builder& on_refused(std::function<void(const VerifyError&, const Request&)> observer);
  Builder& on_error(std::function<void(const Event*, std::string_view what)> observer);
  Builder& on_parked(std::function<void(const Event*, std::string_view reason)> observer);

  Builder& idempotency(std::shared_ptr<IdempotencyStore> store, DedupeOptions options = {});
  Builder& inbox(std::shared_ptr<Inbox> inbox);  // instead of idempotency()
  Builder& tolerance(std::optional<std::chrono::seconds> tolerance);
  Builder& enforce_unsigned_timestamp(bool enforce = true);
  Builder& max_signatures(std::size_t max);
  Builder& max_body(std::size_t bytes);
  Builder& budget(std::chrono::milliseconds budget);  // of all handlers of one delivery
  Builder& park_unreadable(bool park = true);         // 200 and on_parked instead of 400
  Builder& clock(Clock clock);
  Builder& gone(bool gone = true);  // 410 to everything: senders stop

  WebhookHandler build();  // throws ConfigError

 private:
  template <class F>
  static Outcome outcome_of(F call) {
    if constexpr (std::is_void_v<decltype(call())>) {
      call();
      return Ack{};
    } else {
      return call();
    }
  }
  template <class F>
  static Handler adapt(F handler) {
    return [handler = std::move(handler)](const Event& event, Context& context) {
      if constexpr (std::invocable<F, const Event&, Context&>) {
        return outcome_of([&] { return handler(event, context); });
      } else {
        return outcome_of([&] { return handler(event); });
      }
    };
  }
  Builder& add(std::string type, Handler handler);
  Builder& add_prefix(std::string prefix, Handler handler);
  Builder& set_unhandled(Handler handler);

  std::unique_ptr<State> state_;
};

}  // namespace malote::receiver
