// Which payments were dealt with: a file with one id per line, synced before the webhook is
// answered. An application with a database keeps a unique column there instead.
#pragma once

#include <mutex>
#include <set>
#include <string>

class ProcessedPayments {
 public:
  /// Reads the file, or begins it. Throws std::runtime_error when it cannot be opened.
  explicit ProcessedPayments(const std::string& file);
  ~ProcessedPayments();
  ProcessedPayments(const ProcessedPayments&) = delete;
  ProcessedPayments& operator=(const ProcessedPayments&) = delete;

  enum class Claim { granted, running, done };

  /// Any thread. What is granted must be finished or released.
  Claim claim(const std::string& payment);
  /// Durable when it returns; throws std::runtime_error when that failed.
  void finish(const std::string& payment);
  void release(const std::string& payment);

 private:
  int file_;
  std::mutex mutex_;
  std::set<std::string> done_;
  std::set<std::string> running_;
};
