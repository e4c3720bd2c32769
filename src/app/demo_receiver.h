// A stand-in for the user's application: an HTTP server that checks the signature of every
// delivery and answers as told. For `malote demo`.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "net/http_server.h"

namespace malote::app {

struct DemoReceipt {
  std::string path{};
  std::string delivery_id{};
  std::string event_id{};
  std::string type{};
  int attempt = 0;
  int answered = 0;
  bool signature_good = false;  // X-CodeSpar-Signature, over the whole body
  bool standard_good = false;   // webhook-signature, over id.timestamp.body
  std::chrono::steady_clock::time_point at{};
};

class DemoReceiver {
 public:
  DemoReceiver();

  std::string url(const std::string& path) const { return "http://" + server_.address() + path; }
  /// What deliveries to `path` are signed with.
  void expect_secret(const std::string& path, const std::string& secret);
  /// The statuses to answer on `path`, in turn; the last one goes on. Default: 200.
  void answer_with(const std::string& path, std::vector<int> statuses);
  /// Waits until `path` has had `count` deliveries; false after ten seconds.
  bool wait_for(const std::string& path, std::size_t count);
  std::vector<DemoReceipt> receipts(const std::string& path) const;

 private:
  void handle(const Request& request, const Respond& respond);

  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::map<std::string, std::string> secrets_;
  std::map<std::string, std::vector<int>> answers_;
  std::map<std::string, std::vector<DemoReceipt>> receipts_;
  net::HttpServer server_;
};

}  // namespace malote::app
