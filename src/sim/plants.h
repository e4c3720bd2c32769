// Planted defects: proof that the oracle bites. Each is a wrapper at a seam (store, HTTP client,
// listener) that makes the gateway misbehave in one way, as a bug in the engine would. The engine
// knows nothing of them.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "engine/context.h"
#include "ports/http_client.h"
#include "sim/world.h"

namespace malote::sim {

struct PlantInfo {
  std::string_view name;
  std::string_view what;
};
std::span<const PlantInfo> plants();
bool is_plant(std::string_view name);

/// Each returns its target unchanged (a mere forwarder) when the plant sits at another seam.
std::unique_ptr<Store> plant_store(std::string_view plant, World& world, Store& target);
std::unique_ptr<HttpClient> plant_http(std::string_view plant, World& world, HttpClient& target);
std::unique_ptr<engine::Listener> plant_listener(std::string_view plant, World& world,
                                                 engine::Listener& target);

}  // namespace malote::sim
