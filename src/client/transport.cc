#include "malote/client/transport.h"

#include <curl/curl.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace malote::client {

namespace {

constexpr std::size_t kMaxBody = 64 * 1024 * 1024;

using Handle = std::unique_ptr<CURL, void (*)(CURL*)>;
using HeaderList = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

std::size_t keep(char* data, std::size_t, std::size_t size, void* user) {
  auto& body = *static_cast<std::string*>(user);
  if (body.size() + size > kMaxBody) return 0;
  body.append(data, size);
  return size;
}

HeaderList make_headers(const HttpCall& call) {
  curl_slist* list = curl_slist_append(nullptr, "Expect:");  // no 100-continue
  for (const auto& [name, value] : call.headers) {
    std::string line = name;
    line.append(": ").append(value);
    list = curl_slist_append(list, line.c_str());
  }
  return {list, &curl_slist_free_all};
}

/// Each call borrows a handle, whose connections stay open for the next call.
class CurlTransport {
 public:
  HttpReply exchange(const HttpCall& call) {
    Handle handle = borrow();
    if (!handle) return {.failure = "no memory for a connection"};
    HttpReply reply;
    const HeaderList headers = make_headers(call);
    prepare(handle.get(), call, reply.body);
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
    const CURLcode code = curl_easy_perform(handle.get());
    read_outcome(handle.get(), code, reply);
    curl_easy_reset(handle.get());
    const std::lock_guard guard{mutex_};
    idle_.push_back(std::move(handle));
    return reply;
  }

 private:
  Handle borrow() {
    const std::lock_guard guard{mutex_};
    if (idle_.empty()) return {curl_easy_init(), &curl_easy_cleanup};
    Handle handle = std::move(idle_.back());
    idle_.pop_back();
    return handle;
  }

  static void prepare(CURL* easy, const HttpCall& call, std::string& body) {
    curl_easy_setopt(easy, CURLOPT_URL, call.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(call.timeout.count()));
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &keep);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
    if (call.method == "GET") return;
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call.method.c_str());
    if (call.method == "DELETE" && call.body.empty()) return;
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
  }

  static void read_outcome(CURL* easy, CURLcode code, HttpReply& reply) {
    curl_off_t micros = 0;
    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &micros);
    reply.duration = std::chrono::milliseconds{micros / 1000};
    if (code == CURLE_OK) {
      long status = 0;
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      reply.status = static_cast<int>(status);
      return;
    }
    reply.timed_out = code == CURLE_OPERATION_TIMEDOUT;
    reply.failure = code == CURLE_WRITE_ERROR ? "the answer is above 64 MiB"
                                              : curl_easy_strerror(code);  // fixed texts
  }

  std::mutex mutex_;
  std::vector<Handle> idle_;
};

}  // namespace

Transport make_curl_transport() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) {
    return [](const HttpCall&) { return HttpReply{.failure = "libcurl could not be started"}; };
  }
  return [transport = std::make_shared<CurlTransport>()](const HttpCall& call) {
    return transport->exchange(call);
  };
}

}  // namespace malote::client
