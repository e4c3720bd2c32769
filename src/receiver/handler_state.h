// What a WebhookHandler consists of; the Builder fills it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "malote/receiver/webhook_handler.h"
#include "receiver/dispatch.h"
#include "receiver/worker_threads.h"

namespace malote::receiver {

struct WebhookHandler::State {
  explicit State(Scheme s) : scheme(std::move(s)) {}
  ~State();

  // Set by the Builder, not changed afterwards.
  Scheme scheme;
  std::vector<std::optional<std::string>> secrets{};
  std::function<std::vector<std::string>(const Hints&)> look_up{};
  VerifyOptions verify{};
  std::optional<Verifier> verifier{};
  Dispatch dispatch{};
  std::vector<std::string> registered_twice{};
  std::function<void(const VerifyError&, const Request&)> on_refused{};
  std::function<void(const Event*, std::string_view)> on_error{}, on_parked{};
  std::shared_ptr<IdempotencyStore> store{};
  DedupeOptions dedupe{};
  std::shared_ptr<Inbox> inbox{};
  std::size_t max_body = 1024 * 1024;
  std::chrono::milliseconds budget{8000};
  bool park_unreadable = false;
  bool gone = false;

  std::thread inbox_thread{};
  std::atomic<bool> stopped{false};
  std::mutex settled_mutex{};
  std::condition_variable settled{};  // a claim of this process has its outcome
  WorkerThreads threads{};            // last, so that it ends first: handlers use all of the above

  Response handle(const Request& request);
  void start();

 private:
  struct Job;
  std::optional<Response> check_envelope(const Request& request) const;
  std::optional<VerifyError> verify_request(const Request& request, Verified& verified,
                                            std::optional<Response>& answer) const;
  Response refuse(const VerifyError& error, const Request& request) const;
  Response unreadable(const std::string& why, const Request& request);
  Response keep(const Event& event);
  std::optional<Response> claim(Job& job);
  Response run(const std::shared_ptr<Job>& job);
  Response settle(Job& job, const Handled& handled);
  Response answer_of(const Handled& handled) const;
  void work_inbox();
  void report(const Event* event, std::string_view what) const;
  void tell_parked(const Event* event, std::string_view reason) const;
};

}  // namespace malote::receiver
