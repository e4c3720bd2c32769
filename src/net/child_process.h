// A program that the gateway starts: in a process group of its own, with three pipes, an
// environment of its own, and nothing else of the gateway's: no open file, no signal setting.
//
// Not thread-safe. Descriptors are non-blocking and belong to the object.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace malote::net {

/// What to start. No shell reads it.
struct Command {
  std::vector<std::string> arguments{};    // the program first: a path, or a name in PATH
  std::vector<std::string> environment{};  // "NAME=value": all that it gets
  std::string folder{};                    // that it is run in; empty: the gateway's own
  std::vector<std::string> secrets{};      // of the environment; hidden in what is logged

  bool operator==(const Command&) const = default;
};

/// The wait status of a process that nobody saw end.
inline constexpr int kUnknownEnd = -1;

/// "exit status 3", "signal 9 (Killed)": what a wait status says.
std::string describe_end(int wait_status);

/// A descriptor that is closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { close(); }

  int get() const { return fd_; }  // -1: closed
  int release();
  void close();

 private:
  int fd_ = -1;
};

class ChildProcess {
 public:
  /// The error says which part of the definition is at fault, and what to do.
  static Result<std::unique_ptr<ChildProcess>> start(const Command& command);
  /// Kills what is still running, and waits for it.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  int id() const { return id_; }
  Descriptor& input() { return input_; }    // to write: its standard input
  Descriptor& output() { return output_; }  // to read
  Descriptor& errors() { return errors_; }  // to read
  Descriptor& exit() { return exit_; }      // can be read once it has ended

  /// To all of its group, and to itself if it has left that.
  void signal(int number) const;
  /// Its wait status once it has ended; what is left of its group is then killed. Does not wait.
  std::optional<int> reap();

 private:
  ChildProcess() = default;

  int id_ = -1;  // -1: reaped
  Descriptor input_{}, output_{}, errors_{}, exit_{};
};

}  // namespace malote::net
