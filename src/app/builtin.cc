#include "app/builtin.h"

#include <span>
#include <stdexcept>

#include "base/embedded.h"
#include "base/json.h"

namespace malote {
std::span<const EmbeddedFile> data_files();
std::span<const EmbeddedFile> provider_files();
std::span<const EmbeddedFile> tool_files();
std::span<const EmbeddedFile> meta_tool_files();
std::span<const EmbeddedFile> console_files();
}  // namespace malote

namespace malote::app {

namespace {

std::string_view data_file(std::string_view name) {
  for (const auto& file : data_files()) {
    if (file.name == name) return file.text;
  }
  throw std::runtime_error("built without " + std::string{name});
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

}  // namespace

core::Catalogue builtin_catalogue() {
  return must(core::Catalogue::parse(data_file("data/events.json")));
}

providers::Registry builtin_providers() {
  return must(providers::Registry::load(provider_files()));
}

tools::Registry builtin_tools() {
  return must(tools::Registry::load(tool_files(), meta_tool_files()));
}

std::span<const EmbeddedFile> builtin_console() { return console_files(); }

std::string builtin_openapi() { return std::string{data_file("data/openapi.json")}; }

std::string builtin_loop() { return std::string{data_file("data/loops/order_confirmed.json")}; }

engine::DeliveryDefaults builtin_defaults() {
  const auto document = must(json::Document::parse(data_file("data/schedules.json")));
  const json::View schedule = document.root()["default"];
  engine::DeliveryDefaults defaults;
  for (const auto gap : schedule["gaps"]) {
    defaults.retry.gaps.push_back(parse_duration(gap.as_string().value_or("")).value_or(Millis{0}));
  }
  defaults.retry.jitter_permille =
      static_cast<int>(schedule["jitter"].as_double().value_or(0) * 1000);
  defaults.timeout = Millis{schedule["timeout_ms"].as_int().value_or(10'000)};
  return defaults;
}

}  // namespace malote::app
