// What is compiled in: the event catalogue, the provider packs, the tool servers, the API
// description, the defaults, an example of a loop.
#pragma once

#include <span>
#include <string>

#include "base/embedded.h"
#include "core/catalogue.h"
#include "engine/context.h"
#include "providers/registry.h"
#include "tools/registry.h"

namespace malote::app {

inline constexpr const char* kVersion = MALOTE_VERSION;  // of the CMake project

// Each throws std::runtime_error where the data is malformed: a build that must not start.
core::Catalogue builtin_catalogue();
providers::Registry builtin_providers();
tools::Registry builtin_tools();
engine::DeliveryDefaults builtin_defaults();
std::string builtin_openapi();
/// The dashboard's files, "console/dist/…"; empty where it was built without Node.
std::span<const EmbeddedFile> builtin_console();
std::string builtin_loop();  // an example: data/loops/order_confirmed.json

}  // namespace malote::app
