// A running command and what is under way with it: JSON-RPC 2.0 messages, one a line, on its
// standard input and output, as the Model Context Protocol wants it. Requests and answers have the
// form of HTTP ones; the session's id, the header Mcp-Session-Id, is this run of the command.
//
// The command is asked to initialize once; whoever asks again gets the same answer. What it asks
// is refused, but for a ping. What it says on its standard error goes to the log. When a call ran
// out it is pinged itself; one that sends no message for long then is ended.
//
// Belongs to the thread of its loop.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/json.h"
#include "net/child_process.h"
#include "net/command_log.h"
#include "net/event_loop.h"
#include "net/line_reader.h"
#include "ports/clock.h"
#include "ports/http_client.h"

namespace malote::net {

using Steady = std::chrono::steady_clock;

struct CommandLimits {
  std::size_t line = 4 << 20;    // bytes of one message of the command
  std::size_t unread = 8 << 20;  // bytes that wait for it to read them
  Millis opening{120'000};       // until its first answer, or it is ended
  Millis silence{900'000};       // from a call that ran out to its next message, or it is ended
  Millis patience{2'000};        // from closing its input to SIGTERM, and from there to SIGKILL
  Millis first_wait{1'000};      // before a command that ended is started again; doubles
  Millis longest_wait{60'000};   // up to here
  Millis steady{60'000};         // after so long it counts as one that works
  Millis between_lists{10'000};  // when it says again and again that its tools have changed
};

class CommandSession {
 public:
  struct Whose {
    std::string session{};  // its id
    const CommandLimits& limits;
  };

  CommandSession(Whose whose, std::unique_ptr<ChildProcess> child, EventLoop& loop,
                 const Clock& clock, CommandLog& log);
  ~CommandSession();
  CommandSession(const CommandSession&) = delete;
  CommandSession& operator=(const CommandSession&) = delete;

  const std::string& id() const { return whose_.session; }

  /// `done` may be called from inside, for what needs no answer of the command.
  void send(const HttpRequest& request, HttpClient::Done done);

  /// Ends the command: closes its input, then SIGTERM, then SIGKILL.
  void end();
  /// The same, as soon as nothing is under way.
  void end_when_idle();
  bool is_ending() const { return stage_ != Stage::none; }

  /// The command has ended: its wait status. All that was under way is answered.
  std::optional<int> over() const { return over_; }
  bool was_opened() const { return !opening_.empty(); }
  /// Whether it said since the last question that its tools have changed.
  bool take_changed() { return std::exchange(changed_, false); }

  /// Of a descriptor that may be one of the command's.
  void on_ready(int fd, unsigned events);
  void on_time(Steady::time_point now);
  Steady::time_point due() const;  // when on_time() is to be called

 private:
  enum class Stage { none, wanted, input_closed, terminated, killed };
  struct Message {
    std::string text{};
    std::string id{};  // of a request
    std::size_t written = 0;
  };
  struct Pending {
    HttpClient::Done done{};
    HttpOutcome outcome{};
    Steady::time_point began{}, deadline{};
    std::size_t limit = 0;  // of the answer
    bool opens = false;
  };
  using PendingMap = std::map<std::string, Pending, std::less<>>;  // by the request's id

  void open(const std::string& id, const std::string& body, Pending pending);
  void write(std::string text, std::string id = {});
  void flush();
  void read_output();
  void read_errors();
  void on_line(std::string_view line, bool whole);
  void on_message(json::View message);
  void on_question(json::View message);
  void note(std::string_view what, std::string_view line);
  void time_out(PendingMap::iterator pending);
  void expect_a_word();
  bool withdraw(std::string_view id);
  void settle(PendingMap::iterator pending, HttpOutcome outcome);
  void go_on_ending(Steady::time_point now);
  void check_end();

  const Whose whose_;
  const std::unique_ptr<ChildProcess> child_;
  EventLoop& loop_;
  const Clock& clock_;
  CommandLog& log_;
  LineReader lines_, error_lines_;
  std::deque<Message> unread_{};
  std::size_t unread_bytes_ = 0;
  bool is_full_ = false;  // it reads slower than is written
  PendingMap pending_{};
  std::string opening_id_{};  // of the request that asked it to initialize
  std::string opening_{};     // the answer
  int noise_ = 0;
  int pings_ = 0;
  bool is_told_ = false;  // that the session is taken up
  bool changed_ = false;
  Steady::time_point open_by_{};
  std::optional<Steady::time_point> speak_by_{};  // since a call ran out it has said nothing
  Stage stage_ = Stage::none;
  Steady::time_point next_stage_{};
  std::optional<int> over_{};
};

}  // namespace malote::net
