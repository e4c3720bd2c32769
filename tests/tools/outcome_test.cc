#include "tools/outcome.h"

#include <gtest/gtest.h>

namespace malote::tools {
namespace {

struct Case {
  HttpOutcome outcome{};
  Fate write{};  // of a tool that changes something
  Fate read{};   // of one that does not
};

ToolOutcome outcome_of(const HttpOutcome& http, bool safe, json::View result = {}) {
  const Server server{.id = "acme", .name = "Acme"};
  const Tool tool{.server = "acme", .name = "t", .result = result, .safe = safe};
  return interpret(server, tool, {}, http);
}

TEST(Outcome, SaysWhetherItMayHaveHappened) {
  const Case cases[] = {
      {{.status = 200}, Fate::success, Fate::success},
      {{.status = 204}, Fate::success, Fate::success},
      {{.status = 302}, Fate::refused, Fate::refused},
      {{.status = 400}, Fate::refused, Fate::refused},
      {{.status = 401}, Fate::unauthorized, Fate::unauthorized},
      {{.status = 403}, Fate::refused, Fate::refused},
      {{.status = 408}, Fate::unknown, Fate::retryable},
      {{.status = 422}, Fate::refused, Fate::refused},
      {{.status = 429}, Fate::retryable, Fate::retryable},
      {{.status = 500}, Fate::unknown, Fate::retryable},
      {{.status = 503}, Fate::unknown, Fate::retryable},
      {{.status = 503, .retry_after = "2"}, Fate::retryable, Fate::retryable},
      {{.error = "timeout"}, Fate::unknown, Fate::retryable},
      {{.error = "Recv failure: Connection reset by peer"}, Fate::unknown, Fate::retryable},
      {{.error = "Failed to connect to x port 443"}, Fate::retryable, Fate::retryable},
      {{.error = "Could not resolve host: x"}, Fate::retryable, Fate::retryable},
      {{.error = "connect: refused"}, Fate::retryable, Fate::retryable},
      {{.error = "ssrf_blocked:private"}, Fate::refused, Fate::refused},
      {{.error = "any", .local = true}, Fate::retryable, Fate::retryable},
  };
  for (const auto& [http, write, read] : cases) {
    EXPECT_EQ(outcome_of(http, false).fate, write) << http.status << http.error;
    EXPECT_EQ(outcome_of(http, true).fate, read) << http.status << http.error;
  }
}

TEST(Outcome, AnyAnswerIsJson) {
  EXPECT_EQ(outcome_of({.status = 204}, true).data, "{}");
  EXPECT_EQ(outcome_of({.status = 200, .body = " [1, 2.50] "}, true).data, "[1, 2.50]");
  EXPECT_EQ(outcome_of({.status = 200, .body = "<html>"}, true).data, R"({"text":"<html>"})");
  EXPECT_EQ(outcome_of({.status = 200, .body = "\xFF\xFE"}, true).data, R"({"base64":"//4="})");
  EXPECT_EQ(outcome_of({.status = 200, .body = R"({"a":)"}, true).data, R"({"text":"{\"a\":"})");
}

TEST(Outcome, AWriteAnsweredWithSomethingElseThanJsonMayHaveHappened) {
  for (const char* body : {"<html>Under maintenance</html>", "\xFF\xFE", R"({"id":"cut)"}) {
    const auto outcome = outcome_of({.status = 200, .body = body}, false);
    EXPECT_EQ(outcome.fate, Fate::unknown) << body;
    const auto data = json::Document::parse(outcome.data);
    ASSERT_TRUE(data) << outcome.data;
    EXPECT_EQ(data->root()["code"].as_string(), "unexpected_answer");
  }
}

TEST(Outcome, AFailureIsAnObject) {
  const auto failed =
      outcome_of({.status = 429, .body = R"({"e":1})", .retry_after = "1.5"}, false);
  EXPECT_EQ(failed.error, R"(Acme API 429: {"e":1})");
  EXPECT_EQ(failed.data, R"({"error":"Acme API 429: {\"e\":1}","code":"rate_limited","status":429,)"
                         R"("details":{"e":1}})");
  EXPECT_EQ(failed.retry_after, Millis{1500});
  const auto lost = outcome_of({.error = "timeout"}, false);
  EXPECT_EQ(lost.error, "Acme API: timeout (it may have happened nevertheless)");
  EXPECT_NE(lost.data.find(R"("code":"outcome_unknown")"), std::string::npos);
  EXPECT_FALSE(outcome_of({.status = 429, .retry_after = "Wed, 21 Oct"}, false).retry_after);
  EXPECT_LT(outcome_of({.status = 400, .body = std::string(5000, 'x')}, false).error.size(), 400u);
}

TEST(Outcome, ResultAddsMembersWhereTheAnswerHasThem) {
  const auto add = json::Document::parse(R"({"code":"${result.inner.code?}","id":"${result.no}"})");
  EXPECT_EQ(
      outcome_of({.status = 200, .body = R"({"inner":{"code":"A"}})"}, false, add->root()).data,
      R"({"inner":{"code":"A"},"code":"A"})");
  EXPECT_EQ(outcome_of({.status = 200, .body = "[]"}, false, add->root()).data, "[]");
  EXPECT_EQ(outcome_of({.status = 200, .body = R"({"code":"own","inner":{"code":"A"}})"}, false,
                       add->root())
                .data,
            R"({"code":"own","inner":{"code":"A"}})");
}

TEST(Outcome, BuiltInToolsAnswerAtOnce) {
  const auto input = json::Document::parse(R"({"status":422,"message":"no"})");
  EXPECT_EQ(call_builtin({.name = "echo"}, input->root()).data, input->root().raw());
  const auto failed = call_builtin({.name = "fail", .safe = true}, input->root());
  EXPECT_EQ(failed.fate, Fate::refused);
  EXPECT_EQ(failed.error, "Malote API 422: no");
}

}  // namespace
}  // namespace malote::tools
