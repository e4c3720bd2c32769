#include "sqlite/db.h"

#include "base/check.h"

namespace malote::sqlite {

namespace {

Error describe(sqlite3* handle) {
  const int code = sqlite3_errcode(handle);
  std::string text = "store: ";
  text += sqlite3_errmsg(handle);
  if (code == SQLITE_FULL) text = "store: the disk is full; nothing was kept";
  if (code == SQLITE_READONLY) text = "store: the database file is read-only";
  return make_error(Errc::store_unavailable, std::move(text));
}

}  // namespace

Statement::~Statement() {
  if (!handle_) return;
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

Statement& Statement::bind(std::int64_t value) {
  if (handle_) sqlite3_bind_int64(handle_, next_++, value);
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  if (handle_) {
    sqlite3_bind_text64(handle_, next_++, text.data() ? text.data() : "", text.size(),
                        SQLITE_STATIC, SQLITE_UTF8);
  }
  return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
  if (handle_) {
    sqlite3_bind_blob64(handle_, next_++, bytes.data() ? bytes.data() : "", bytes.size(),
                        SQLITE_STATIC);
  }
  return *this;
}

Statement& Statement::bind_or_null(std::string_view text) {
  if (!text.empty()) return bind(text);
  ++next_;  // unbound parameters are NULL
  return *this;
}

bool Statement::step() {
  if (!handle_ || db_.failed()) return false;
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) db_.note_error();
  return false;
}

std::string Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(handle_, column);
  const int size = sqlite3_column_bytes(handle_, column);
  return bytes ? std::string{static_cast<const char*>(bytes), static_cast<std::size_t>(size)}
               : std::string{};
}

Db::~Db() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Result<void> Db::open(const std::string& uri, int flags) {
  const int code = sqlite3_open_v2(uri.c_str(), &handle_, flags | SQLITE_OPEN_URI, nullptr);
  if (code != SQLITE_OK) {
    std::string why = handle_ ? sqlite3_errmsg(handle_) : "out of memory";
    return fail(Errc::store_unavailable, "cannot open " + uri + ": " + why);
  }
  sqlite3_extended_result_codes(handle_, 0);
  sqlite3_busy_timeout(handle_, 5000);
  return {};
}

Result<void> Db::execute(const char* sql) const {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return fail(describe(handle_));
  }
  return {};
}

Statement Db::prepare(const char* sql) const {
  sqlite3_stmt*& statement = statements_[sql];
  if (!statement && !failed()) {
    const int code =
        sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) note_error();
  }
  return {*this, statement};
}

void Db::note_error() const {
  if (!error_) error_ = describe(handle_);
}

}  // namespace malote::sqlite
