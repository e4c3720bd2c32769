#include "net/command_client.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <future>

namespace malote::testing {
namespace {

using namespace std::chrono_literals;

/// A server of the protocol in a few lines of sh; what each method does is in its name.
constexpr const char* kServer = R"sh(
answer() { printf '{"result":%s,"jsonrpc":"2.0","id":"%s"}\n' "$2" "$1"; }
while IFS= read -r line; do
  id=${line#*'"id":"'}; id=${id%%'"'*}
  case $line in
    *'"method":"initialize"'*) inits=x$inits
      answer "$id" "{\"inits\":\"$inits\",\"pid\":$$,\"protocolVersion\":\"1\"}" ;;
    *'"method":"echo"'*) answer "$id" "$line" ;;
    *'"method":"environment"'*) answer "$id" "\"$(env | tr '\n' ';')$(pwd)\"" ;;
    *'"method":"hold"'*) held=$id ;;
    *'"method":"let_go"'*) answer "$held" 1; answer "$id" 2 ;;
    *'"method":"notifications/cancelled"'*) cancelled=$line ;;
    *'"method":"which_was_cancelled"'*) answer "$id" "$cancelled" ;;
    *'"method":"ping"'*) pinged=\"$id\"; answer "$id" {} ;;
    *'"method":"was_pinged"'*) answer "$id" "${pinged:-false}" ;;
    *'"method":"noise"'*) echo 'listening ...'; echo; answer "$id" 1 ;;
    *'"method":"long"'*)
      printf '{"result":"'; head -c 20000 /dev/zero | tr '\0' x; printf '","id":"%s"}\n' "$id" ;;
    *'"method":"ask"'*)
      echo '{"jsonrpc":"2.0","id":7,"method":"ping"}'; IFS= read -r pong
      echo '{"jsonrpc":"2.0","id":"s","method":"sampling/createMessage"}'; IFS= read -r refused
      answer "$id" "[$pong,$refused]" ;;
    *'"method":"change"'*)
      echo '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'; answer "$id" 1 ;;
    *'"method":"batch"'*) printf '[{"id":"%s","jsonrpc":"2.0","result":1}]\n' "$id" ;;
    *'"method":"fail"'*) echo "no disk, t0ps3cret" >&2; exit 3 ;;
    *'"method":"die"'*) kill -9 $$ ;;
    *'"method":"close"'*) exec 1>&- ;;
  esac
done
)sh";
constexpr const char* kStubborn = R"sh(
trap '' TERM
read -r line
printf '{"jsonrpc":"2.0","id":"initialize","result":{"pid":%s,"protocolVersion":"1"}}\n' $$
tail -f /dev/null
)sh";

/// Moved by the test while the client reads it.
struct MovedClock final : Clock {
  std::atomic<std::int64_t> ms = 1'776'859'200'000;
  Timestamp now() const override { return from_ms(ms); }
};

struct Network final : HttpClient {
  void start(HttpRequest request, Done done) override {
    done({.status = 200, .body = request.url});
  }
};

class CommandClientTest : public ::testing::Test {
 protected:
  static net::Command shell(const std::string& script) {
    return {.arguments = {"sh", "-c", script},
            .environment = {"PATH=/usr/bin:/bin", "TOKEN=t0ps3cret"},
            .folder = "/",
            .secrets = {"t0ps3cret"}};
  }
  void define(const std::string& script) { client.set({{"crm", shell(script)}}); }

  std::future<HttpOutcome> begin(const std::string& method, const std::string& id,
                                 const std::string& session, Millis timeout = 60s) {
    HttpRequest request{.url = "stdio:crm", .timeout = timeout, .response_limit = 100'000};
    if (!session.empty()) request.headers.emplace_back("Mcp-Session-Id", session);
    request.body = R"({"jsonrpc":"2.0",)" + (id.empty() ? "" : R"("id":")" + id + R"(",)") +
                   R"("method":")" + method + R"("})";
    return start(std::move(request));
  }
  std::future<HttpOutcome> start(HttpRequest request) {
    const auto promise = std::make_shared<std::promise<HttpOutcome>>();
    client.start(std::move(request), [promise](HttpOutcome one) { promise->set_value(one); });
    return promise->get_future();
  }
  static HttpOutcome ask(net::CommandClient& client, const std::string& body, Millis timeout) {
    std::promise<HttpOutcome> answered;
    client.start({.url = "stdio:crm", .body = body, .timeout = timeout, .response_limit = 1000},
                 [&](HttpOutcome one) { answered.set_value(std::move(one)); });
    return answered.get_future().get();
  }
  HttpOutcome open() { return begin("initialize", "initialize", "").get(); }
  HttpOutcome call(const std::string& method, const std::string& session, Millis timeout = 60s) {
    return begin(method, "r" + std::to_string(++requests), session, timeout).get();
  }
  static int pid_in(const HttpOutcome& opened) {
    const auto at = opened.body.find("\"pid\":");
    return at == std::string::npos ? 0 : std::stoi(opened.body.substr(at + 6));
  }
  static bool is_gone(int pid) { return ::kill(pid, 0) != 0 && errno == ESRCH; }

  int requests = 0;
  MovedClock clock;
  Network network;
  std::promise<std::string> changed;
  net::CommandClient client{clock,
                            network,
                            [this](const std::string& name) { changed.set_value(name); },
                            {.line = 8192, .unread = 400'000, .patience = 1ms}};
};

TEST_F(CommandClientTest, IsAskedAsOverHttp) {
  define(kServer);
  const auto opened = open();
  EXPECT_EQ(opened.status, 200) << opened.error;
  EXPECT_FALSE(opened.mcp_session.empty());
  EXPECT_EQ(begin("notifications/initialized", "", opened.mcp_session).get().status, 202);
  const auto echo = call("echo", opened.mcp_session);
  EXPECT_EQ(echo.status, 200) << echo.error;
  EXPECT_NE(echo.body.find(R"("method":"echo")"), std::string::npos) << echo.body;
  EXPECT_EQ(call("batch", opened.mcp_session).body, R"({"id":"r2","jsonrpc":"2.0","result":1})");
}

TEST_F(CommandClientTest, OtherAddressesGoToTheNetwork) {
  EXPECT_EQ(start({.url = "https://crm.example/mcp"}).get().body, "https://crm.example/mcp");
  EXPECT_EQ(start({.url = "stdio:unknown"}).get().error, "connect: there is no command unknown");
}

TEST_F(CommandClientTest, InitializesACommandOnce) {
  define(kServer);
  const auto first = open(), again = open();
  EXPECT_EQ(again.mcp_session, first.mcp_session);
  EXPECT_EQ(again.body, first.body);
  EXPECT_NE(again.body.find(R"("inits":"x")"), std::string::npos) << again.body;
}

TEST_F(CommandClientTest, GivesACommandItsOwnEnvironmentAndFolderOnly) {
  ::setenv("MALOTE_TEST_LEAK", "1", 1);
  define(kServer);
  const auto told = call("environment", open().mcp_session).body;
  EXPECT_NE(told.find("TOKEN=t0ps3cret;"), std::string::npos) << told;
  EXPECT_EQ(told.find("MALOTE"), std::string::npos) << told;
  EXPECT_NE(told.find(R"(;/")"), std::string::npos) << told;
  ::unsetenv("MALOTE_TEST_LEAK");
}

TEST_F(CommandClientTest, LineEndsWithinARequestDoNotCutIt) {
  define(kServer);
  HttpRequest request{.url = "stdio:crm",
                      .headers = {{"Mcp-Session-Id", open().mcp_session}},
                      .body = "{\"id\":\"r\",\n\"method\":\"echo\",\r\n\"params\":{}}",
                      .timeout = 60s,
                      .response_limit = 1000};
  EXPECT_EQ(start(request).get().status, 200);
}

TEST_F(CommandClientTest, AnAnswerThatComesTooLateIsThrownAwayAndTheRequestCancelled) {
  define(kServer);
  const std::string session = open().mcp_session;
  EXPECT_EQ(begin("hold", "held", session, 1ms).get().error, "timeout");
  const auto after = call("let_go", session);
  EXPECT_NE(after.body.find(R"("result":2)"), std::string::npos) << after.body;
  const auto cancelled = call("which_was_cancelled", session).body;
  EXPECT_NE(cancelled.find(R"("requestId":"held")"), std::string::npos) << cancelled;
}

TEST_F(CommandClientTest, ACommandWhoseCallRanOutIsPinged) {
  define(kServer);
  const auto session = open().mcp_session;
  EXPECT_NE(call("was_pinged", session).body.find("false"), std::string::npos);
  EXPECT_EQ(call("hold", session, 1ms).error, "timeout");
  const auto pinged = call("was_pinged", session).body;
  EXPECT_NE(pinged.find("ping-1"), std::string::npos) << pinged;
  EXPECT_EQ(open().mcp_session, session);
}

constexpr const char* kOpen = R"({"jsonrpc":"2.0","id":"initialize","method":"initialize"})";
constexpr const char* kHang = R"({"jsonrpc":"2.0","id":"1","method":"hang"})";

TEST_F(CommandClientTest, ACommandThatSaysNothingMoreIsEndedAndStartedAnew) {
  net::CommandClient impatient{clock, network, {}, {.silence = 1ms, .patience = 1ms}};
  impatient.set({{"crm", shell(kStubborn)}});
  const int first = pid_in(ask(impatient, kOpen, 60s));
  ASSERT_GT(first, 0);
  EXPECT_EQ(ask(impatient, kHang, 1ms).error, "timeout");
  int second = first;
  while (second == first) second = pid_in(ask(impatient, kOpen, 60s));  // until it has ended
  EXPECT_GT(second, 0);
  EXPECT_TRUE(is_gone(first));
}

TEST_F(CommandClientTest, NobodyWaitsForEverForACommandToEnd) {
  net::CommandClient patient{clock, network, {}, {.silence = 1ms, .patience = 3s}};
  patient.set({{"crm", shell(kStubborn)}});
  const int pid = pid_in(ask(patient, kOpen, 60s));
  ASSERT_GT(pid, 0);
  EXPECT_EQ(ask(patient, kHang, 1ms).error, "timeout");
  HttpOutcome waited;
  while (waited.error.empty()) waited = ask(patient, kOpen, 1ms);  // until it is being ended
  EXPECT_EQ(waited.error, "connect: its command is being ended, and does not end");
  ::kill(pid, SIGKILL);
}

TEST_F(CommandClientTest, RequestsBesideEachOtherGetTheirOwnAnswers) {
  define(kServer);
  const std::string session = open().mcp_session;
  auto held = begin("hold", "held", session);
  EXPECT_NE(call("let_go", session).body.find(R"("result":2)"), std::string::npos);
  EXPECT_NE(held.get().body.find(R"("result":1)"), std::string::npos);
}

TEST_F(CommandClientTest, WhatIsNoMessageIsPassedOver) {
  define(kServer);
  EXPECT_EQ(call("noise", open().mcp_session).status, 200);
}

TEST_F(CommandClientTest, AnAnswerThatIsTooLongFailsItsRequestOnly) {
  define(kServer);
  const std::string session = open().mcp_session;
  EXPECT_EQ(call("long", session).error, "its answer is too long");
  EXPECT_EQ(call("echo", session).status, 200);
  HttpRequest request{.url = "stdio:crm",
                      .headers = {{"Mcp-Session-Id", session}},
                      .body = R"({"id":"r","method":"echo"})",
                      .timeout = 60s,
                      .response_limit = 10};
  EXPECT_EQ(start(request).get().error, "its answer is too long");
}

TEST_F(CommandClientTest, APingIsAnsweredAndOtherQuestionsRefused) {
  define(kServer);
  const auto heard = call("ask", open().mcp_session).body;
  EXPECT_NE(heard.find(R"({"jsonrpc":"2.0","id":7,"result":{}})"), std::string::npos) << heard;
  EXPECT_NE(heard.find(R"("id":"s","error":{"code":-32601)"), std::string::npos) << heard;
}

TEST_F(CommandClientTest, TellsThatToolsHaveChanged) {
  define(kServer);
  const std::string session = open().mcp_session;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(call("change", session).status, 200);  // told once
  EXPECT_EQ(changed.get_future().get(), "crm");
}

TEST_F(CommandClientTest, ACommandThatDiesLeavesItsRequestOpenAndIsStartedAnew) {
  define(kServer);
  const auto opened = open();
  const auto cut = call("die", opened.mcp_session);
  EXPECT_EQ(cut.status, 0);
  EXPECT_EQ(cut.error, "its command ended (signal 9 (Killed))");
  EXPECT_EQ(call("echo", opened.mcp_session).status, 404);  // of a session that is gone
  const auto again = open();
  EXPECT_NE(again.mcp_session, opened.mcp_session);
  EXPECT_EQ(call("echo", again.mcp_session).status, 200);
  EXPECT_TRUE(is_gone(pid_in(opened)));
}

TEST_F(CommandClientTest, ACommandThatClosesItsOutputIsEnded) {
  define(kServer);
  const auto opened = open();
  EXPECT_EQ(call("close", opened.mcp_session).status, 0);
  EXPECT_EQ(open().status, 200);
  EXPECT_TRUE(is_gone(pid_in(opened)));
}

TEST_F(CommandClientTest, ACommandThatEndsAgainAndAgainIsStartedLaterAndLater) {
  define("echo 'no disk, t0ps3cret' >&2; exit 3");
  const std::string why = "its command ended (exit status 3)";  // what it said is in the log
  EXPECT_EQ(open().error, why);
  EXPECT_EQ(open().error, "connect: " + why + "; it is started again in 1s");
  clock.ms += 1000;
  EXPECT_EQ(open().error, why);
  EXPECT_EQ(open().error, "connect: " + why + "; it is started again in 2s");
  clock.ms -= 3'600'000;  // a clock that was ahead
  EXPECT_EQ(open().error, why);
}

TEST_F(CommandClientTest, AnEndThatSomebodyElseSawIsAnEnd) {
  ::signal(SIGCHLD, SIG_IGN);  // then the system itself waits for children
  define(kServer);
  const auto opened = open();
  EXPECT_EQ(call("fail", opened.mcp_session).error, "its command ended (how is not known)");
  EXPECT_EQ(open().status, 200);
  ::signal(SIGCHLD, SIG_DFL);
}

TEST_F(CommandClientTest, OneThatWorkedForAWhileIsStartedAtOnce) {
  define(kServer);
  for (int i = 0; i < 3; ++i) {
    const auto opened = open();
    ASSERT_EQ(opened.status, 200) << opened.error;
    clock.ms += 60'000;
    EXPECT_EQ(call("fail", opened.mcp_session).status, 0);
  }
}

TEST_F(CommandClientTest, WhatCannotBeStartedSaysWhereAndWhatToDo) {
  client.set({{"crm", {.arguments = {"no-such-program-anywhere"}}}});
  EXPECT_EQ(open().error, "connect: its command cannot be started; the log says why");
  const auto missing = net::ChildProcess::start({.arguments = {"no-such-program-anywhere"}});
  ASSERT_FALSE(missing);
  const std::string& why = missing.error().message;
  EXPECT_TRUE(why.starts_with("/mcp/command/0: \"no-such-program-anywhere\"")) << why;
  EXPECT_NE(why.find("PATH"), std::string::npos) << why;
  const auto nowhere = net::ChildProcess::start({.arguments = {"sh"}, .folder = "/no/such/folder"});
  ASSERT_FALSE(nowhere);
  EXPECT_TRUE(nowhere.error().message.starts_with("/mcp/folder: ")) << nowhere.error().message;
}

TEST_F(CommandClientTest, ACommandThatDoesNotReadIsNotSentWithoutEnd) {
  define("exec tail -f /dev/null");
  EXPECT_EQ(begin("initialize", "initialize", "", 1ms).get().error, "timeout");
  const auto send = [&](const std::string& id) {
    return start({.url = "stdio:crm",
                  .headers = {{"Mcp-Session-Id", "1"}},
                  .body = R"({"method":"echo","id":")" + id + R"(","params":")" +
                          std::string(150'000, 'x') + "\"}",
                  .timeout = 1ms});
  };
  EXPECT_EQ(send("a").get().error, "timeout");  // a part of it is in the pipe
  EXPECT_EQ(send("b").get().error, "connect: the command did not read the request in time");
  HttpRequest large{
      .url = "stdio:crm",
      .headers = {{"Mcp-Session-Id", "1"}},
      .body = R"({"method":"echo","id":"c","params":")" + std::string(350'000, 'x') + "\"}"};
  EXPECT_EQ(start(large).get().error, "connect: the command does not read what it is sent");
}

TEST_F(CommandClientTest, ADefinitionThatChangesEndsTheCommandOnceItIsIdle) {
  define(kServer);
  const auto opened = open();
  auto held = begin("hold", "held", opened.mcp_session);
  define(kServer);  // the same
  EXPECT_EQ(open().mcp_session, opened.mcp_session);
  define(std::string{"# another\n"} + kServer);
  const auto other = open();
  EXPECT_NE(pid_in(other), pid_in(opened));
  EXPECT_FALSE(is_gone(pid_in(opened)));  // a request is under way
  EXPECT_EQ(call("echo", opened.mcp_session).status, 404);
  client.stop();
  EXPECT_TRUE(is_gone(pid_in(opened)));
  EXPECT_TRUE(is_gone(pid_in(other)));
  EXPECT_EQ(held.get().status, 0);
}

TEST_F(CommandClientTest, StoppingLeavesNoProcessBehind) {
  define(kStubborn);
  const auto opened = open();
  ASSERT_EQ(opened.status, 200) << opened.error;
  auto held = begin("hold", "held", opened.mcp_session);
  EXPECT_EQ(begin("notifications/x", "", opened.mcp_session).get().status, 202);  // behind it
  client.stop();
  EXPECT_EQ(held.get().error, "its command ended (signal 9 (Killed))");
  EXPECT_TRUE(is_gone(pid_in(opened)));
}

}  // namespace
}  // namespace malote::testing
