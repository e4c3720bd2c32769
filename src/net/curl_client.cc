#include "net/curl_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"

namespace malote::net {

namespace {

using Steady = std::chrono::steady_clock;

struct Exchange {
  HttpRequest request{};
  HttpClient::Done done{};
  HttpOutcome outcome{};
  const AddressCheck* check = nullptr;
  std::string blocked{};
  std::size_t received = 0;
  bool truncated = false;
  Steady::time_point began{};
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  std::array<char, CURL_ERROR_SIZE> error_text{};
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  exchange.received += size;
  std::string& kept = exchange.outcome.body;
  const std::size_t room =
      exchange.request.response_kept - std::min(kept.size(), exchange.request.response_kept);
  kept.append(data, std::min(size, room));
  if (exchange.received > exchange.request.response_limit) {
    exchange.truncated = true;
    return 0;  // ends the transfer; the status that came counts
  }
  return size;
}

void keep_header(std::string_view line, std::string_view name, std::string& out) {
  if (line.size() <= name.size() || line[name.size()] != ':') return;
  if (!equals_ignore_case(line.substr(0, name.size()), name)) return;
  std::string_view value = line.substr(name.size() + 1);
  while (value.ends_with('\n') || value.ends_with('\r')) value.remove_suffix(1);
  out = trim(value);
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& outcome = static_cast<Exchange*>(user)->outcome;
  const std::string_view line{data, size};
  keep_header(line, "Retry-After", outcome.retry_after);
  keep_header(line, "X-CodeSpar-Receipt", outcome.receipt);
  return size;
}

std::string address_text(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.sa_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  } else if (address.sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text,
              sizeof text);
  }
  return text;
}

/// The last gate: what the name resolved to, at the moment of connecting.
curl_socket_t on_open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(user);
  exchange.blocked = (*exchange.check)(address_text(address->addr));
  if (!exchange.blocked.empty()) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::string describe(const Exchange& exchange, CURLcode code) {
  if (!exchange.blocked.empty()) return "ssrf_blocked:" + exchange.blocked;
  if (code == CURLE_OPERATION_TIMEDOUT) return "timeout";
  std::string text = exchange.error_text[0] ? exchange.error_text.data() : curl_easy_strerror(code);
  return text.substr(0, 256);
}

}  // namespace

class CurlClient::Impl {
 public:
  Impl(const Clock& clock, AddressCheck check) : clock_(clock), check_(std::move(check)) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    MALOTE_CHECK(initialised == CURLE_OK, "libcurl must start");
    multi_ = curl_multi_init();
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    MALOTE_CHECK(multi_ && epoll_ >= 0 && wake_ >= 0, "the HTTP client must start");
    epoll_event event{.events = EPOLLIN, .data = {.fd = wake_}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Impl::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Impl::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 1024L);
    thread_ = std::thread{[this] { run(); }};
  }

  ~Impl() {
    {
      const std::lock_guard guard{mutex_};
      stopping_ = true;
    }
    wake();
    thread_.join();
    for (CURL* easy : pool_) curl_easy_cleanup(easy);
    curl_multi_cleanup(multi_);
    ::close(wake_);
    ::close(epoll_);
  }

  void start(HttpRequest request, Done done) {
    auto* exchange = new Exchange{.request = std::move(request), .done = std::move(done)};
    exchange->check = &check_;
    bool was_empty = false;
    {
      const std::lock_guard guard{mutex_};
      was_empty = incoming_.empty();
      incoming_.push_back(exchange);
    }
    if (was_empty) wake();
  }

 private:
  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
  }

  void run() {
    std::array<epoll_event, 256> events{};
    while (take_incoming()) {
      const int count =
          epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms());
      int running = 0;
      for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        if (event.data.fd == wake_) {
          std::uint64_t ignored = 0;
          [[maybe_unused]] const auto size = ::read(wake_, &ignored, sizeof ignored);
          continue;
        }
        int flags = 0;
        if (event.events & EPOLLIN) flags |= CURL_CSELECT_IN;
        if (event.events & EPOLLOUT) flags |= CURL_CSELECT_OUT;
        if (event.events & (EPOLLERR | EPOLLHUP)) flags |= CURL_CSELECT_ERR;
        curl_multi_socket_action(multi_, event.data.fd, flags, &running);
      }
      if (timer_set_ && Steady::now() >= timer_) {
        timer_set_ = false;
        curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
      }
      collect();
    }
    for (Exchange* exchange : std::vector<Exchange*>{active_.begin(), active_.end()}) {
      exchange->outcome.error = "shutting_down";
      finish(exchange);
    }
  }

  int wait_ms() const {
    if (!timer_set_) return 1000;
    const auto left = std::chrono::ceil<Millis>(timer_ - Steady::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000));
  }

  /// False when the client is stopping.
  bool take_incoming() {
    std::vector<Exchange*> fresh;
    bool stopping = false;
    {
      const std::lock_guard guard{mutex_};
      fresh.swap(incoming_);
      stopping = stopping_;
    }
    for (Exchange* exchange : fresh) {
      active_.insert(exchange);
      if (!stopping) begin(*exchange);
    }
    return !stopping;
  }

  CURL* fresh_easy() {
    if (pool_.empty()) return curl_easy_init();
    CURL* easy = pool_.back();
    pool_.pop_back();
    curl_easy_reset(easy);
    return easy;
  }

  void begin(Exchange& exchange) {
    exchange.began = Steady::now();
    exchange.outcome.started_at = clock_.now();
    CURL* easy = exchange.easy = fresh_easy();
    const HttpRequest& request = exchange.request;
    for (const auto& [name, value] : request.headers) {
      exchange.headers = curl_slist_append(exchange.headers, (name + ": " + value).c_str());
    }
    exchange.headers = curl_slist_append(exchange.headers, "Expect:");
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange.headers);
    if (request.method == "POST") {
      curl_easy_setopt(easy, CURLOPT_POST, 1L);
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
    } else if (request.method != "GET") {
      curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &on_open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange.error_text.data());
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &exchange);
    curl_multi_add_handle(multi_, easy);
  }

  void collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      Exchange* exchange = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
      long status = 0;
      curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
      if (code == CURLE_OK || exchange->truncated) {
        exchange->outcome.status = static_cast<int>(status);
      } else {
        exchange->outcome.error = describe(*exchange, code);
      }
      finish(exchange);
    }
  }

  void finish(Exchange* exchange) {
    active_.erase(exchange);
    if (exchange->easy) {
      curl_multi_remove_handle(multi_, exchange->easy);
      pool_.push_back(exchange->easy);
    }
    curl_slist_free_all(exchange->headers);
    exchange->outcome.duration = std::chrono::floor<Millis>(Steady::now() - exchange->began);
    exchange->done(std::move(exchange->outcome));
    delete exchange;
  }

  static int on_socket(CURL*, curl_socket_t fd, int what, void* user, void* known) {
    auto& self = *static_cast<Impl*>(user);
    if (what == CURL_POLL_REMOVE) {
      epoll_ctl(self.epoll_, EPOLL_CTL_DEL, fd, nullptr);
      return 0;
    }
    std::uint32_t wanted = 0;
    if (what & CURL_POLL_IN) wanted |= EPOLLIN;
    if (what & CURL_POLL_OUT) wanted |= EPOLLOUT;
    epoll_event event{.events = wanted, .data = {.fd = fd}};
    epoll_ctl(self.epoll_, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    curl_multi_assign(self.multi_, fd, user);
    return 0;
  }

  static int on_timer(CURLM*, long timeout_ms, void* user) {
    auto& self = *static_cast<Impl*>(user);
    self.timer_set_ = timeout_ms >= 0;
    self.timer_ = Steady::now() + Millis{timeout_ms};
    return 0;
  }

  const Clock& clock_;
  const AddressCheck check_;
  CURLM* multi_ = nullptr;
  int epoll_ = -1;
  int wake_ = -1;
  std::mutex mutex_;
  std::vector<Exchange*> incoming_;
  bool stopping_ = false;
  std::unordered_set<Exchange*> active_;
  std::vector<CURL*> pool_;
  bool timer_set_ = false;
  Steady::time_point timer_{};
  std::thread thread_;
};

CurlClient::CurlClient(const Clock& clock, AddressCheck check)
    : impl_(std::make_unique<Impl>(clock, std::move(check))) {}
CurlClient::~CurlClient() = default;

void CurlClient::start(HttpRequest request, Done done) {
  impl_->start(std::move(request), std::move(done));
}

}  // namespace malote::net
