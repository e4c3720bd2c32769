// The log of attempts: the order in which they were recorded, for those who follow them.
#include <climits>

#include "store/sqlite_tx.h"

namespace malote::store {

namespace {

constexpr std::size_t kKeyBytes = 8;
constexpr std::size_t kNumberBytes = 4;

void append_big_endian(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t left = bytes; left > 0; --left)
    out.push_back(static_cast<char>(value >> (8 * (left - 1)) & 0xFF));
}

std::uint64_t read_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

void SqliteTx::log_attempts(const std::vector<LoggedAttempt>& attempts, Timestamp now) {
  if (attempts.empty()) return;
  std::string packed;
  packed.reserve(attempts.size() * (kKeyBytes + kNumberBytes));
  for (const auto& attempt : attempts) {
    append_big_endian(packed, static_cast<std::uint64_t>(attempt.delivery.value), kKeyBytes);
    append_big_endian(packed, static_cast<std::uint64_t>(attempt.number), kNumberBytes);
  }
  db_.prepare("INSERT INTO attempt_log (at, attempts) VALUES (?1, ?2)")
      .bind(now)
      .bind_blob(packed)
      .run();
}

std::vector<LoggedAttempt> SqliteReadTx::attempts_after(AttemptPlace after, int limit) const {
  std::vector<LoggedAttempt> found;
  auto rows = db_.prepare("SELECT no, attempts FROM attempt_log WHERE no >= ?1 ORDER BY no");
  rows.bind(after.entry);
  while (static_cast<int>(found.size()) < limit && rows.step()) {
    AttemptPlace place{.entry = rows.integer(0)};
    const std::string packed = rows.text(1);
    std::string_view left{packed};
    for (; left.size() >= kKeyBytes + kNumberBytes; ++place.index) {
      const auto key = static_cast<std::int64_t>(read_big_endian(left.substr(0, kKeyBytes)));
      const auto number = static_cast<int>(read_big_endian(left.substr(kKeyBytes, kNumberBytes)));
      left.remove_prefix(kKeyBytes + kNumberBytes);
      if (place > after) found.push_back({.place = place, .delivery = {key}, .number = number});
    }
  }
  return found;
}

AttemptPlace SqliteReadTx::last_logged_attempt() const {
  auto row = db_.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'attempt_log'");
  if (!row.step()) return {};
  return {.entry = row.integer(0), .index = INT_MAX};
}

std::int64_t SqliteTx::trim_attempt_log(Timestamp before, int limit) {
  db_.prepare(
         "DELETE FROM attempt_log WHERE no IN (SELECT no FROM"
         " (SELECT no, at FROM attempt_log ORDER BY no LIMIT ?2) WHERE at < ?1)")
      .bind(before)
      .bind(limit)
      .run();
  return db_.changes();
}

}  // namespace malote::store
