// Projects separate tenants; API keys open one project each.
#pragma once

#include <string>

#include "base/ids.h"
#include "base/time.h"

namespace malote {

struct Project {
  ProjectNo no{};
  std::string id{};  // prj_ + 16
  std::string name{};
  std::string slug{};
  bool is_default = false;
  bool livemode = false;
  Timestamp created_at{};
};

struct ApiKey {
  std::int64_t no = 0;
  std::string id{};  // key_ + 16
  ProjectNo project{};
  std::string name{};
  std::string prefix{};  // what may be shown: "csk_live_ab12"
  std::string hash{};    // SHA-256 of the whole key
  bool livemode = false;
  std::string scopes{};  // space-separated; "*" for all
  Timestamp created_at{};
  Timestamp last_used_at{};
  Timestamp revoked_at{};
};

}  // namespace malote
