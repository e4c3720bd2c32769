// What the HTTP server needs to speak TLS: certificate and key, as they are now. TLS 1.2 and 1.3
// with OpenSSL's own choice of ciphers, HTTP/1.1 only. docs/operations.md says how to use it.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace malote::net {

/// PEM files: the certificate with its chain, leaf first, and its key, not encrypted. Both may be
/// one file.
struct TlsFiles {
  std::string certificate{};
  std::string key{};
};

/// Settings and certificate of connections that begin now. Counted by OpenSSL, too: a connection
/// keeps the one that it began with.
using TlsContext = std::shared_ptr<ssl_ctx_st>;

struct LoadedTls {
  TlsContext context{};
  Timestamp expires_at{};
  std::vector<std::string> warnings{};  // it works, but somebody should look: "… expired on …"
};

/// Errors name the file, what is wrong with it and what to do; never anything out of the key.
Result<LoadedTls> load_tls(const TlsFiles& files, Timestamp now);

/// The certificate of a running server, which may be replaced at any time. Thread-safe.
class TlsCertificate {
 public:
  explicit TlsCertificate(TlsFiles files) : files_(std::move(files)) {}

  /// Reads both files and logs warnings. On an error, what was read before stays.
  Result<void> read(Timestamp now);

  /// nullptr until the first successful read().
  TlsContext current() const;
  /// When that certificate ends; 0 until then.
  Timestamp expires_at() const;

  const TlsFiles& files() const { return files_; }

 private:
  const TlsFiles files_;
  mutable std::mutex mutex_;
  TlsContext current_;
  Timestamp expires_at_{};
};

}  // namespace malote::net
