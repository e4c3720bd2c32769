// The one place that builds components for tests, with every option defaulted: what a test sets is
// what it means. Nothing here sleeps, reads a clock or opens a socket.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "base/prng.h"
#include "engine/access.h"
#include "engine/dispatcher.h"
#include "engine/intake.h"
#include "engine/listeners.h"
#include "engine/sessions.h"
#include "files.h"
#include "store/sqlite_store.h"

namespace malote::testing {

using namespace std::chrono_literals;

/// Stands still until it is moved; may go backwards.
struct FixedClock final : Clock {
  Timestamp at = from_ms(1'776'859'200'000);  // 2026-04-22T12:00:00Z
  Timestamp now() const override { return at; }
  void advance(Millis by) { at += by; }
};

struct SeededEntropy final : Entropy {
  Prng random{1};
  void fill(std::span<char> out) override {
    for (char& c : out) c = static_cast<char>(random.below(256));
  }
};

/// Runs what was posted when told to.
struct ManualExecutor final : Executor {
  std::deque<std::function<void()>> tasks{};
  void post(std::function<void()> task) override { tasks.push_back(std::move(task)); }
  bool run_all() {
    const bool any = !tasks.empty();
    while (!tasks.empty()) {
      const auto task = std::move(tasks.front());
      tasks.pop_front();
      task();
    }
    return any;
  }
};

/// Runs what is posted at once: for code that does not care when.
struct InlineExecutor final : Executor {
  void post(std::function<void()> task) override { task(); }
};

/// Answers by `script`; a request for which it returns nothing stays open until finish().
struct ScriptedHttp final : HttpClient {
  struct Exchange {
    HttpRequest request{};
    Done done{};
  };
  std::function<std::optional<HttpOutcome>(const HttpRequest&)> script = [](const HttpRequest&) {
    return HttpOutcome{.status = 200};
  };
  std::vector<HttpRequest> sent{};
  std::deque<Exchange> open{};
  std::deque<std::pair<Done, HttpOutcome>> answers{};

  void start(HttpRequest request, Done done) override {
    sent.push_back(request);
    if (auto outcome = script(request)) {
      answers.emplace_back(std::move(done), std::move(*outcome));
    } else {
      open.push_back({std::move(request), std::move(done)});
    }
  }
  bool answer_all() {
    const bool any = !answers.empty();
    while (!answers.empty()) {
      auto [done, outcome] = std::move(answers.front());
      answers.pop_front();
      done(std::move(outcome));
    }
    return any;
  }
  void finish(std::size_t index, HttpOutcome outcome) {
    auto exchange = std::move(open.at(index));
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(index));
    exchange.done(std::move(outcome));
  }
  void answer(int status) {
    script = [status](const HttpRequest&) { return HttpOutcome{.status = status}; };
  }
  void hang() {
    script = [](const HttpRequest&) { return std::optional<HttpOutcome>{}; };
  }
};

/// Fails writes as a full disk does: what the function did is not kept.
struct FailingStore final : StoreWrapper {
  using StoreWrapper::StoreWrapper;
  int writes = 0;
  int fail_at = -1;       // this write
  bool fail_all = false;  // every write from now on

  void submit(WriteFn fn, WriteDone done) override {
    const bool fails = fail_all || writes == fail_at;
    ++writes;
    if (!fails) return StoreWrapper::submit(std::move(fn), std::move(done));
    StoreWrapper::submit(
        [fn = std::move(fn)](Tx& tx) -> Result<void> {
          (void)fn(tx);
          return fail(Errc::store_unavailable, "store: the disk is full; nothing was kept");
        },
        std::move(done));
  }
};

inline const core::Catalogue& catalogue() {
  static const auto parsed = *core::Catalogue::parse(read_file("data/events.json"));
  return parsed;
}

inline const providers::Registry& registry() {
  static const auto loaded = [] {
    std::vector<std::string> texts;
    const std::filesystem::path folder{MALOTE_SOURCE_DIR "/data/providers"};
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      texts.push_back(read_file("data/providers/" + entry.path().filename().string()));
    }
    std::vector<EmbeddedFile> files;
    for (const auto& text : texts) files.push_back({"a provider pack", text});
    return *providers::Registry::load(files);
  }();
  return loaded;
}

/// The tool servers and meta-tools of data/.
inline const tools::Registry& tool_registry() {
  static const auto loaded = [] {
    std::vector<std::string> names, texts;
    const auto read_folder = [&](const std::string& folder) {
      for (const auto& entry :
           std::filesystem::directory_iterator(MALOTE_SOURCE_DIR "/" + folder)) {
        names.push_back(folder + "/" + entry.path().filename().string());
        texts.push_back(read_file(names.back()));
      }
      return texts.size();
    };
    const std::size_t servers = read_folder("data/tools");
    read_folder("data/meta_tools");
    std::vector<EmbeddedFile> files;
    for (std::size_t i = 0; i < texts.size(); ++i) files.push_back({names[i], texts[i]});
    const std::span<const EmbeddedFile> all{files};
    return *tools::Registry::load(all.first(servers), all.subspan(servers));
  }();
  return loaded;
}

/// The built-in ladder without its jitter.
inline engine::DeliveryDefaults plain_defaults() {
  return {.retry = {.gaps = {10s, 30s, 2min, 10min, 30min, 1h, 2h, 4h, 6h, 8h, 10h}}};
}

struct WorldOptions {
  core::EndpointPolicy endpoints{};
  engine::DeliveryDefaults defaults = plain_defaults();
  engine::DispatchLimits limits{};
};

/// The whole engine over an in-memory store, on one thread.
struct World : engine::Listener {
  template <class F>
  auto read(F fn) {
    std::optional<decltype(fn(std::declval<const ReadTx&>()))> value;
    const auto result = sqlite.read([&](const ReadTx& tx) -> Result<void> {
      value.emplace(fn(tx));
      return {};
    });
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return *value;
  }

  explicit World(const WorldOptions& options = {})
      : context{clock,           entropy,           store,
                vault,           catalogue(),       registry(),
                tool_registry(), options.endpoints, options.defaults,
                nullptr},
        access(context),
        connection_cache(context),
        documents(context, http),
        quarantine(context),
        intake(context, connection_cache, documents, quarantine),
        triggers(context),
        accounts(context),
        caller(context, http, executor, accounts),
        sessions(context, caller),
        dispatcher(context, listeners, executor, caller, options.limits) {
    context.listener = this;
    first_key = *access.bootstrap(Secret{}, false);
    EXPECT_TRUE(dispatcher.start());
    project = read([](const ReadTx& tx) { return tx.projects().at(0); });
  }

  void on_commit(const engine::Effects& effects) override {
    for (const auto& id : effects.connections) connection_cache.drop(id);
    if (!effects.connections.empty()) accounts.drop();
    if (effects.keys) {
      EXPECT_TRUE(access.reload());
    }
    executor.post([this, effects] {
      for (const auto no : effects.triggers) dispatcher.trigger_changed(no);
      for (const auto no : effects.loops) dispatcher.loop_changed(no);
      for (const auto& [lane, at] : effects.due) dispatcher.work_due(lane, at);
    });
  }

  /// Until nothing moves at this time.
  void settle() {
    bool moved = true;
    while (moved) {
      moved = executor.run_all();
      caller.pump();
      dispatcher.pump();
      moved = http.answer_all() || moved;
      moved = !executor.tasks.empty() || moved;
    }
  }
  void advance(Millis by) {
    clock.advance(by);
    settle();
  }

  Result<void> write(engine::Operation operation) {
    return engine::commit_and_wait(context, std::move(operation));
  }

  engine::CreatedTrigger make_trigger(engine::TriggerPatch wish = {}) {
    if (!wish.name) wish.name = "test";
    if (!wish.events) wish.events = std::vector<std::string>{"*"};
    if (!wish.url) wish.url = "https://example.com/hook";
    engine::CreatedTrigger created;
    const auto result = write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(created, triggers.create(tx, effects, project.no, wish));
      return {};
    });
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return created;
  }
  Trigger trigger(TriggerNo no) {
    return read([&](const ReadTx& tx) { return tx.trigger(no); }).value();
  }
  std::vector<Delivery> deliveries(const DeliveryFilter& filter = {}) {
    DeliveryFilter mine = filter;
    mine.project = project.no;
    return read([&](const ReadTx& tx) { return tx.deliveries(mine, {.limit = 10'000}); });
  }
  std::vector<Event> events() {
    return read(
        [&](const ReadTx& tx) { return tx.events({.project = project.no}, {.limit = 10'000}); });
  }

  /// An event of our own, stored and fanned out.
  EventKey publish(std::string type = "payment.confirmed", std::string data = R"({"n":1})") {
    Event event{.project = project.no,
                .type = std::move(type),
                .source = "api",
                .occurred_at = clock.now(),
                .received_at = clock.now(),
                .data = std::move(data)};
    const auto result = write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      engine::append_and_fan_out(context, tx, effects, event, clock.now());
      return {};
    });
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return event.key;
  }

  FixedClock clock;
  SeededEntropy entropy;
  store::SqliteStore sqlite{{.inline_writes = true}};
  FailingStore store{sqlite};
  engine::Vault vault{Secret{std::string(32, 'k')}, entropy};
  ManualExecutor executor;
  ScriptedHttp http;
  engine::Listeners listeners{clock, http, executor, [this](TriggerNo no) {
                                executor.post([this, no] { dispatcher.trigger_changed(no); });
                              }};
  engine::Context context;
  engine::Access access;
  engine::ConnectionCache connection_cache;
  engine::KeyDocuments documents;
  engine::Quarantine quarantine;
  engine::Intake intake;
  engine::Triggers triggers;
  engine::Accounts accounts;
  engine::ToolCaller caller;
  engine::Sessions sessions;
  engine::Dispatcher dispatcher;
  std::optional<engine::CreatedKey> first_key{};
  Project project{};
};

}  // namespace malote::testing
