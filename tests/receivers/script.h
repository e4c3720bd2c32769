// What a session of the vectors wants of the store and of the handler, step by step.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "malote/json.h"
#include "malote/receiver/idempotency_store.h"
#include "malote/receiver/messages.h"

/// Shared by the store and the handler of one session; any thread.
class Script {
 public:
  explicit Script(const malote::Json& steps) {
    for (const auto& step : steps.elements()) {
      store_.push_back(step["store"].as_string());
      if (step["ran"].as_bool()) handler_.push_back(step["handler"].as_string());
    }
  }

  /// A claim is asked for.
  void begin() {
    const std::lock_guard guard{mutex_};
    const std::size_t n = begun_++;
    changed_.notify_all();
    if (n < store_.size() && store_[n] == "down") throw std::runtime_error{"the store is down"};
  }

  void run(const malote::receiver::Context& context) {
    std::unique_lock lock{mutex_};
    if (run_ >= handler_.size())
      throw std::logic_error{"the handler ran more often than it should"};
    const std::string what = handler_[run_++];
    if (what == "throw") throw std::runtime_error{"the handler was told to fail"};
    if (what == "slow") changed_.wait(lock, [&] { return begun_ >= 2; });  // until a copy is here
    if (what == "hang") changed_.wait(lock, context.stop, [] { return false; });
  }

 private:
  std::mutex mutex_{};
  std::condition_variable_any changed_{};
  std::vector<std::string> store_{};
  std::vector<std::string> handler_{};
  std::size_t begun_ = 0;
  std::size_t run_ = 0;
};

class ScriptedStore : public malote::receiver::IdempotencyStore {
 public:
  explicit ScriptedStore(std::shared_ptr<Script> script) : script_(std::move(script)) {}
  malote::receiver::Claim begin(std::string_view key, std::chrono::seconds lease) override {
    script_->begin();
    return memory_->begin(key, lease);
  }
  void commit(std::string_view key, std::uint64_t token, std::chrono::seconds ttl) override {
    memory_->commit(key, token, ttl);
  }
  void abort(std::string_view key, std::uint64_t token) override { memory_->abort(key, token); }

 private:
  std::shared_ptr<Script> script_;
  std::shared_ptr<malote::receiver::IdempotencyStore> memory_ = malote::receiver::memory_store();
};
