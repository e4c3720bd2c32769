#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "base/printable.h"

namespace malote::log {

namespace {

spdlog::level::level_enum level_of(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warn: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
    case Level::off: return spdlog::level::off;
  }
  return spdlog::level::err;
}

bool json_lines = false;

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = spdlog::stderr_logger_mt("malote");
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    return made;
  }();
  return *instance;
}

}  // namespace

void set_level(Level level) { logger().set_level(level_of(level)); }

void set_json(bool json) {
  json_lines = json;
  const char* pattern = json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%v})"
                             : "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
  logger().set_pattern(pattern, spdlog::pattern_time_type::utc);
}

bool is_enabled(Level level) { return logger().should_log(level_of(level)); }

void write(Level level, std::string_view message) {
  if (!is_enabled(level)) return;
  std::string text;
  if (json_lines) {
    json::append_string(text, message);
  } else {
    text = printable(message);
  }
  logger().log(level_of(level), "{}", text);
}

Line::Line(std::string_view name) {
  text_.reserve(512);
  if (json_lines) {
    json::append_string(text_, name);
  } else {
    text_ = name;
  }
}

void Line::begin(std::string_view key) {
  text_ += json_lines ? "," : " ";
  if (json_lines) {
    json::append_string(text_, key);
  } else {
    text_ += key;
  }
  text_ += json_lines ? ':' : '=';
}

Line& Line::field(std::string_view key, std::string_view value) {
  begin(key);
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:+[]";
  if (json_lines || value.empty() || value.find_first_not_of(kPlain) != std::string_view::npos) {
    json::append_string(text_, value);
  } else {
    text_ += value;
  }
  return *this;
}

Line& Line::field(std::string_view key, std::int64_t value) {
  begin(key);
  text_ += std::to_string(value);
  return *this;
}

void Line::write(Level level) const {
  logger().log(level_of(level), "{}", json_lines ? text_ : printable(text_));
}

}  // namespace malote::log
