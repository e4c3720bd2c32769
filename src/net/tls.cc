#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/log.h"

namespace malote::net {

namespace {

template <class T, void (*kFree)(T*)>
struct Freed {
  void operator()(T* object) const { kFree(object); }
};
void free_bio(BIO* bio) { BIO_free(bio); }
using Bio = std::unique_ptr<BIO, Freed<BIO, free_bio>>;
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;

Unexpected refuse(std::string message) {
  return fail(Errc::invalid_request, "tls: " + std::move(message));
}

/// OpenSSL's word for the last thing that went wrong.
std::string reason() {
  const char* const text = ERR_reason_error_string(ERR_peek_last_error());
  return text ? text : "unknown error";
}

Result<std::string> read_pem(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return refuse("cannot read " + path + ": it is a folder");
  std::ifstream in{path, std::ios::binary};
  if (!in) return refuse("cannot read " + path + ": " + std::strerror(errno));
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Bio memory(const std::string& text) {
  return Bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

/// Called by OpenSSL where a key is encrypted: nobody is there to ask.
int note_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

Result<Key> read_key(const std::string& path) {
  MALOTE_TRY(std::string text, read_pem(path));
  bool encrypted = false;
  Key key{PEM_read_bio_PrivateKey(memory(text).get(), nullptr, &note_password, &encrypted)};
  OPENSSL_cleanse(text.data(), text.size());
  if (encrypted) {
    return refuse("the key in " + path +
                  " is encrypted, and nobody is there to type its passphrase; write it without one:"
                  " openssl pkey -in KEY -out NEW");
  }
  if (!key) return refuse(path + " holds no private key in PEM form");
  return key;
}

Result<std::vector<Certificate>> read_chain(const std::string& path) {
  MALOTE_TRY(const std::string text, read_pem(path));
  const Bio bio = memory(text);
  std::vector<Certificate> chain;
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
    chain.emplace_back(next);
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (chain.empty() && at_end) return refuse(path + " holds no certificate in PEM form");
  if (!at_end) {
    return refuse(path + ": certificate " + std::to_string(chain.size() + 1) +
                  " is damaged: " + reason());
  }
  return chain;
}

std::string date_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "a day that cannot be read";
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

Timestamp time_of(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? from_ms(std::int64_t{::timegm(&parts)} * 1000)
                                            : Timestamp{};
}

std::vector<std::string> warnings_of(const TlsFiles& files, const X509& leaf, Timestamp now) {
  std::vector<std::string> warnings;
  std::time_t seconds = to_unix_s(now);
  const ASN1_TIME* const from = X509_get0_notBefore(&leaf);
  const ASN1_TIME* const until = X509_get0_notAfter(&leaf);
  if (X509_cmp_time(until, &seconds) < 0)
    warnings.push_back("the certificate in " + files.certificate + " expired on " + date_of(until));
  if (X509_cmp_time(from, &seconds) > 0)
    warnings.push_back("the certificate in " + files.certificate + " is not valid before " +
                       date_of(from));
  struct stat info {};
  if (::stat(files.key.c_str(), &info) == 0 && (info.st_mode & S_IROTH) != 0)
    warnings.push_back("everybody on this machine can read the key in " + files.key +
                       "; run: chmod o-r " + files.key);
  return warnings;
}

/// ALPN: HTTP/1.1 or nothing (RFC 7301, 3.2). Clients that name no protocol are not asked.
int choose_protocol(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void* /*unused*/) {
  constexpr std::string_view kHttp11 = "http/1.1";
  std::string_view rest{reinterpret_cast<const char*>(offered), offered_size};
  while (!rest.empty()) {
    const std::string_view name = rest.substr(1, static_cast<unsigned char>(rest.front()));
    if (name == kHttp11) {
      *chosen = reinterpret_cast<const unsigned char*>(name.data());
      *size = static_cast<unsigned char>(name.size());
      return SSL_TLSEXT_ERR_OK;
    }
    rest.remove_prefix(name.size() + 1);
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

TlsContext new_context() {
  TlsContext context{SSL_CTX_new(TLS_server_method()), &SSL_CTX_free};
  if (!context) return context;
  SSL_CTX* const raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION);
  // Buffers of a connection that rests are given back; the one that a write repeats may move.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(raw, 1);
  // Sessions are resumed by tickets; a cache would grow with every client.
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(raw, &choose_protocol, nullptr);
  return context;
}

}  // namespace

Result<LoadedTls> load_tls(const TlsFiles& files, Timestamp now) {
  ERR_clear_error();
  MALOTE_TRY(auto chain, read_chain(files.certificate));
  MALOTE_TRY(const auto key, read_key(files.key));
  LoadedTls loaded{.context = new_context(),
                   .expires_at = time_of(X509_get0_notAfter(chain.front().get())),
                   .warnings = warnings_of(files, *chain.front(), now)};
  SSL_CTX* const context = loaded.context.get();
  if (!context) return refuse("OpenSSL does not start: " + reason());
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1)
    return refuse("OpenSSL refuses the certificate in " + files.certificate + ": " + reason());
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1)
      return refuse("OpenSSL refuses certificate " + std::to_string(i + 1) + " in " +
                    files.certificate + ": " + reason());
  }
  if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
    return refuse("the key in " + files.key + " does not belong to the first certificate in " +
                  files.certificate);
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return refuse("OpenSSL refuses the key in " + files.key + ": " + reason());
  return loaded;
}

Result<void> TlsCertificate::read(Timestamp now) {
  MALOTE_TRY(auto loaded, load_tls(files_, now));
  for (const auto& warning : loaded.warnings) log::warn("tls: " + warning);
  const std::lock_guard guard{mutex_};
  current_ = std::move(loaded.context);
  expires_at_ = loaded.expires_at;
  return {};
}

TlsContext TlsCertificate::current() const {
  const std::lock_guard guard{mutex_};
  return current_;
}

Timestamp TlsCertificate::expires_at() const {
  const std::lock_guard guard{mutex_};
  return expires_at_;
}

}  // namespace malote::net
