#include "app/gateway.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "api/api.h"
#include "api/streams.h"
#include "app/attempt_log.h"
#include "app/builtin.h"
#include "app/metrics.h"
#include "app/own_files.h"
#include "app/tool_commands.h"
#include "base/log.h"
#include "engine/interrupted_calls.h"
#include "engine/key_check.h"
#include "engine/listeners.h"
#include "engine/mcp_tools.h"
#include "engine/sessions.h"
#include "engine/token_renewal.h"
#include "engine/trigger_trial.h"
#include "net/event_loop.h"
#include "net/http_thread.h"
#include "net/system.h"
#include "net/workers.h"
#include "store/sqlite_store.h"

namespace malote::app {

namespace {

constexpr Millis kLongestNap{1000};  // the dispatcher looks at the clock at least this often
constexpr Millis kStopPatience{15'000};
constexpr Millis kStreamTick{100};
constexpr Millis kSurelyOver{600'000};  // no tool call takes so long
constexpr Millis kHealthEvery{30'000};  // written, where anything was counted

void check_dev_listen(const Config& config) {
  if (!config.dev) return;
  const bool local = config.listen.starts_with("127.") || config.listen.starts_with("localhost:") ||
                     config.listen.starts_with("[::1]");
  if (!local)
    throw std::runtime_error("--dev listens on loopback only; got --listen " + config.listen);
}

void must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().message);
}

std::string prepared_folder(const Config& config) {
  check_dev_listen(config);
  std::error_code error;
  std::filesystem::create_directories(config.data_dir, error);
  if (error) {
    throw std::runtime_error("cannot create the data folder " + config.data_dir + ": " +
                             error.message());
  }
  return config.data_dir;
}

}  // namespace

/// Remembers that the store refused a write, as on a full disk, until a probe says otherwise.
class WatchedStore final : public StoreWrapper {
 public:
  using StoreWrapper::StoreWrapper;

  void submit(WriteFn fn, WriteDone done) override {
    StoreWrapper::submit(std::move(fn), [this, done = std::move(done)](Result<void> result) {
      if (!result && result.error().errc == Errc::store_unavailable) refuses_ = true;
      done(std::move(result));
    });
  }

  /// Why writes are refused, or empty. Tries one when the last word was no.
  std::string refusal() {
    if (!refuses_.exchange(false)) return {};
    const auto probed = write_and_wait(*this, [](Tx& tx) -> Result<void> {
      tx.set_setting("write_probe", tx.setting("write_probe") == "1" ? "0" : "1");
      return {};
    });
    return probed ? "" : probed.error().message;
  }

 private:
  std::atomic<bool> refuses_ = false;
};

/// Commits' hints on their way to the dispatcher's thread, gathered so that a busy writer posts
/// once for many commits.
class HintBox final : public engine::Listener {
 public:
  struct Told {
    net::EventLoop& loop;
    engine::Dispatcher& dispatcher;
    engine::ConnectionCache& connections;
    engine::Accounts& accounts;
    engine::Access& access;
    api::StatusStreams& streams;
    Metrics& metrics;
  };
  explicit HintBox(const Told& told) : told_(told) {}

  void on_commit(const engine::Effects& effects) override {
    for (const auto& id : effects.connections) told_.connections.drop(id);
    if (!effects.connections.empty()) told_.accounts.drop();
    told_.streams.nudge();
    for (const auto state : effects.ended_runs) told_.metrics.on_run_ended(state);
    if (effects.keys) {
      const auto reloaded = told_.access.reload();  // upkeep does it again within a minute
      if (!reloaded) log::error("cannot reread API keys: " + reloaded.error().message);
    }
    if (effects.due.empty() && effects.triggers.empty() && effects.loops.empty()) return;
    bool post = false;
    {
      const std::lock_guard guard{mutex_};
      post = due_.empty() && triggers_.empty() && loops_.empty();
      due_.insert(due_.end(), effects.due.begin(), effects.due.end());
      triggers_.insert(triggers_.end(), effects.triggers.begin(), effects.triggers.end());
      loops_.insert(loops_.end(), effects.loops.begin(), effects.loops.end());
    }
    if (post) told_.loop.post([this] { deliver(); });
  }

 private:
  void deliver() {
    std::vector<LaneHead> due;
    std::vector<TriggerNo> triggers;
    std::vector<LoopNo> loops;
    {
      const std::lock_guard guard{mutex_};
      due.swap(due_);
      triggers.swap(triggers_);
      loops.swap(loops_);
    }
    for (const auto no : triggers) told_.dispatcher.trigger_changed(no);
    for (const auto no : loops) told_.dispatcher.loop_changed(no);
    for (const auto& [lane, at] : due) told_.dispatcher.work_due(lane, at);
  }

  const Told told_;
  std::mutex mutex_;
  std::vector<LaneHead> due_;
  std::vector<TriggerNo> triggers_;
  std::vector<LoopNo> loops_;
};

class Gateway::Impl {
 public:
  explicit Impl(const Config& config)
      : config_(config),
        folder_(prepared_folder(config)),
        vault_(load_master_key(config, entropy_), entropy_),  // before there is a store
        sqlite_({.path = config.database()}),
        store_(sqlite_),
        catalogue_(builtin_catalogue()),
        registry_(builtin_providers()),
        tools_(builtin_tools()),
        certificate_(config.tls),
        context_{clock_,         entropy_,          store_, vault_, catalogue_, registry_, tools_,
                 policy(config), config.deliveries, nullptr},
        access_(context_),
        connections_(context_),
        metrics_(clock_, [this] { return gauges(); }),
        attempt_log_(context_.traces, config.log_attempts == LoggedAttempts::all),
        http_(clock_,
              [this](std::string_view host, std::string_view address) {
                return core::blocked_target(context_.endpoints, host, address);
              }),
        documents_(context_, http_),
        quarantine_(context_),
        intake_(context_, connections_, documents_, quarantine_),
        accounts_(context_),
        commands_(
            clock_, http_,
            [this](const std::string& id) { loop_.post([this, id] { mcp_tools_.refresh(id); }); }),
        caller_(context_, http_, loop_, accounts_, &commands_),
        mcp_tools_(context_, tools_, caller_.mcp()),
        renewal_(context_, http_, loop_, config.oauth),
        sessions_(context_, caller_),
        chat_(context_, http_, loop_, sessions_),
        streams_(clock_),
        listeners_(
            clock_, http_, loop_,
            [this](TriggerNo no) { loop_.post([this, no] { dispatcher_.trigger_changed(no); }); }),
        connect_(context_, http_, config.oauth),
        trial_(context_, http_),
        dispatcher_(context_, listeners_, loop_, caller_, config.dispatch),
        hints_({loop_, dispatcher_, connections_, accounts_, access_, streams_, metrics_}),
        upkeep_(context_, config.retention,
                [this](const Connection& row) { return renewal_.is_renewable(row); }),
        workers_(std::make_unique<net::Workers>(config.workers)),
        api_({context_, access_, intake_, sessions_, caller_, streams_, listeners_, connect_,
              *workers_, metrics_, &chat_, &trial_},
             api_options()) {
    context_.listener = &hints_;
    context_.public_url = config.public_url;
    context_.environment = find_variable;
    caller_.set_renewal(renewal_);
    chat_.set_up(config.chat);
    watch_files();
    add_observers();
    // First what may fail: the key made at the first start is shown only when all went well.
    server_.emplace(
        config.listen, config.io_threads, config.http,
        [this](Request request, Respond respond) {
          api_.handle(std::move(request), std::move(respond));
        },
        config.is_tls() ? &certificate_ : nullptr);
    must(engine::check_master_key(context_));
    must(quarantine_.load());
    must(dispatcher_.start());
    settle_interrupted(clock_.now());
    auto first = access_.bootstrap(config.api_key, config.dev);
    if (!first) throw std::runtime_error(first.error().message);
    first_key_ = std::move(*first);
    context_.traces = engine::trace_seed(access_.org_id());
  }

  ~Impl() {
    tool_watch_.reset();  // it posts to the loop
    stop();
  }

  void start() {
    dispatch_thread_ = std::thread{[this] { run_dispatcher(); }};
    upkeep_thread_ = std::thread{[this] { run_upkeep(); }};
    stream_thread_ = std::thread{[this] { run_often([this] { streams_.tick(); }); }};
    listen_thread_ = std::thread{[this] { run_often([this] { listeners_.tick(); }); }};
    server_->start();
    running_ = true;
  }

  /// The order: no new requests; the workers' and writer's answers; the attempts in flight.
  void stop() {
    if (!running_) return;
    running_ = false;
    stopping_ = true;
    {
      const std::lock_guard guard{upkeep_mutex_};
      upkeep_stop_ = true;
    }
    upkeep_wake_.notify_all();
    streams_.end_soon();
    stream_thread_.join();
    listen_thread_.join();
    streams_.stop();
    listeners_.stop();
    loop_.post([this] {
      caller_.stop();  // calls that wait for their next try are answered
      chat_.stop();
    });
    server_->stop(kStopPatience);
    upkeep_thread_.join();
    workers_.reset();
    loop_.post([this] { dispatcher_.stop(); });
    dispatch_thread_.join();
    note(quarantine_.record());
    commands_.stop();
    http_.stop();  // whoever waits for public keys uses what is destroyed before the client
    (void)write_and_wait(store_, [](Tx&) -> Result<void> { return {}; });  // nothing is left behind
  }

  void reload_data() {
    if (provider_watch_) provider_watch_->reload();
    if (tool_watch_) tool_watch_->reload();
    if (tls_watch_) tls_watch_->reload();
    if (!tool_watch_) loop_.post([this] { mcp_tools_.refresh(); });
  }
  std::string address() const { return server_->address(); }
  std::string url() const { return (config_.is_tls() ? "https://" : "http://") + address(); }
  const std::optional<engine::CreatedKey>& first_key() const { return first_key_; }

 private:
  static core::EndpointPolicy policy(const Config& config) {
    return {
        .allow_http = config.dev, .allow_loopback = config.dev, .allowed = config.allow_targets};
  }

  void watch_files() {
    if (config_.is_tls())
      tls_watch_.emplace(std::vector{config_.tls.certificate, config_.tls.key},
                         [this] { read_certificate(); });
    if (const auto& folder = config_.providers_dir; !folder.empty())
      provider_watch_.emplace(std::vector{folder}, reader_of(folder, registry_));
    watch_tools();
  }

  /// Servers that list their tools are asked for them whenever definitions were read.
  void watch_tools() {
    const auto& folder = config_.tools_dir;
    const auto refresh = [this] {
      commands_.set(commands_of(tools_, find_variable));
      loop_.post([this] { mcp_tools_.refresh(); });
    };
    if (folder.empty()) {
      for (const auto& fault : tools_.set_own(config_.mcp_servers, {}))
        log::warn("tools: " + fault + "; not taken");
      return refresh();
    }
    auto read = reader_of(folder, tools_, config_.mcp_servers);
    tool_watch_.emplace(std::vector{folder, folder + "/meta"},
                        [read = std::move(read), refresh] { read(), refresh(); });
  }

  /// At the start a certificate that cannot be used is an error; later the one at hand stays.
  void read_certificate() {
    const auto read = certificate_.read(clock_.now());
    if (read) return;
    if (!certificate_.current()) throw std::runtime_error(read.error().message);
    log::warn(read.error().message + "; connections go on with the certificate from before");
  }

  api::ApiOptions api_options() {
    return {.trusted_proxies = config_.trusted_proxies,
            .version = kVersion,
            .openapi = builtin_openapi(),
            .metrics = [this] { return metrics_.text(); },
            .status = [this] { return status(); },
            .not_ready = [this] { return not_ready(); },
            .console = builtin_console(),
            .mock_refusals_by_status = config_.mock_refusals_by_status};
  }

  api::GatewayStatus status() const {
    const Gauges now = gauges();
    return {.started_at = started_at_,
            .store_bytes = now.store_bytes,
            .store_backlog = now.store_backlog,
            .pending = now.pending,
            .dead = now.dead,
            .in_flight = now.in_flight,
            .retention = config_.retention.keep,
            .retention_bytes = config_.retention.max_bytes,
            .durability = "synced to disk before each answer (SQLite WAL, synchronous=FULL)"};
  }

  std::string not_ready() {
    if (stopping_) return "stopping";
    const auto read = store_.read([](const ReadTx& tx) -> Result<void> {
      (void)tx.setting("org_id");
      return {};
    });
    return read ? store_.refusal() : read.error().message;
  }

  Gauges gauges() const {
    Totals totals;
    const Timestamp now = clock_.now();
    Timestamp first_due = now;
    (void)store_.read([&](const ReadTx& tx) -> Result<void> {
      totals = tx.totals();
      for (const auto& head : tx.lane_heads()) first_due = std::min(first_due, head.due_at);
      return {};
    });
    return {.in_flight = in_flight_,
            .store_backlog = static_cast<std::int64_t>(sqlite_.backlog()),
            .pending = totals.deliveries_pending,
            .dead = totals.deliveries_dead,
            .store_bytes = totals.bytes,
            .overdue = now - first_due,
            .certificate_expires_at = certificate_.expires_at()};
  }

  void add_observers() {
    dispatcher_.add_observer(metrics_);
    caller_.set_observer(metrics_);
    if (config_.log_attempts != LoggedAttempts::none) dispatcher_.add_observer(attempt_log_);
  }

  void run_dispatcher() {
    while (!(stopping_ && drained())) {
      const Timestamp next = std::min({dispatcher_.next_wakeup(), caller_.next_wakeup(),
                                       mcp_tools_.next_wakeup(), renewal_.next_wakeup()});
      const Millis left = next - clock_.now();
      loop_.run_for(std::clamp(left, Millis{0}, nap()));
      caller_.pump();
      if (!stopping_) mcp_tools_.pump(), renewal_.pump();
      dispatcher_.pump();
      in_flight_ = dispatcher_.in_flight();
    }
  }

  bool drained() const {
    return dispatcher_.is_stopped() && dispatcher_.is_idle() && caller_.is_idle() &&
           renewal_.is_idle();
  }
  Millis nap() const { return stopping_ ? Millis{20} : kLongestNap; }

  void run_upkeep() {
    std::unique_lock guard{upkeep_mutex_};
    while (!upkeep_stop_) {
      guard.unlock();
      const Millis pause = upkeep_.step();
      (void)access_.record_usage();
      (void)access_.reload();
      record_health();
      guard.lock();
      upkeep_wake_.wait_for(guard, pause, [&] { return upkeep_stop_; });
    }
  }

  void record_health() {
    const Timestamp now = clock_.now();
    const bool early = now >= health_recorded_at_ && now < health_recorded_at_ + kHealthEvery;
    if (early) return;
    health_recorded_at_ = now;
    note(quarantine_.record());
    settle_interrupted(now - kSurelyOver);
  }

  void settle_interrupted(Timestamp before) {
    const auto settled = engine::settle_interrupted(context_, before);
    if (!settled) log::warn("interrupted tool calls: " + settled.error().message);
    if (settled.value_or(0) > 0)
      log::warn("tool calls that were interrupted, now shown as errors: " +
                std::to_string(*settled));
  }

  static void note(const Result<void>& recorded) {
    if (!recorded) log::warn("connections' counts: " + recorded.error().message);
  }

  /// A thread for each: a thousand streams under load keep no listener waiting.
  void run_often(const std::function<void()>& tick) {
    std::unique_lock guard{upkeep_mutex_};
    while (!upkeep_stop_) {
      guard.unlock();
      tick();
      guard.lock();
      upkeep_wake_.wait_for(guard, kStreamTick, [&] { return upkeep_stop_; });
    }
  }

  const Config config_;
  net::SystemClock clock_;
  const Timestamp started_at_ = clock_.now();
  net::OsEntropy entropy_;
  const std::string folder_;
  engine::Vault vault_;
  store::SqliteStore sqlite_;
  WatchedStore store_;
  core::Catalogue catalogue_;
  providers::Registry registry_;
  tools::Registry tools_;
  std::optional<FolderWatch> provider_watch_, tool_watch_;
  net::TlsCertificate certificate_;
  std::optional<FolderWatch> tls_watch_;
  engine::Context context_;
  engine::Access access_;
  engine::ConnectionCache connections_;
  Metrics metrics_;
  AttemptLog attempt_log_;
  net::EventLoop loop_;
  net::HttpThread http_;
  engine::KeyDocuments documents_;
  engine::Quarantine quarantine_;
  engine::Intake intake_;
  engine::Accounts accounts_;
  net::CommandClient commands_;
  engine::ToolCaller caller_;
  engine::McpTools mcp_tools_;
  engine::TokenRenewal renewal_;
  engine::Sessions sessions_;
  engine::Chat chat_;
  api::StatusStreams streams_;
  engine::Listeners listeners_;
  engine::ConnectFlow connect_;
  engine::TriggerTrial trial_;
  engine::Dispatcher dispatcher_;
  HintBox hints_;
  engine::Upkeep upkeep_;
  std::unique_ptr<net::Workers> workers_;
  api::Api api_;
  std::optional<net::HttpServer> server_;
  std::optional<engine::CreatedKey> first_key_;

  std::atomic<bool> running_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> in_flight_ = 0;
  std::thread dispatch_thread_;
  std::thread upkeep_thread_;
  std::thread stream_thread_;
  std::thread listen_thread_;
  std::mutex upkeep_mutex_;
  std::condition_variable upkeep_wake_;
  bool upkeep_stop_ = false;
  Timestamp health_recorded_at_{};  // the upkeep thread's
};

Gateway::Gateway(const Config& config) : impl_(std::make_unique<Impl>(config)) {}
Gateway::~Gateway() = default;

void Gateway::start() { impl_->start(); }
void Gateway::stop() { impl_->stop(); }
void Gateway::reload_data() { impl_->reload_data(); }
std::string Gateway::address() const { return impl_->address(); }
std::string Gateway::url() const { return impl_->url(); }
const std::optional<engine::CreatedKey>& Gateway::first_key() const { return impl_->first_key(); }

}  // namespace malote::app
