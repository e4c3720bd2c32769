#include "sim/scenario.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "sim/plants.h"
#include "sim/workload.h"

namespace malote::sim {

namespace {

constexpr std::string_view kCatalogue = R"({"events":[
  {"name":"payment.confirmed","domain":"payment","subject":"payment_id",
   "aliases":["payment.success"],"fixture":{"id":"pay_sample"}},
  {"name":"payment.failed","domain":"payment","subject":"payment_id","fixture":{"id":"pay_sample"}},
  {"name":"shipment.delivered","domain":"shipment","subject":"shipment_id",
   "fixture":{"id":"s"}}]})";

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

}  // namespace

Scenario::Scenario(const ScenarioOptions& options)
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

// --- the node ------------------------------------------------------------------------------------

void Scenario::start_node() {
  if (node_) return;
  world_.note("start", world_.life());
  oracle_.node_started();
  if (world_.life() > 0 && !healed_ && world_.percent(20))
    world_.crash_after(static_cast<int>(world_.between(1, 40)));
  node_ = std::make_unique<Node>(Surroundings{world_, clock_, entropy_, store_, http_, catalogue(),
                                              registry(), sim_tools(), limits_, options_.plant});
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
    const auto some = [&](int most) {
      return world_.percent(50) ? static_cast<int>(world_.between(1, most)) : 0;
    };
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
  if (world_.percent(20)) world_.set_longest_hop(40);  // a busy dispatcher
  crashes_ = world_.percent(50);
  leave_paused_ = world_.percent(40);
  for (int i = 0; i < 4; ++i) bursts_.push_back(world_.between(0, faulty_ms_ * 9 / 10));
  if (world_.percent(30)) limits_.max_in_flight_total = static_cast<int>(world_.between(1, 8));
  if (world_.percent(30)) limits_.max_runs_in_flight = static_cast<int>(world_.between(1, 4));
  fleet_ = world_.percent(15);
  if (fleet_) limits_.max_in_flight_total = 16;
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
  if (world_.percent(60)) {
    for (auto i = world_.between(1, 3); i > 0; --i) world_.after(0, [this] { create_loop(); });
    repeat(world_.between(0, 12), [this] { act_on_loops(); });
  }
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
      world_.after(world_.between(0, 40), [this, no] {
        if (!healed_) patch_trigger(no, {.status = TriggerStatus::active});
      });
    });
  }
  if (fleet_) draw_fleet();
  draw_crashes_and_jumps();
}

/// Many endpoints that answer, but slowly, with a backlog each; beside them one that is prompt.
void Scenario::draw_fleet() {
  const auto join = [this](const std::string& name, Mode mode) {
    const std::string host = name + ".example.com";
    http_.set_mode(host, mode, 1000 * kHour);
    world_.after(0, [this, host] {
      create({.name = host,
              .url = "https://" + host + "/hook",
              .events = std::vector<std::string>{"*"},
              .timeout = Millis{10 * kSecond},
              .max_in_flight = 64});
    });
  };
  for (auto i = world_.between(3, 8); i > 0; --i) join("slow" + std::to_string(i), Mode::sluggish);
  join("prompt", Mode::good);
  const std::int64_t at = world_.between(kSecond, faulty_ms_ / 2);
  for (int i = 0; i < 10; ++i) world_.after(at + i, [this] { publish_some(5); });
  for (int i = 1; i < 12; ++i) world_.after(at + i * 10 * kSecond, [this] { publish_some(1); });
}

void Scenario::draw_crashes_and_jumps() {
  if (crashes_) {
    for (auto i = world_.between(1, 6); i > 0; --i) {
      at_some_time([this] {
        if (node_ && !healed_) world_.crash_after(static_cast<int>(world_.between(1, 60)));
      });
    }
  }
  if (world_.percent(15)) jump_there_and_back();
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

/// A clock that is set wrong for a moment, and noticed.
void Scenario::jump_there_and_back() {
  at_some_time([this] {
    const std::int64_t by = world_.between(2, 400) * 24 * kHour;
    const auto jump = [this](std::int64_t ms) {
      clock_.jump(ms);
      oracle_.clock_jumped();
      world_.note("jump", ms);
      if (node_) node_->look_again();
    };
    jump(by);
    world_.after(world_.between(kSecond, kMinute), [this, jump, by] {
      jump(-by);
      oracle_.clock_corrected(clock_.peek());
    });
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
  return std::max<std::int64_t>(left, 25 * kHour) + jumped_back_ms_ + 2 * kHour;
}

void Scenario::check_end() {
  const bool all_fetched =
      std::ranges::none_of(accounts_, &Account::deleted) && options_.hours <= 10;
  for (const auto& ref : to_be_fetched_) {
    if (all_fetched) oracle_.event_acknowledged(ref);
  }
  oracle_.check_settled();
  oracle_.loops().check_settled();
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
  while (world_.step(faulty_ms_)) {
  }
  if (!world_.is_broken()) oracle_.check_rows(inner_, project_);
  world_.after(std::max<std::int64_t>(0, faulty_ms_ - world_.now()), [this] { heal(); });
  world_.after(faulty_ms_ - world_.now() + 30 * kSecond, [this] { resume_all(); });
  while (world_.step(faulty_ms_ + kMinute)) {
  }
  const std::int64_t end = faulty_ms_ + kMinute + time_to_settle();
  while (world_.step(end)) {
  }
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
