// The connection to one gateway: headers, addresses, and what an answer means. Immutable after
// construction; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "malote/client.h"

namespace malote::client {

struct ApiCall {
  std::string_view operation{};  // for messages: "createSession"
  std::string_view method{};
  std::string path{};
  std::string project{};  // empty: the client's
  std::optional<Json> body{};
  std::string idempotency_key{};
};

class Gateway {
 public:
  explicit Gateway(ClientConfig config);

  /// The answer, whatever its status, with the API key blotted out of its body when it is not 2xx.
  /// Throws ClientError when there was none.
  HttpReply exchange(const ApiCall& call) const;

  /// The JSON of a 2xx answer; throws ClientError for every other.
  Json request(const ApiCall& call) const;

 private:
  std::string without_key(std::string text) const;

  ClientConfig config_;
};

bool is_success(int status);
/// Throws ClientError when the body is no JSON object.
Json parse_answer(std::string_view operation, const HttpReply& reply);
/// Throws std::invalid_argument when the text could not stand in a header.
void check_header_value(std::string_view what, std::string_view text);
void check_project(std::string_view project);

}  // namespace malote::client
