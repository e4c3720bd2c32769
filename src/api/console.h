// Who is signed in to the dashboard, and the dashboard's files.
//
// A browser that signed in with an API key holds a cookie that scripts cannot read; the key itself
// stays here, and is proven again on each request, so that a revoked or expired key ends the
// session. Changes need the session's token in X-CSRF-Token, which another site cannot know.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/embedded.h"
#include "base/secret.h"
#include "ports/clock.h"
#include "ports/entropy.h"
#include "ports/http_types.h"

namespace malote::api {

struct ConsoleSession {
  Secret api_key{};
  std::string csrf_token{};
  Timestamp ends_at{};
};

/// In memory: a restart signs everybody out. Any thread.
class ConsoleSessions {
 public:
  static constexpr std::chrono::hours kLength{12};
  static constexpr std::size_t kMost = 1000;  // then the one that ends first goes

  ConsoleSessions(const Clock& clock, Entropy& entropy) : clock_(clock), entropy_(entropy) {}

  struct Opened {
    std::string token{};  // the cookie's value
    ConsoleSession session{};
  };
  Opened open(Secret api_key);
  /// Of the request's cookie; nullopt without one, with an unknown one, and after its end.
  std::optional<ConsoleSession> find(const Request& request) const;
  void close(const Request& request);

 private:
  const Clock& clock_;
  Entropy& entropy_;
  mutable std::mutex mutex_;
  std::map<std::string, ConsoleSession, std::less<>> sessions_;
};

/// "Set-Cookie" for a session's token; an empty one takes the cookie away.
std::string console_cookie(std::string_view token, bool secure);

/// A file of the dashboard, or its page for the paths that the dashboard itself routes; nullopt
/// when the path is none of those. `files` are named "console/dist/…", compressed ones end in
/// ".gz".
std::optional<Response> console_file(std::span<const EmbeddedFile> files, const Request& request);

}  // namespace malote::api
