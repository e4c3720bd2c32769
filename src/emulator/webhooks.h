// The emulated providers' own webhooks: who is registered, what is on its way, what came of it. A
// failed one is tried again after kRetryGaps. Not thread-safe; sends nothing itself.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "base/secret.h"
#include "emulator/table.h"
#include "ports/http_types.h"
#include "providers/registry.h"
#include "providers/sources.h"

namespace malote::emulator {

inline constexpr Millis kRetryGaps[] = {Millis{200}, Millis{1'000}, Millis{5'000}, Millis{15'000}};

/// One webhook on its way.
struct Outgoing {
  std::int64_t number = 0;
  HttpRequest request{};
};

class Webhooks {
 public:
  explicit Webhooks(const providers::Registry& packs) : packs_(packs) {}

  /// {"provider", "url", "secret"?, "webhook_auth"?}; without a secret nothing is signed. An empty
  /// `id` is given one. Errors name the member.
  Result<std::string> add(json::View registration, std::string id);
  void remove(std::string_view id);

  /// Queues the event for everybody registered with the provider. `collection` names the resource
  /// that `scope.self` is.
  void emit(const Provider& provider, const std::string& event, std::string_view collection,
            const Scope& scope);
  /// Those that are due, signed now; each is under way until finish().
  std::vector<Outgoing> take_due(Timestamp now);
  void finish(std::int64_t number, const HttpOutcome& outcome, Timestamp now);

  bool has_due(Timestamp now) const { return !due_.empty() && due_.begin()->first <= now; }
  void clear();  // registrations, and what is on its way
  /// {"registered": […], "sent": […]}, the newest last; secrets are not shown.
  void write(json::Writer& w) const;

 private:
  struct Hook {
    std::string id{}, provider{}, url{};
    Secret secret{};
    std::optional<providers::Scheme> scheme{};
  };
  struct Sent {
    std::int64_t number = 0;
    Hook hook{};
    std::string event{};
    providers::RawRequest request{};
    std::string state{"pending"};  // pending, under_way, delivered, failed
    int attempts = 0, status = 0;
    std::string error{};
  };

  Sent* find(std::int64_t number);
  void forget_old();

  const providers::Registry& packs_;
  std::vector<Hook> hooks_{};
  std::deque<Sent> sent_{};  // by number
  std::multimap<Timestamp, std::int64_t> due_{};
  std::int64_t next_number_ = 1;
};

}  // namespace malote::emulator
