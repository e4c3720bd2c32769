#include "engine/trace_context.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/connections.h"
#include "engine/deliver.h"
#include "engine/events.h"
#include "fixtures.h"

namespace malote::testing {
namespace {

using engine::trace_attempt;
using engine::trace_of;

const std::string kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceContext, KeepsWhatIsWellFormedInAnyCaseOfTheName) {
  EXPECT_EQ(trace_of({{"TraceParent", " " + kParent + " "}}), kParent);
  EXPECT_EQ(trace_of({{"tracestate", "a=1"}, {"traceparent", kParent}, {"TraceState", "b@c=2"}}),
            kParent + " a=1,b@c=2");
}

TEST(TraceContext, ALaterVersionIsPassedOnAsTheOneThatIsKnown) {
  const std::string later = "cc" + kParent.substr(2);
  EXPECT_EQ(trace_of({{"traceparent", later}}), kParent);
  EXPECT_EQ(trace_of({{"traceparent", later + "-what-comes"}}), kParent);
  EXPECT_EQ(trace_of({{"traceparent", later + "x"}}), "");
}

TEST(TraceContext, WhatIsMalformedCountsAsNone) {
  const auto with = [](std::size_t at, std::string_view text) {
    return std::string{kParent}.replace(at, text.size(), text);
  };
  for (const std::string& bad :
       {std::string{}, std::string{"00"}, with(0, "ff"), with(0, "0g"), with(3, "4BF9"),
        with(3, std::string(32, '0')), with(36, std::string(16, '0')), with(53, "0x"), with(2, "_"),
        with(35, "_"), with(52, "_"), kParent + "-", kParent + "\r\nX: y", kParent.substr(0, 54)}) {
    EXPECT_EQ(trace_of({{"traceparent", bad}, {"tracestate", "a=1"}}), "") << bad;
  }
  EXPECT_EQ(trace_of({{"traceparent", kParent}, {"traceparent", kParent}}), "");
  EXPECT_EQ(trace_of({{"tracestate", "a=1"}}), "");
}

TEST(TraceContext, AStateThatIsOddIsLeftOutAndTheParentStays) {
  for (const std::string& bad :
       {std::string{"a"}, std::string{"=1"}, std::string{"a="}, std::string{"a=1\x01"},
        std::string{"a=\xc3\xa9"}, "a=" + std::string(511, 'x')}) {
    EXPECT_EQ(trace_of({{"traceparent", kParent}, {"tracestate", bad}}), kParent) << bad;
  }
  const std::string longest = "a=" + std::string(510, 'x');
  EXPECT_EQ(trace_of({{"traceparent", kParent}, {"tracestate", longest}}), kParent + " " + longest);
}

TEST(TraceContext, AnAttemptIsASpanOfItsOwnInTheTraceThatCame) {
  const Event event{.key = {7}, .trace = kParent + " a=1"};
  std::set<std::string> spans;
  for (const int number : {1, 2, 3}) {
    const auto trace = trace_attempt({1, 2}, event, {8}, number);
    EXPECT_EQ(trace.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_EQ(trace.traceparent, "00-" + trace.trace_id + "-" + trace.span_id + "-01");
    EXPECT_EQ(trace.tracestate, "a=1");
    EXPECT_EQ(trace_of({{"traceparent", trace.traceparent}}), trace.traceparent);
    spans.insert(trace.span_id);
  }
  spans.insert(trace_attempt({1, 2}, event, {9}, 1).span_id);
  EXPECT_EQ(spans.size(), 4u);
}

TEST(TraceContext, FlagsThatCameGoOnAsTheyAre) {
  const Event event{.trace = kParent.substr(0, 53) + "00"};
  EXPECT_TRUE(trace_attempt({}, event, {1}, 1).traceparent.ends_with("-00"));
}

TEST(TraceContext, AnEventWithoutOneHasATraceThatNoOtherEventOrGatewayHas) {
  const auto seed = engine::trace_seed("org_one");
  std::set<std::string> ids;
  for (std::int64_t key = 1; key <= 1000; ++key) {
    const auto trace = trace_attempt(seed, Event{.key = {key}}, {key + 1}, 1);
    EXPECT_EQ(trace_of({{"traceparent", trace.traceparent}}), trace.traceparent);
    EXPECT_EQ(trace_attempt(seed, Event{.key = {key}}, {key + 2}, 5).trace_id, trace.trace_id);
    ids.insert(trace.trace_id);
    ids.insert(
        trace_attempt(engine::trace_seed("org_two"), Event{.key = {key}}, {key + 1}, 1).trace_id);
  }
  EXPECT_EQ(ids.size(), 2000u);
}

std::string sent(const World& world, std::size_t at, std::string_view name) {
  const std::string* value = find_header(world.http.sent.at(at).headers, name);
  return value ? *value : "";
}

TEST(TraceContext, APublishedEventsTraceIsKeptAndGoesOutWithEveryAttempt) {
  World world;
  world.http.answer(500);
  world.make_trigger();
  engine::Events events{world.context};
  ASSERT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    return events
        .publish(tx, effects, world.project.no, true,
                 {{.type = "a.b", .data = "{}", .trace = kParent + " a=1"}})
        .map([](auto&&) {});
  }));
  world.settle();
  world.advance(11s);
  ASSERT_EQ(world.http.sent.size(), 2u);
  EXPECT_EQ(world.events().at(0).trace, kParent + " a=1");
  for (const std::size_t at : {0u, 1u}) {
    EXPECT_EQ(sent(world, at, "traceparent").substr(0, 36), kParent.substr(0, 36));
    EXPECT_EQ(sent(world, at, "tracestate"), "a=1");
  }
  EXPECT_NE(sent(world, 0, "traceparent"), sent(world, 1, "traceparent"));
  EXPECT_NE(sent(world, 0, "traceparent"), kParent);
}

TEST(TraceContext, AnAttemptIsDescribedWithTheSpanThatItHad) {
  World world;
  world.context.traces = engine::trace_seed("org_one");
  const auto made = world.make_trigger();
  world.publish();
  world.settle();
  const auto delivery = world.deliveries().at(0);
  const auto shown = engine::describe_request(world.context, world.trigger(made.trigger.no),
                                              delivery, world.events().at(0), world.clock.now());
  EXPECT_EQ(*find_header(shown.headers, "traceparent"), sent(world, 0, "traceparent"));
}

TEST(TraceContext, AWebhooksTraceIsKeptWithItsEvent) {
  World world;
  engine::Connections connections{world.context};
  Connection asaas;
  ASSERT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(asaas, connections.create(
                          tx, effects, world.project.no,
                          {.server_id = "asaas", .metadata = "{}", .webhook_secret = Secret{"t"}}));
    return {};
  }));
  world.intake.accept(
      "asaas", asaas.id,
      {.method = "POST",
       .headers = {{"asaas-access-token", "t"}, {"traceparent", kParent}},
       .body = R"({"id":"e","event":"PAYMENT_RECEIVED","payment":{"id":"p","value":1}})"},
      [](const engine::IntakeAnswer&) {});
  ASSERT_EQ(world.events().size(), 1u);
  EXPECT_EQ(world.events()[0].trace, kParent);
}

}  // namespace
}  // namespace malote::testing
