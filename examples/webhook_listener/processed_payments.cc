#include "processed_payments.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

ProcessedPayments::ProcessedPayments(const std::string& file)
    : file_(open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) {
  if (file_ < 0) {
    throw std::runtime_error{"cannot open " + file + ": " + std::strerror(errno)};
  }
  std::ifstream lines{file};
  for (std::string line; std::getline(lines, line);) done_.insert(line);
}

ProcessedPayments::~ProcessedPayments() { close(file_); }

ProcessedPayments::Claim ProcessedPayments::claim(const std::string& payment) {
  const std::lock_guard guard{mutex_};
  if (done_.contains(payment)) return Claim::done;
  return running_.insert(payment).second ? Claim::granted : Claim::running;
}

void ProcessedPayments::finish(const std::string& payment) {
  const std::lock_guard guard{mutex_};
  const std::string line = payment + "\n";
  if (write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
      fdatasync(file_) != 0) {
    throw std::runtime_error{std::string{"cannot note a payment: "} + std::strerror(errno)};
  }
  done_.insert(payment);
  running_.erase(payment);
}

void ProcessedPayments::release(const std::string& payment) {
  const std::lock_guard guard{mutex_};
  running_.erase(payment);
}
