// The composition root: builds everything top to bottom, runs the threads, stops them in order.
//
//   I/O threads    net::HttpServer: sockets, parsing; verification and publishing run here
//   workers        requests that read the store
//   writer         store::SqliteStore: group commit
//   dispatcher     engine::Dispatcher on a net::EventLoop
//   HTTP client    net::HttpThread
//   upkeep         retention
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/config.h"
#include "engine/access.h"

namespace malote::app {

class Gateway {
 public:
  /// Opens the store and listens. Throws std::runtime_error with a message for a person.
  explicit Gateway(const Config& config);
  ~Gateway();

  void start();
  /// Refuses new work, finishes what is in flight, closes the store.
  void stop();

  /// Reads the folders of own data and the TLS certificate again. Any thread.
  void reload_data();

  std::string address() const;  // "127.0.0.1:8080"
  std::string url() const;      // "https://127.0.0.1:8080"
  /// The API key that was made at first start; shown once.
  const std::optional<engine::CreatedKey>& first_key() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace malote::app
