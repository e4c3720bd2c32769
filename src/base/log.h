// The log: one line per thing that happened, as JSON for machines or as text for people. Never
// write a secret, a payload or a header value here. Any thread may log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json_writer.h"

namespace malote::log {

enum class Level { debug, info, warn, error, off };

void set_level(Level level);
void set_json(bool json);

void write(Level level, std::string_view message);
inline void debug(std::string_view message) { write(Level::debug, message); }
inline void info(std::string_view message) { write(Level::info, message); }
inline void warn(std::string_view message) { write(Level::warn, message); }
inline void error(std::string_view message) { write(Level::error, message); }

bool is_enabled(Level level);

/// A line of many fields: `name key=value key="va lue" …` as text; in JSON members beside
/// "message", which is the name. Build it only where is_enabled(): it costs a microsecond.
class Line {
 public:
  explicit Line(std::string_view name);
  Line& field(std::string_view key, std::string_view value);
  Line& field(std::string_view key, std::int64_t value);
  const std::string& text() const { return text_; }
  void write(Level level) const;

 private:
  void begin(std::string_view key);
  std::string text_;
};

}  // namespace malote::log
