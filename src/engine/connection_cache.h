// Connections ready for use on the accept path: pack, scheme and opened secrets. Filled from the
// store on first use, dropped when a commit changed the connection. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/context.h"
#include "providers/registry.h"
#include "providers/verify.h"

namespace malote::engine {

struct LiveConnection {
  Connection row{};
  providers::PackPtr pack{};
  std::uint64_t registry_version = 0;  // it was made of
  providers::Scheme scheme{};
  std::vector<providers::WebhookSecret> secrets{};
  json::Document metadata;
  bool livemode = true;
  bool strict_body = false;  // webhook_auth.strict_body: refuse what does not match
  std::map<std::string, Secret, std::less<>> credentials{};
};

class ConnectionCache {
 public:
  explicit ConnectionCache(const Context& context) : context_(context) {}

  /// Errc::not_found when there is none with this id and server, or it is revoked.
  Result<std::shared_ptr<const LiveConnection>> find(std::string_view server_id,
                                                     std::string_view id);
  void drop(std::string_view id);

 private:
  const Context& context_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const LiveConnection>, std::less<>> live_;
  std::uint64_t drops_ = 0;  // so that a row read before a drop is not kept after it
};

/// Builds the usable form of a row, with the secrets that are valid at `now`.
Result<std::shared_ptr<const LiveConnection>> make_live(const Context& context, Connection row,
                                                        bool livemode);

}  // namespace malote::engine
