// A signed request of the scheme "standard" and what belongs to it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "malote/receiver/webhook_handler.h"

namespace malote::receiver {

inline constexpr std::int64_t kNow = 1'800'000'000;
inline const std::string kSecret = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0ISE=";
inline const std::string kOther = "whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXI=";
inline const std::string kBody =
    R"({"id":"evt_1","type":"payment.confirmed",)"
    R"("data":{"payment_id":"pay_1","amount_minor":15035}})";

/// A request that owns its texts.
struct Signed {
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};

  std::vector<HeaderField> fields() const {
    std::vector<HeaderField> fields;
    for (const auto& [name, value] : headers) fields.push_back({name, value});
    return fields;
  }
  std::string& operator[](std::string_view name) {
    for (auto& [known, value] : headers)
      if (known == name) return value;
    return headers.emplace_back(name, "").second;
  }
};

inline Signed signed_request(const std::string& body = kBody, std::string_view id = "dlv_1",
                             Scheme scheme = "standard", std::int64_t at = kNow,
                             const std::string& secret = kSecret) {
  return {.headers = Verifier{std::move(scheme), {secret}}.sign(id, at, body), .body = body};
}

}  // namespace malote::receiver
