#include "engine/accounts.h"

#include <optional>

namespace malote::engine {

namespace {

constexpr std::size_t kMaxOpen = 10'000;  // beyond, all are dropped: simple, and rare

}  // namespace

Result<AccountPtr> open_account(const Context& context, Connection row, bool livemode) {
  auto account = std::make_shared<OpenAccount>();
  std::string credentials = "{}";
  if (!row.sealed_credentials.empty()) {
    const auto opened = context.vault.open(row.sealed_credentials, "credentials:" + row.id);
    if (!opened)
      return fail(Errc::vault_unavailable,
                  "the credentials of " + row.id + " cannot be opened with this master key");
    credentials = opened->reveal();
  }
  MALOTE_TRY(account->credentials, json::Document::parse(credentials));
  MALOTE_TRY(account->metadata, json::Document::parse(row.metadata.empty() ? "{}" : row.metadata));
  account->base_url = account->metadata.root()["api_base_url"].as_string().value_or("");
  account->livemode = livemode;
  account->row = std::move(row);
  return account;
}

std::optional<Connection> choose_connection(const ReadTx& tx, ProjectNo project,
                                            std::string_view server_id, std::string_view user_id) {
  ConnectionFilter filter{
      .project = project, .status = "connected", .server_id = std::string{server_id}};
  filter.user_id = user_id;
  if (!user_id.empty()) {
    auto own = tx.connections(filter, {.limit = 1});
    if (!own.empty()) return std::move(own.front());
  }
  filter.user_id.clear();
  for (Page page{.limit = 100};;) {
    auto some = tx.connections(filter, page);
    for (auto& one : some) {
      if (one.user_id.empty()) return std::move(one);
    }
    if (some.size() < 100) return {};
    page.before = some.back().no.value;
  }
}

Result<AccountPtr> Accounts::find(ProjectNo project, std::string_view server_id,
                                  std::string_view user_id) {
  const Name name{project.value, server_id, user_id};
  std::uint64_t drops = 0;
  {
    const std::lock_guard guard{mutex_};
    const auto at = open_.find(name);
    if (at != open_.end()) return at->second;
    drops = drops_;
  }
  std::optional<Connection> row;
  bool livemode = true;
  MALOTE_CHECK_OK(context_.store.read([&](const ReadTx& tx) -> Result<void> {
    row = choose_connection(tx, project, server_id, user_id);
    for (const auto& one : tx.projects()) {
      if (one.no == project) livemode = one.livemode;
    }
    return {};
  }));
  AccountPtr account;
  if (row) {
    MALOTE_TRY(account, open_account(context_, std::move(*row), livemode));
  }
  const std::lock_guard guard{mutex_};
  if (open_.size() >= kMaxOpen) open_.clear();
  if (drops == drops_) open_[name] = account;
  return account;
}

void Accounts::drop() {
  const std::lock_guard guard{mutex_};
  ++drops_;
  open_.clear();
}

}  // namespace malote::engine
