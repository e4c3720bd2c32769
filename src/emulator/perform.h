// What a route does: reads the request, changes the world, makes the provider's answer.
#pragma once

#include "emulator/world.h"

namespace malote::emulator {

/// A request to a provider, taken apart.
struct Call {
  const Provider& provider;
  const Route& route;
  const Request& request;
  json::View body{};
  Pairs path{};  // what the route's "{name}" segments took
  Pairs query{};
  std::string base{};  // "http://host/provider", for links in answers
  Timestamp now{};
};

/// An error in the provider's own shape: "unauthorized", "invalid", "refused", "not_found".
Response provider_error(const Provider& provider, std::string_view name, const std::string& text,
                        const std::string& field = {});

/// What the request lacks or has wrong, if anything.
std::optional<Response> check_request(const Call& call, World& world);

/// Does it. Changes nothing when it answers with an error.
Response perform(const Call& call, World& world);

/// A change from outside (a customer pays): the changed resource, or why not.
Result<std::string> move(const Provider& provider, const std::string& name, const std::string& id,
                         World& world, Timestamp now);

/// Whether the route's conditions on the request hold.
bool is_meant(const Call& call, const World& world);

}  // namespace malote::emulator
