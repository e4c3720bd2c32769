#include "sim/scenario.h"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include "base/bytes.h"
#include "crypto/hmac.h"
#include "sim/faulty_store.h"
#include "sim/node.h"
#include "sim/plants.h"
#include "sim/sim_http.h"
#include "store/sqlite_store.h"

namespace malote::sim {

namespace {

using namespace std::chrono_literals;
using Kind = engine::IntakeAnswer::Kind;

constexpr std::string_view kCatalogue = R"({"events":[
  {"name":"payment.confirmed","domain":"payment","subject":"payment_id","aliases":["payment.success"],
   "fixture":{"id":"pay_sample"}},
  {"name":"payment.failed","domain":"payment","subject":"payment_id","fixture":{"id":"pay_sample"}},
  {"name":"shipment.delivered","domain":"shipment","subject":"shipment_id","fixture":{"id":"s"}}]})";

/// A sender that speaks the catalogue and signs its body.
constexpr std::string_view kShopPack = R"({"id":"shop","verify":{"default":"h","schemes":{
  "h":{"kind":"hmac","header":"x-shop-signature","encoding":"hex","signed":"{body}"}}},
  "events":{"passthrough":true,"name":["/type"],"id":["/id"],"data":["/data"],"rules":[]}})";

/// A sender that only notifies, with a token that proves nothing of the body.
constexpr std::string_view kBankPack = R"({"id":"bank","verify":{"default":"t","schemes":{
  "t":{"kind":"shared_secret","header":"x-bank-token"}}},
  "events":{"name":["/type"],"id":["/id"],
  "fetch":[{"where":{"/type":["payment"]},"url":"https://api.bank.example.com/payments/{/data/id}",
            "header":"Authorization","prefix":"Bearer ","credential":"api_key"}],
  "fields":{"payment":{"resource_id":["fetched:/id"]}},
  "rules":[{"where":{"/type":["payment"],"fetched:/status":["approved"]},
            "type":"payment.confirmed","fields":"payment","once":true}]}})";

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error("simulator: " + result.error().message);
  return std::move(*result);
}

const core::Catalogue& catalogue() {
  static const core::Catalogue parsed = must(core::Catalogue::parse(kCatalogue));
  return parsed;
}

const providers::Registry& registry() {
  static const std::array<EmbeddedFile, 2> files{{{"shop", kShopPack}, {"bank", kBankPack}}};
  static const providers::Registry loaded = must(providers::Registry::load(files));
  return loaded;
}

const std::vector<std::vector<Millis>>& ladders() {
  static const std::vector<std::vector<Millis>> all{
      {},
      {1s, 5s, 30s},
      {100ms, 1s, 10s, 1min},
      {10s, 30s, 2min, 5min, 15min},
      std::vector<Millis>(11, 2s),
      {10s, 30s, 1min, 5min, 15min, 30min, 1h, 2h, 4h, 8h, 10h},
  };
  return all;
}

constexpr std::int64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute;

/// Published together until acknowledged; without ids only once.
struct Order {
  std::vector<engine::NewEvent> events{};
  std::vector<std::string> refs{};
  bool has_ids = false;
  bool acknowledged = false;
};

/// A provider's notification, posted until it is answered 200.
struct Post {
  std::size_t connection = 0;
  std::string body{}, ref{};
  bool genuine = true;
  bool has_event = true;
  bool finished = false;
};

struct Account {
  std::string server_id{}, id{};
  ConnectionNo no{};
  std::string secret{};  // what the provider signs with
  bool rotating = false;
  bool deleted = false;
};

}  // namespace

class Scenario {
 public:
  explicit Scenario(const ScenarioOptions& options)
      : options_(options),
        world_(options.seed, options.verbose),
        clock_(world_, world_.between(-kHour, kHour)),
        entropy_(world_, options.seed ^ 0x5eed),
        oracle_(world_),
        inner_({.path = {}, .inline_writes = true}),
        planted_(options.plant.empty() ? nullptr : plant_store(options.plant, world_, inner_)),
        store_(world_, oracle_, planted_ ? *planted_ : inner_),
        http_(world_, clock_, oracle_),
        faulty_ms_(options.hours * kHour) {
    world_.set_on_crash([this] { on_crash(); });
  }

  Verdict run();

 private:
  // --- the node ---
  void start_node();
  void on_crash();
  void operate(engine::Operation operation, Store::WriteDone done = [](auto) {});

  // --- settings of the run ---
  void draw_faults();
  void draw_limits();
  void draw_work();
  void at_some_time(std::function<void()> task);
  void draw_crashes_and_jumps();

  // --- clients, providers, operators ---
  std::string new_ref(std::string_view prefix) { return std::string{prefix} + std::to_string(++refs_); }
  void publish_some(int events);
  void publish(const std::shared_ptr<Order>& order);
  void post_some();
  void post(const std::shared_ptr<Post>& post);
  providers::RawRequest request_of(const Post& post) const;
  void on_answer(Post& post, const engine::IntakeAnswer& answer);
  void create_account(std::string server_id);
  void rotate_account();
  void delete_account();
  void create_trigger();
  engine::TriggerPatch draw_trigger();
  std::optional<TriggerNo> some_trigger();
  void patch_trigger(TriggerNo no, engine::TriggerPatch patch);
  void operator_acts();
  void act_on_trigger(int action, TriggerNo no);
  void redeliver_some();
  void replay_some();

  // --- the end ---
  void heal();
  void resume_all();
  std::int64_t time_to_settle() const;
  void check_end();

  const ScenarioOptions options_;
  World world_;
  VirtualClock clock_;
  SeededEntropy entropy_;
  Oracle oracle_;
  store::SqliteStore inner_;
  std::unique_ptr<Store> planted_;
  FaultyStore store_;
  SimHttp http_;
  const std::int64_t faulty_ms_;

  ProjectNo project_{};
  engine::DispatchLimits limits_{};
  std::unique_ptr<Node> node_;
  std::vector<Account> accounts_;
  std::vector<std::int64_t> bursts_;
  std::vector<std::string> fetched_;  // payments that a notification was posted of
  std::vector<std::string> to_be_fetched_;  // … and acknowledged
  bool crashes_ = false, healed_ = false, leave_paused_ = false;
  int refs_ = 0, triggers_made_ = 0;
  std::int64_t jumped_back_ms_ = 0;
};

// --- the node ------------------------------------------------------------------------------------

void Scenario::start_node() {
  if (node_) return;
  world_.note("start", world_.life());
  oracle_.node_started();
  if (world_.life() > 0 && !healed_ && world_.percent(20)) world_.crash_after(static_cast<int>(world_.between(1, 40)));
  node_ = std::make_unique<Node>(Surroundings{world_, clock_, entropy_, store_, http_, catalogue(),
                                              registry(), limits_, options_.plant});
}

void Scenario::on_crash() {
  world_.note("crash", world_.life());
  world_.crash_after(0);
  world_.end_life();
  node_.reset();
  const std::int64_t down_ms = world_.between(10, world_.percent(70) ? kSecond : kMinute);
  world_.after(down_ms, [this] { start_node(); });
}

void Scenario::operate(engine::Operation operation, Store::WriteDone done) {
  if (node_) engine::commit(node_->context(), std::move(operation), std::move(done));
}

// --- settings ------------------------------------------------------------------------------------

void Scenario::draw_faults() {
  if (world_.percent(60)) {
    const auto some = [&](int most) { return world_.percent(50) ? static_cast<int>(world_.between(1, most)) : 0; };
    store_.set_faults({.busy_percent = some(10),
                       .failed_percent = some(10),
                       .twice_percent = some(20),
                       .read_percent = some(10),
                       .longest_ms = world_.between(0, 1) * world_.between(1, 200)});
  }
  std::vector<Mode> modes;
  for (int mode = 0; mode <= static_cast<int>(Mode::flapping); ++mode) {
    if (world_.percent(mode == static_cast<int>(Mode::gone) ? 10 : 40)) {
      modes.push_back(static_cast<Mode>(mode));
    }
  }
  const std::vector<std::int64_t> lengths{2 * kSecond, kMinute, 20 * kMinute, 2 * kHour};
  http_.set_faults(std::move(modes), world_.pick(lengths));
}

void Scenario::draw_limits() {
  crashes_ = world_.percent(50);
  leave_paused_ = world_.percent(40);
  for (int i = 0; i < 4; ++i) bursts_.push_back(world_.between(0, faulty_ms_ * 9 / 10));
  if (world_.percent(30)) limits_.max_in_flight = static_cast<int>(world_.between(1, 8));
  if (world_.percent(30)) limits_.claim_quantum = static_cast<int>(world_.between(1, 4));
}

/// Half of the work comes in bursts, the rest at any time.
void Scenario::at_some_time(std::function<void()> task) {
  const std::int64_t at = world_.percent(50) ? world_.pick(bursts_) + world_.between(0, 2 * kSecond)
                                             : world_.between(0, faulty_ms_ * 9 / 10);
  world_.after(at + kSecond, std::move(task));
}

void Scenario::draw_work() {
  const auto repeat = [&](std::int64_t times, auto task) {
    for (std::int64_t i = 0; i < times; ++i) at_some_time(task);
  };
  world_.after(0, [this] {
    for (auto i = world_.between(1, 4); i > 0; --i) create_trigger();
    create_account("shop");
    create_account("bank");
  });
  repeat(world_.between(3, 15), [this] { publish_some(static_cast<int>(world_.between(1, 3))); });
  repeat(world_.between(0, 15), [this] { post_some(); });
  if (world_.percent(75)) repeat(world_.between(1, 15), [this] { operator_acts(); });
  if (world_.percent(15)) {  // an outage long enough for the auto-pause
    const std::int64_t at = world_.between(0, faulty_ms_ / 2);
    const Mode mode = world_.percent(70) ? Mode::server_error : Mode::reset_after;
    world_.after(at, [this, mode] { http_.set_mode("r0.example.com", mode, kHour); });
    const std::int64_t spread = world_.percent(50) ? kSecond : 10 * kMinute;
    for (int i = 0; i < 12; ++i) {
      world_.after(at + world_.between(1, spread), [this] { publish_some(6); });
    }
  }
  if (world_.percent(30)) {  // somebody's script resumes at once what was paused
    oracle_.set_on_auto_pause([this](TriggerNo no) {
      world_.after(world_.between(0, 5), [this, no] {
        if (!healed_) patch_trigger(no, {.status = TriggerStatus::active});
      });
    });
  }
  draw_crashes_and_jumps();
}

void Scenario::draw_crashes_and_jumps() {
  if (crashes_) {
    for (auto i = world_.between(1, 6); i > 0; --i) {
      at_some_time([this] {
        if (node_ && !healed_) world_.crash_after(static_cast<int>(world_.between(1, 60)));
      });
    }
  }
  if (!world_.percent(30)) return;
  for (auto i = world_.between(1, 3); i > 0; --i) {
    at_some_time([this] {
      const std::int64_t by = world_.between(-kHour, 2 * kHour);
      jumped_back_ms_ += std::max<std::int64_t>(0, -by);
      clock_.jump(by);
      oracle_.clock_jumped();
      world_.note("jump", by);
      if (node_) node_->look_again();
    });
  }
}

// --- clients -------------------------------------------------------------------------------------

void Scenario::publish_some(int events) {
  static const std::vector<std::string> kTypes{"payment.confirmed", "payment.success", "payment.failed",
                                               "shipment.delivered"};
  const auto order = std::make_shared<Order>();
  order->has_ids = world_.percent(70);
  for (int i = 0; i < events; ++i) {
    const std::string ref = new_ref("ref_");
    order->refs.push_back(ref);
    order->events.push_back({.type = world_.pick(kTypes),
                             .data = R"({"ref":")" + ref + R"(","amount":12.30})",
                             .dedupe_key = order->has_ids ? ref : std::string{}});
  }
  if (order->has_ids && world_.percent(20)) order->events.push_back(order->events.front());
  publish(order);
  if (order->has_ids && world_.percent(20)) publish(order);
}

void Scenario::publish(const std::shared_ptr<Order>& order) {
  if (order->acknowledged && !world_.percent(20)) return;
  if (order->has_ids && !order->acknowledged) {
    world_.after(world_.between(kSecond, 30 * kSecond), [this, order] { publish(order); });
  }
  Node* node = node_.get();  // the operation runs in this life or not at all
  operate(
      [this, order, node](Tx& tx, engine::Effects& effects) -> Result<void> {
        MALOTE_CHECK_OK(node->events().publish(tx, effects, project_, false, order->events));
        return {};
      },
      [this, order](Result<void> result) {
        if (!result) return;
        order->acknowledged = true;
        for (const auto& ref : order->refs) oracle_.event_acknowledged(ref);
      });
}

// --- providers -----------------------------------------------------------------------------------

void Scenario::create_account(std::string server_id) {
  Account account{.server_id = server_id, .secret = "secret of " + server_id};
  Node* node = node_.get();
  const auto created = std::make_shared<Account>(account);
  operate(
      [this, node, created](Tx& tx, engine::Effects& effects) -> Result<void> {
        engine::ConnectionWish wish{.server_id = created->server_id,
                                    .credentials = Secret{R"({"api_key":"k"})"},
                                    .webhook_secret = Secret{created->secret}};
        MALOTE_TRY(const auto row, node->connections().create(tx, effects, project_, wish));
        created->id = row.id;
        created->no = row.no;
        return {};
      },
      [this, created](Result<void> result) {
        if (result) accounts_.push_back(*created);
      });
}

void Scenario::post_some() {
  if (accounts_.empty()) return;
  const auto made = std::make_shared<Post>();
  made->connection = world_.dice().below(accounts_.size());
  made->genuine = !world_.percent(15);
  const std::string id = new_ref("n_");
  if (accounts_[made->connection].server_id == "shop") {
    made->ref = new_ref(made->genuine ? "shop_" : "forged_");
    made->body = R"({"id":")" + id + R"(","type":"payment.confirmed","data":{"ref":")" + made->ref + R"("}})";
  } else {
    made->has_event = !world_.percent(20);
    made->ref = made->has_event ? new_ref(made->genuine ? "pay_" : "forged_") : new_ref("missing_");
    const bool again = made->genuine && made->has_event && !fetched_.empty() && world_.percent(30);
    if (again) made->ref = world_.pick(fetched_);
    made->body = R"({"id":")" + id + R"(","type":"payment","data":{"id":")" + made->ref + R"("}})";
    if (made->genuine && made->has_event && !again) fetched_.push_back(made->ref);
  }
  if (!made->genuine) oracle_.event_forbidden(made->ref);
  post(made);
  if (world_.percent(30)) {  // sent twice, out of order with others
    world_.after(world_.between(0, kMinute), [this, made] { post(made); });
  }
}

providers::RawRequest Scenario::request_of(const Post& post) const {
  const Account& account = accounts_[post.connection];
  const std::string secret = post.genuine ? account.secret : "a guess";
  providers::RawRequest request{.method = "POST", .body = post.body};
  if (account.server_id == "bank") {
    request.headers = {{"x-bank-token", secret}};
  } else {
    request.headers = {{"x-shop-signature",
                        hex_encode(crypto::hmac(crypto::Hash::sha256, secret, post.body))}};
  }
  return request;
}

void Scenario::post(const std::shared_ptr<Post>& made) {
  if (!made->finished && made->genuine) {
    world_.after(world_.between(5 * kSecond, 5 * kMinute), [this, made] {
      if (!made->finished) post(made);
    });
  }
  if (!node_) return;
  const Account& account = accounts_[made->connection];
  node_->intake().accept(account.server_id, account.id, request_of(*made),
                         [this, made](const engine::IntakeAnswer& answer) { on_answer(*made, answer); });
}

void Scenario::on_answer(Post& post, const engine::IntakeAnswer& answer) {
  world_.note("answer", 0, 0, word(answer.kind));
  const bool deleted = accounts_[post.connection].deleted;
  const bool taken = answer.kind == Kind::accepted || answer.kind == Kind::duplicate ||
                     answer.kind == Kind::ignored;
  if (!post.genuine && taken) return world_.broken("a forged request was accepted");
  if (post.genuine && answer.kind == Kind::refused) return world_.broken("a genuine request was refused");
  if (answer.kind == Kind::failed && answer.error.errc == Errc::not_found) {
    post.finished = true;
    if (!deleted) world_.broken("a live connection was not found");
  }
  if (!taken) return;
  post.finished = true;
  if (!post.has_event) return;
  // What a deleted connection was about to fetch goes with it, so the bank is judged at the end.
  if (accounts_[post.connection].server_id == "bank") return to_be_fetched_.push_back(post.ref);
  oracle_.event_acknowledged(post.ref);
}

void Scenario::rotate_account() {
  if (accounts_.empty()) return;
  const std::size_t at = world_.dice().below(accounts_.size());
  Account& account = accounts_[at];
  if (account.rotating || account.deleted) return;
  account.rotating = true;  // stays so when the answer is lost: the old one is good for days
  const std::string secret = account.secret + "+";
  Node* node = node_.get();
  operate(
      [this, node, id = account.id, secret](Tx& tx, engine::Effects& effects) -> Result<void> {
        MALOTE_CHECK_OK(node->connections().set_webhook_secret(tx, effects, project_, id,
                                                               Secret{secret}, 100h));
        return {};
      },
      [this, at, secret](Result<void> result) {
        if (result) accounts_[at].secret = secret;
        accounts_[at].rotating = false;
      });
}

void Scenario::delete_account() {
  if (accounts_.size() < 2) return;
  Account& account = accounts_[1];
  account.deleted = true;
  Node* node = node_.get();
  operate([this, node, id = account.id](Tx& tx, engine::Effects& effects) -> Result<void> {
    return node->connections().remove(tx, effects, project_, id);
  });
}

// --- operators -----------------------------------------------------------------------------------

engine::TriggerPatch Scenario::draw_trigger() {
  static const std::vector<std::vector<std::string>> kEvents{
      {"*"}, {"payment.*"}, {"payment.confirmed"}, {"payment.success"},
      {"payment.failed", "shipment.delivered"}};
  engine::TriggerPatch wish;
  wish.events = triggers_made_ == 0 ? kEvents.front() : world_.pick(kEvents);
  if (triggers_made_ > 0 && world_.percent(20)) wish.server_id = world_.percent(50) ? "shop" : "api";
  wish.url = "https://r" + std::to_string(triggers_made_++) + ".example.com/hook";
  wish.timeout = Millis{world_.pick(std::vector<std::int64_t>{500, 3000, 10'000})};
  wish.gaps = world_.pick(ladders());
  wish.jitter_permille = world_.percent(50) ? 100 : static_cast<int>(world_.between(0, 1) * 300);
  wish.max_in_flight = world_.pick(std::vector<int>{1, 2, 5, 64});
  if (world_.percent(20)) wish.rate_limit_per_s = static_cast<int>(world_.between(1, 5));
  if (world_.percent(30)) wish.format = PayloadFormat::envelope;
  return wish;
}

void Scenario::create_trigger() {
  if (triggers_made_ >= 7) return;
  Node* node = node_.get();
  operate([this, node, wish = draw_trigger()](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(const auto created, node->triggers().create(tx, effects, project_, wish));
    note_commit(tx, [this, created] { oracle_.trigger_created(created.trigger, created.secret); });
    return {};
  });
}

std::optional<TriggerNo> Scenario::some_trigger() {
  std::vector<TriggerNo> live;
  for (const auto& [no, facts] : oracle_.triggers()) {
    if (!facts.deleted) live.push_back(no);
  }
  if (live.empty()) return {};
  return world_.pick(live);
}

void Scenario::patch_trigger(TriggerNo no, engine::TriggerPatch patch) {
  Node* node = node_.get();
  const std::string id = oracle_.triggers().at(no).id;
  operate([this, node, id, patch = std::move(patch)](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(const auto row, node->triggers().patch(tx, effects, project_, id, patch));
    note_commit(tx, [this, row] { oracle_.trigger_patched(row); });
    return {};
  });
}

void Scenario::operator_acts() {
  const int action = static_cast<int>(world_.between(0, 99));
  if (action < 8) return create_trigger();
  if (action < 11) return rotate_account();
  if (action < 13) return delete_account();
  if (action < 25) return redeliver_some();
  if (action < 37) return replay_some();
  if (const auto no = some_trigger()) act_on_trigger(action, *no);
}

void Scenario::act_on_trigger(int action, TriggerNo no) {
  Node* node = node_.get();
  const std::string id = oracle_.triggers().at(no).id;
  if (action < 50) return patch_trigger(no, {.status = TriggerStatus::paused});
  if (action < 70) return patch_trigger(no, {.status = TriggerStatus::active});
  if (action < 74) return patch_trigger(no, {.events = draw_trigger().events});
  operate([this, node, id, no, action](Tx& tx, engine::Effects& effects) -> Result<void> {
    if (action < 82) {
      MALOTE_TRY(const auto rotated, node->triggers().rotate_secret(tx, effects, project_, id));
      note_commit(tx, [this, no, rotated] { oracle_.secret_rotated(no, rotated.secret); });
    } else if (action < 88) {
      MALOTE_CHECK_OK(node->triggers().test_fire(tx, effects, project_, id, {}));
    } else if (action < 93) {
      MALOTE_CHECK_OK(node->triggers().retry_pending(tx, effects, project_, 1000));
      note_commit(tx, [this] { oracle_.retried_pending(); });
    } else if (action < 97) {
      tx.trim({}, {}, 50);
    } else {
      MALOTE_CHECK_OK(node->triggers().remove(tx, effects, project_, id));
      note_commit(tx, [this, no] { oracle_.trigger_deleted(no); });
    }
    return {};
  });
}

void Scenario::redeliver_some() {
  if (oracle_.deliveries().empty()) return;
  const auto skip = static_cast<std::ptrdiff_t>(world_.dice().below(oracle_.deliveries().size()));
  const auto at = std::next(oracle_.deliveries().begin(), skip);
  Node* node = node_.get();
  operate([this, node, key = at->first](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(const auto again, node->triggers().redeliver(tx, effects, project_, key));
    note_commit(tx, [this, no = again.trigger.no] { oracle_.redelivered(no); });
    return {};
  });
}

void Scenario::replay_some() {
  if (oracle_.events().empty()) return;
  const auto skip = static_cast<std::ptrdiff_t>(world_.dice().below(oracle_.events().size()));
  const auto at = std::next(oracle_.events().begin(), skip);
  Node* node = node_.get();
  operate([this, node, key = at->first](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_CHECK_OK(node->events().replay(tx, effects, project_, key, {}));
    return {};
  });
}

// --- the end -------------------------------------------------------------------------------------

void Scenario::heal() {
  world_.note("healed");
  healed_ = true;
  world_.crash_after(0);
  store_.set_faults({});
  http_.heal();
  start_node();
}

/// All but one, where the run leaves one paused: it must keep what it is owed.
void Scenario::resume_all() {
  bool leave = leave_paused_;
  for (const auto& [no, facts] : oracle_.triggers()) {
    if (facts.deleted || facts.status == TriggerStatus::active) continue;
    if (std::exchange(leave, false)) continue;
    patch_trigger(no, {.status = TriggerStatus::active});
  }
}

/// The longest gap that may have begun, the longest fetch gap, jumps back, and slack for limits.
std::int64_t Scenario::time_to_settle() const {
  const std::int64_t left = (oracle_.latest_due() - clock_.peek()).count();
  return std::max<std::int64_t>(left, 12 * kHour) + jumped_back_ms_ + 2 * kHour;
}

void Scenario::check_end() {
  const bool all_fetched = std::ranges::none_of(accounts_, &Account::deleted) && options_.hours <= 10;
  for (const auto& ref : to_be_fetched_) {
    if (all_fetched) oracle_.event_acknowledged(ref);
  }
  oracle_.check_settled();
  oracle_.check_rows(inner_, project_);
  (void)inner_.read([&](const ReadTx& tx) -> Result<void> {
    for (const Account& account : accounts_) {
      if (tx.pending_count(lane_of(account.no)) > 0) {
        world_.broken("a fetch-back is queued for ever for connection " + account.id);
      }
    }
    return {};
  });
}

Verdict Scenario::run() {
  const auto made = write_and_wait(inner_, [this](Tx& tx) -> Result<void> {
    Project project{.id = "prj_sim", .name = "sim", .slug = "default", .is_default = true};
    tx.insert_project(project);
    project_ = project.no;
    return {};
  });
  if (!made) throw std::runtime_error("simulator: " + made.error().message);
  draw_limits();
  start_node();
  draw_work();
  world_.after(kSecond / 2, [this] { draw_faults(); });
  while (world_.step(faulty_ms_)) {}
  if (!world_.is_broken()) oracle_.check_rows(inner_, project_);
  world_.after(std::max<std::int64_t>(0, faulty_ms_ - world_.now()), [this] { heal(); });
  world_.after(faulty_ms_ - world_.now() + 30 * kSecond, [this] { resume_all(); });
  while (world_.step(faulty_ms_ + kMinute)) {}
  const std::int64_t end = faulty_ms_ + kMinute + time_to_settle();
  while (world_.step(end)) {}
  if (!world_.is_broken()) check_end();
  return {.broken = world_.broken_invariant(),
          .trace = world_.is_broken() ? world_.trace() : std::string{},
          .hash = world_.hash(),
          .deliveries = static_cast<std::int64_t>(oracle_.deliveries().size()),
          .attempts = oracle_.attempts(),
          .virtual_ms = world_.now()};
}

Verdict run_scenario(const ScenarioOptions& options) { return Scenario{options}.run(); }

}  // namespace malote::sim
