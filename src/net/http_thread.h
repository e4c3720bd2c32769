// The HTTP client on a thread of its own, so that sending does not take the dispatcher's time: on
// two cores the two together are worth more than one thread that saves the hop.
#pragma once

#include <atomic>
#include <thread>

#include "net/curl_client.h"

namespace malote::net {

class HttpThread final : public HttpClient {
 public:
  HttpThread(const Clock& clock, AddressCheck check);
  /// Ends what is under way without calling `done`.
  ~HttpThread() override;

  /// After it returns no `done` is called any more. The destructor does it, too; not thread-safe.
  void stop();

  /// Any thread. `done` is called on this client's thread.
  void start(HttpRequest request, Done done) override;

 private:
  void run();

  EventLoop loop_;
  CurlClient client_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace malote::net
