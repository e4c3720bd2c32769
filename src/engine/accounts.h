// Connections ready for calling their provider's API: opened credentials and settings. Filled from
// the store on first use, dropped whenever a connection changes. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include "engine/context.h"

namespace malote::engine {

struct OpenAccount {
  Connection row{};
  json::Document credentials;
  json::Document metadata;
  std::string base_url{};  // metadata.api_base_url: in place of the provider's host
  bool livemode = true;
};
using AccountPtr = std::shared_ptr<const OpenAccount>;

/// The row with its credentials opened. Errors: Errc::vault_unavailable.
Result<AccountPtr> open_account(const Context& context, Connection row, bool livemode);

class Accounts {
 public:
  explicit Accounts(const Context& context) : context_(context) {}

  /// The connection to `server_id` that `user_id` may use: their own, else the one without a user.
  /// nullptr when there is none.
  Result<AccountPtr> find(ProjectNo project, std::string_view server_id, std::string_view user_id);

  /// A connection changed.
  void drop();

 private:
  using Name = std::tuple<std::int64_t, std::string, std::string>;  // project, server, user

  const Context& context_;
  std::mutex mutex_;
  std::map<Name, AccountPtr> open_;
  std::uint64_t drops_ = 0;  // so that what was read before a drop is not kept after it
};

/// The row that find() opens. Newest first; more than a page of them for one server and user would
/// be a mistake.
std::optional<Connection> choose_connection(const ReadTx& tx, ProjectNo project,
                                            std::string_view server_id, std::string_view user_id);

}  // namespace malote::engine
