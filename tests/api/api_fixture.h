// The API over the engine of fixtures.h: requests in, responses out, no sockets.
#pragma once

#include "api/api.h"
#include "api/streams.h"
#include "base/json.h"
#include "engine/connect_flow.h"
#include "engine/trigger_trial.h"
#include "fixtures.h"

namespace malote::testing {

struct CountingTraffic final : api::TrafficObserver {
  std::vector<std::string> inbound{};
  std::size_t published = 0;
  void on_inbound(const std::string& server_id, const engine::IntakeAnswer& answer) override {
    inbound.push_back(server_id + " " + std::string{engine::word(answer.kind)});
  }
  void on_published(std::size_t events) override { published += events; }
};

/// A response with its body read; every JSON body that is sent must be JSON.
struct Answer {
  int status = 0;
  Headers headers{};
  std::string body{};
  json::Document document{};

  json::View operator[](std::string_view name) const { return document.root()[name]; }
  std::string text(std::string_view name) const {
    return std::string{(*this)[name].as_text().value_or("")};
  }
  std::string header(std::string_view name) const {
    const auto* value = find_header(headers, name);
    return value ? *value : "";
  }
};

struct ApiTest : ::testing::Test {
  World world;
  InlineExecutor inline_executor;
  CountingTraffic traffic;
  std::string not_ready;
  api::StatusStreams streams{world.clock};
  engine::ConnectFlow connect{world.context,
                              world.http,
                              {{"mercado-pago",
                                {.client_id = "app",
                                 .client_secret = Secret{"app_secret"},
                                 .authorize_url = "https://auth.example/authorize",
                                 .token_url = "https://auth.example/token",
                                 .scopes = "read write"}}}};
  engine::TriggerTrial trial{world.context, world.http};
  api::Api api{{world.context, world.access, world.intake, world.sessions, world.caller, streams,
                world.listeners, connect, inline_executor, traffic, nullptr, &trial},
               {.version = "1.2.3",
                .openapi = read_file("data/openapi.json"),
                .metrics = [] { return "metric 1\n"; },
                .status =
                    [] {
                      return api::GatewayStatus{
                          .store_bytes = 5, .retention = 24h, .durability = "synced"};
                    },
                .not_ready = [this] { return not_ready; }}};
  std::string key{world.first_key->full_key.reveal()};

  Answer send(Request request) {
    std::optional<Response> response;
    api.handle(std::move(request), [&](Response r) {
      EXPECT_FALSE(response) << "answered twice";
      response = std::move(r);
    });
    if (!response) world.executor.run_all();  // what is done on the dispatcher's thread
    EXPECT_TRUE(response) << "not answered";
    if (!response) return {};
    Answer answer{response->status, response->headers, response->body};
    if (response->content_type == "application/json" && !response->body.empty()) {
      auto document = json::Document::parse(response->body);
      EXPECT_TRUE(document) << response->body;
      if (document) answer.document = std::move(*document);
    }
    if (answer.document.root() && answer.status >= 400) expect_problem(answer);
    return answer;
  }
  /// `target` may hold a query.
  Answer call(std::string_view method, std::string_view target, std::string body = "",
              Headers headers = {}) {
    headers.emplace_back("Authorization", "Bearer " + key);
    return call_as(method, target, std::move(body), std::move(headers));
  }
  Answer call_as(std::string_view method, std::string_view target, std::string body,
                 Headers headers) {
    const auto mark = target.find('?');
    return send(
        {.method = std::string{method},
         .path = std::string{target.substr(0, mark)},
         .query = mark == std::string_view::npos ? "" : std::string{target.substr(mark + 1)},
         .headers = std::move(headers),
         .body = std::move(body)});
  }
  Answer get(std::string_view target) { return call("GET", target); }
  Answer post(std::string_view target, std::string body = "", Headers headers = {}) {
    return call("POST", target, std::move(body), std::move(headers));
  }

  std::string make_trigger(const std::string& more = "") {
    const auto answer =
        post("/v1/triggers", R"({"name":"t","event":"*","webhook_url":"https://example.com/h")" +
                                 (more.empty() ? "" : "," + more) + "}");
    EXPECT_EQ(answer.status, 201) << answer.body;
    return answer.text("id");
  }
  /// A second project, and a key that opens it alone.
  std::string foreign_key() {
    const auto project = post("/v1/projects", R"({"name":"Other","slug":"other"})");
    EXPECT_EQ(project.status, 201) << project.body;
    const auto made =
        post("/v1/api-keys", R"({"name":"k"})", {{"x-codespar-project", project.text("id")}});
    EXPECT_EQ(made.status, 201) << made.body;
    return made.text("full_key");
  }
  std::string key_with(const std::string& scopes) {
    return post("/v1/api-keys", R"({"name":"k","scopes":)" + scopes + "}").text("full_key");
  }

  /// The members that every client of the API understands.
  static void expect_problem(const Answer& answer) {
    EXPECT_EQ(answer["status"].as_int(), answer.status) << answer.body;
    EXPECT_EQ(answer.text("error"), answer.text("code")) << answer.body;
    EXPECT_FALSE(answer.text("message").empty()) << answer.body;
    EXPECT_FALSE(answer.text("request_id").empty()) << answer.body;
    EXPECT_EQ(answer.header("X-Request-Id"), answer.text("request_id")) << answer.body;
  }
};

}  // namespace malote::testing
