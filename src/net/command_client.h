// Servers that are started as a command, as if they were reached over HTTP: stands before the HTTP
// client, takes the requests whose URL is "stdio:<name>", and passes on all others.
//
// A command is started when it is first asked, and again after it has ended: at once when it had
// worked, then after a wait that doubles. An outcome tells what became of a request as an HTTP
// exchange would: "connect: …" where nothing was sent; 404 where its session's command is gone, so
// that a new session is opened; any other error where the command may have done it.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "net/command_session.h"

namespace malote::net {

class CommandClient final : public HttpClient {
 public:
  using Commands = std::map<std::string, Command, std::less<>>;  // by name
  /// Told of a server that says that its tools have changed; on this client's thread.
  using OnChanged = std::function<void(const std::string& name)>;

  CommandClient(const Clock& clock, HttpClient& network, OnChanged on_changed,
                CommandLimits limits = {});
  /// As stop().
  ~CommandClient() override;

  /// These and no others are there from now on. One that was and is different, or is no more, is
  /// ended once what is under way with it has been answered. Any thread.
  void set(Commands commands);

  /// Any thread. `done` is called on this client's thread, or the network's.
  void start(HttpRequest request, Done done) override;
  bool is_there(std::string_view url) override { return network_.is_there(url); }

  /// Ends all commands, which takes twice the limits' patience at most; after it returns no `done`
  /// is called any more by this client, and none of its processes is there. Not thread-safe.
  void stop();

 private:
  struct Waiting {
    HttpRequest request{};
    Done done{};
    Steady::time_point until{};
  };
  struct Server {
    Command command{};
    std::shared_ptr<CommandLog> log{};
    std::unique_ptr<CommandSession> session{};
    Timestamp started_at{};
    Timestamp start_again{};  // not before
    int failures = 0;         // in a row
    std::string last_end{};   // why it is not started at once
    bool is_changed = false;
    Steady::time_point tell_changed{};  // not before
    std::vector<Waiting> waiting{};     // for its command to end
  };
  struct Ending {  // a session that nothing is sent to any more
    std::string name{};
    std::shared_ptr<CommandLog> log{};
    std::unique_ptr<CommandSession> session{};
  };

  void run();
  void replace(Commands& commands);
  void exchange(HttpRequest request, Done done);
  std::string start_command(const std::string& name, Server& server);
  void retire(const std::string& name, Server& server);
  void refuse_waiting(Server& server, Steady::time_point until, const std::string& error);
  void end_all();
  void on_ready(int fd, unsigned events);
  void on_time();
  void end_if_over(const std::string& name, Server& server);
  Millis left() const;

  const Clock& clock_;
  HttpClient& network_;
  const OnChanged on_changed_;
  const CommandLimits limits_;
  EventLoop loop_;
  std::map<std::string, Server, std::less<>> servers_;
  std::vector<Ending> endings_;
  std::int64_t sessions_ = 0;  // that were opened so far
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace malote::net
