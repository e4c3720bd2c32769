#include "engine/explain.h"

#include "engine/connection_cache.h"

namespace malote::engine {

Result<providers::Explanation> explain_request(const Context& context, const ReadTx& tx,
                                               const Connection& connection,
                                               const providers::RawRequest& request, Timestamp at,
                                               const KeyDocuments& documents) {
  constexpr int kMaxNeighbours = 100;
  MALOTE_TRY(const auto live, make_live(context, connection, true));
  std::vector<providers::Neighbour> neighbours;
  const ConnectionFilter same{.project = connection.project, .server_id = connection.server_id};
  for (auto& other : tx.connections(same, {.limit = kMaxNeighbours})) {
    if (other.no == connection.no) continue;
    const std::string id = other.id;
    const auto neighbour = make_live(context, std::move(other), true);
    if (neighbour) neighbours.push_back({id, (*neighbour)->secrets});
  }
  const providers::KeyDocuments known = [&](std::string_view url) { return documents.find(url); };
  return providers::explain({.pack = *live->pack,
                             .scheme = live->scheme,
                             .request = request,
                             .secrets = live->secrets,
                             .at = at,
                             .neighbours = neighbours,
                             .documents = known});
}

}  // namespace malote::engine
