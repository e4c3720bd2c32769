#include "net/simple_client.h"

#include <curl/curl.h>

#include <memory>

#include "base/bytes.h"

namespace malote::net {

namespace {

constexpr std::size_t kMaxBody = 64 * 1024 * 1024;

struct Reading {
  const HttpRequest& request;
  std::string& body;
  bool is_whole = false;
};

/// Fewer bytes than came end the exchange.
std::size_t keep(char* data, std::size_t, std::size_t size, void* user) {
  auto& reading = *static_cast<Reading*>(user);
  if (reading.body.size() + size > kMaxBody) return 0;
  reading.body.append(data, size);
  reading.is_whole = reading.request.is_whole && reading.request.is_whole(reading.body);
  return reading.is_whole ? 0 : size;
}

std::size_t keep_retry_after(char* data, std::size_t, std::size_t size, void* user) {
  constexpr std::string_view kName = "retry-after:";
  std::string_view line{data, size};
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > kName.size() && equals_ignore_case(line.substr(0, kName.size()), kName))
    *static_cast<std::string*>(user) = trim(line.substr(kName.size()));
  return size;
}

std::size_t keep_date(char* data, std::size_t, std::size_t size, void* user) {
  constexpr std::string_view kName = "date:";
  const std::string line{data, size};
  if (line.size() > kName.size() && equals_ignore_case(line.substr(0, kName.size()), kName)) {
    const std::time_t at = curl_getdate(line.c_str() + kName.size(), nullptr);
    if (at > 0) *static_cast<Timestamp*>(user) = from_ms(1000 * std::int64_t{at});
  }
  return size;
}

std::size_t skip(char*, std::size_t, std::size_t size, void*) { return size; }

/// Of the first certificate in the chain, the endpoint's own.
Timestamp certificate_end(CURL* easy) {
  constexpr std::string_view kName = "Expire date:";
  curl_certinfo* info = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || !info) return {};
  if (info->num_of_certs < 1) return {};
  for (const curl_slist* line = info->certinfo[0]; line; line = line->next) {
    const std::string_view text{line->data};
    if (!text.starts_with(kName)) continue;
    const std::time_t at = curl_getdate(line->data + kName.size(), nullptr);
    if (at > 0) return from_ms(1000 * std::int64_t{at});
  }
  return {};
}

}  // namespace

Probe probe(const std::string& url, Millis timeout, bool ask) {
  const std::unique_ptr<CURL, void (*)(CURL*)> easy{curl_easy_init(), &curl_easy_cleanup};
  Probe probe;
  char why[CURL_ERROR_SIZE] = {};
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, why);
  curl_easy_setopt(easy.get(), CURLOPT_CERTINFO, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_CONNECT_ONLY, ask ? 0L : 1L);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &skip);
  curl_easy_setopt(easy.get(), CURLOPT_HEADERFUNCTION, &keep_date);
  curl_easy_setopt(easy.get(), CURLOPT_HEADERDATA, &probe.date);
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) probe.error = why[0] != 0 ? why : curl_easy_strerror(code);
  probe.certificate_end = certificate_end(easy.get());
  curl_off_t micros = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_TOTAL_TIME_T, &micros);
  probe.took = std::chrono::duration_cast<Millis>(std::chrono::microseconds{micros});
  return probe;
}

HttpOutcome exchange(const HttpRequest& request) {
  const std::unique_ptr<CURL, void (*)(CURL*)> easy{curl_easy_init(), &curl_easy_cleanup};
  HttpOutcome outcome;
  curl_slist* headers = nullptr;
  for (const auto& [name, value] : request.headers) {
    headers = curl_slist_append(headers, (name + ": " + value).c_str());
  }
  headers = curl_slist_append(headers, "Expect:");
  curl_easy_setopt(easy.get(), CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers);
  if (request.method != "GET") {
    curl_easy_setopt(easy.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
  }
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &keep);
  Reading reading{.request = request, .body = outcome.body};
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &reading);
  curl_easy_setopt(easy.get(), CURLOPT_HEADERFUNCTION, &keep_retry_after);
  curl_easy_setopt(easy.get(), CURLOPT_HEADERDATA, &outcome.retry_after);
  const CURLcode code = curl_easy_perform(easy.get());
  curl_slist_free_all(headers);
  curl_off_t micros = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_TOTAL_TIME_T, &micros);
  outcome.duration = std::chrono::duration_cast<Millis>(std::chrono::microseconds{micros});
  if (code != CURLE_OK && !reading.is_whole) {
    outcome.error = curl_easy_strerror(code);
    return outcome;
  }
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  outcome.status = static_cast<int>(status);
  return outcome;
}

}  // namespace malote::net
