// One SQLite connection with its prepared statements, and the sticky error of the transaction that
// runs on it. Used by one thread at a time.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace malote::sqlite {

class Db;

/// A prepared statement in use. Binds from ?1 on; reset when it goes. After an error it behaves
/// like a statement without rows.
class Statement {
 public:
  Statement(const Db& db, sqlite3_stmt* handle) : db_(db), handle_(handle) {}
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);
  Statement& bind_blob(std::string_view bytes);
  Statement& bind_or_null(std::string_view text);  // NULL when empty
  Statement& bind(Timestamp t) { return bind(to_ms(t)); }

  bool step();  // true while there is a row
  void run() { step(); }

  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_, column); }
  int small(int column) const { return sqlite3_column_int(handle_, column); }
  std::string text(int column) const;  // text or blob; "" for NULL
  Timestamp time(int column) const { return from_ms(integer(column)); }

 private:
  const Db& db_;
  sqlite3_stmt* handle_;
  int next_ = 1;
};

class Db {
 public:
  Db() = default;
  ~Db();
  Db(const Db&) = delete;
  Db& operator=(const Db&) = delete;

  /// Opens or creates; the message of a failure is fit for a person. `uri` may be a path or a
  /// file: URI.
  Result<void> open(const std::string& uri, int flags);
  Result<void> execute(const char* sql) const;  // without rows

  /// The same text gives the same prepared statement; `sql` must be a literal. Only one use of a
  /// statement at a time.
  Statement prepare(const char* sql) const;

  void note_error() const;  // remembers the current error; the first one counts
  bool failed() const { return error_.has_value(); }
  std::optional<Error> take_error() const { return std::exchange(error_, {}); }

  sqlite3* handle() const { return handle_; }
  int changes() const { return sqlite3_changes(handle_); }
  std::int64_t last_row() const { return sqlite3_last_insert_rowid(handle_); }

 private:
  friend class Statement;
  sqlite3* handle_ = nullptr;
  mutable std::map<const char*, sqlite3_stmt*> statements_;
  mutable std::optional<Error> error_;
};

}  // namespace malote::sqlite
