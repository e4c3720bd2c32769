#include "net/curl_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"

namespace malote::net {

namespace {

using Steady = std::chrono::steady_clock;

/// One exchange and its libcurl handle. Kept and used again: setting a handle up costs more than
/// a small request.
struct Exchange {
  explicit Exchange(const AddressCheck& address_check);
  ~Exchange() { curl_easy_cleanup(easy); }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  const AddressCheck& check;
  CURL* easy;
  bool active = false;
  HttpRequest request{};
  HttpClient::Done done{};
  HttpOutcome outcome{};
  std::string blocked{};     // why an address was refused …
  bool let_through = false;  // … though another one was not
  bool short_of_sockets = false;
  std::size_t received = 0;
  bool truncated = false;
  bool whole = false;
  Steady::time_point began{};
  std::vector<std::string> lines{};   // the header lines …
  std::vector<curl_slist> headers{};  // … and the list of them that libcurl walks
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
  exchange.whole = exchange.request.is_whole && exchange.request.is_whole(kept);
  if (exchange.whole) return 0;
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
  keep_header(line, "Mcp-Session-Id", outcome.mcp_session);
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

/// As libcurl reads it, so that what is checked is what is connected to.
std::string host_of(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parts{curl_url(), &curl_url_cleanup};
  char* host = nullptr;
  if (!parts || curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return {};
  if (curl_url_get(parts.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owner{host, &curl_free};
  return host;
}

bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/// A resolver that finds no socket only says that it did not find the name.
bool is_short_of_sockets() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return is_shortage(errno);
  ::close(fd);
  return false;
}

/// The last gate: what the name resolved to, at the moment of connecting.
curl_socket_t on_open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(user);
  std::string reason = exchange.check(host_of(exchange.request.url), address_text(address->addr));
  if (!reason.empty()) {
    exchange.blocked = std::move(reason);
    return CURL_SOCKET_BAD;
  }
  exchange.let_through = true;
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  exchange.short_of_sockets = fd < 0 && is_shortage(errno);
  return fd;
}

/// libcurl sends a request again, up to five times, when a kept connection closes without an
/// answer. The second time is enough: it goes over a new connection, after which libcurl gives up.
int on_send(void* user, char*, char*, int, int) {
  curl_easy_setopt(static_cast<Exchange*>(user)->easy, CURLOPT_FRESH_CONNECT, 1L);
  return CURL_PREREQFUNC_OK;
}

std::string describe(const Exchange& exchange, CURLcode code) {
  if (!exchange.blocked.empty() && !exchange.let_through) {
    return "ssrf_blocked:" + exchange.blocked;
  }
  if (code == CURLE_OPERATION_TIMEDOUT) return "timeout";
  std::string text = exchange.error_text[0] ? exchange.error_text.data() : curl_easy_strerror(code);
  return text.substr(0, 256);
}

Exchange::Exchange(const AddressCheck& address_check)
    : check(address_check), easy(curl_easy_init()) {
  MALOTE_CHECK(easy != nullptr, "libcurl must give a handle");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // Without it a transfer that times out waits for its resolver thread, and all others with it.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &on_send);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &on_open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_text.data());
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
}

}  // namespace

class CurlClient::Impl {
 public:
  Impl(const Clock& clock, EventLoop& loop, AddressCheck check)
      : clock_(clock), loop_(loop), check_(std::move(check)) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    MALOTE_CHECK(initialised == CURLE_OK, "libcurl must start");
    multi_ = curl_multi_init();
    MALOTE_CHECK(multi_ != nullptr, "libcurl must start");
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Impl::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Impl::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 1024L);
    loop_.set_handler([this](int fd, unsigned events) { on_ready(fd, events); });
  }

  ~Impl() {
    loop_.set_handler({});
    for (const auto& exchange : all_) {
      if (exchange->active) curl_multi_remove_handle(multi_, exchange->easy);
    }
    curl_multi_cleanup(multi_);
  }

  void start(HttpRequest request, Done done) {
    Exchange& exchange = take();
    exchange.active = true;
    exchange.request = std::move(request);
    exchange.done = std::move(done);
    exchange.outcome = {};
    exchange.blocked.clear();
    exchange.let_through = false;
    exchange.short_of_sockets = false;
    exchange.received = 0;
    exchange.truncated = exchange.whole = false;
    exchange.error_text[0] = '\0';
    exchange.began = Steady::now();
    exchange.outcome.started_at = clock_.now();
    set_up(exchange);
    curl_multi_add_handle(multi_, exchange.easy);
  }

  Millis due() const {
    if (!timer_set_) return Millis{1000};
    return std::clamp(std::chrono::ceil<Millis>(timer_ - Steady::now()), Millis{0}, Millis{1000});
  }

  void poll() {
    if (timer_set_ && Steady::now() >= timer_) {
      timer_set_ = false;
      int running = 0;
      curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    collect();
  }

 private:
  Exchange& take() {
    if (free_.empty()) {
      all_.push_back(std::make_unique<Exchange>(check_));
      return *all_.back();
    }
    Exchange* exchange = free_.back();
    free_.pop_back();
    return *exchange;
  }

  /// What differs from request to request; the rest was set when the handle was made.
  static void set_up(Exchange& exchange) {
    const HttpRequest& request = exchange.request;
    exchange.lines.clear();
    for (const auto& [name, value] : request.headers) exchange.lines.push_back(name + ": " + value);
    exchange.lines.emplace_back("Expect:");
    exchange.headers.resize(exchange.lines.size());
    for (std::size_t i = 0; i < exchange.lines.size(); ++i) {
      const bool last = i + 1 == exchange.lines.size();
      exchange.headers[i] = {exchange.lines[i].data(), last ? nullptr : &exchange.headers[i + 1]};
    }
    CURL* easy = exchange.easy;
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request.once ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange.headers.data());
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    if (request.method == "GET") {
      curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    } else {
      curl_easy_setopt(easy, CURLOPT_POST, 1L);
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
    }
    curl_easy_setopt(
        easy, CURLOPT_CUSTOMREQUEST,
        request.method == "GET" || request.method == "POST" ? nullptr : request.method.c_str());
  }

  void on_ready(int fd, unsigned events) {
    int flags = 0;
    if (events & EPOLLIN) flags |= CURL_CSELECT_IN;
    if (events & EPOLLOUT) flags |= CURL_CSELECT_OUT;
    if (events & (EPOLLERR | EPOLLHUP)) flags |= CURL_CSELECT_ERR;
    int running = 0;
    curl_multi_socket_action(multi_, fd, flags, &running);
  }

  void collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      char* owner = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
      Exchange& exchange = *reinterpret_cast<Exchange*>(owner);
      long status = 0;
      curl_easy_getinfo(exchange.easy, CURLINFO_RESPONSE_CODE, &status);
      if (code == CURLE_OK || exchange.truncated || exchange.whole) {
        exchange.outcome.status = static_cast<int>(status);
      } else {
        exchange.outcome.error = describe(exchange, code);
        exchange.outcome.local = exchange.short_of_sockets ||
                                 (code == CURLE_COULDNT_RESOLVE_HOST && is_short_of_sockets());
      }
      finish(exchange);
    }
  }

  void finish(Exchange& exchange) {
    curl_multi_remove_handle(multi_, exchange.easy);
    exchange.outcome.duration = std::chrono::floor<Millis>(Steady::now() - exchange.began);
    exchange.active = false;
    exchange.request = {};  // its body may be large, and the handle is kept
    const Done done = std::move(exchange.done);
    HttpOutcome outcome = std::move(exchange.outcome);
    free_.push_back(&exchange);
    done(std::move(outcome));
  }

  static int on_socket(CURL*, curl_socket_t fd, int what, void* user, void* known) {
    auto& self = *static_cast<Impl*>(user);
    if (what == CURL_POLL_REMOVE) {
      self.loop_.unwatch(fd);
      return 0;
    }
    unsigned wanted = 0;
    if (what & CURL_POLL_IN) wanted |= EPOLLIN;
    if (what & CURL_POLL_OUT) wanted |= EPOLLOUT;
    self.loop_.watch(fd, wanted, known != nullptr);
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
  EventLoop& loop_;
  const AddressCheck check_;
  CURLM* multi_ = nullptr;
  std::vector<std::unique_ptr<Exchange>> all_;
  std::vector<Exchange*> free_;
  bool timer_set_ = false;
  Steady::time_point timer_{};
};

CurlClient::CurlClient(const Clock& clock, EventLoop& loop, AddressCheck check)
    : impl_(std::make_unique<Impl>(clock, loop, std::move(check))) {}
CurlClient::~CurlClient() = default;

void CurlClient::start(HttpRequest request, Done done) {
  impl_->start(std::move(request), std::move(done));
}
Millis CurlClient::due() const { return impl_->due(); }
void CurlClient::poll() { impl_->poll(); }

}  // namespace malote::net
