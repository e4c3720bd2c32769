// The state of one run and the work done in it: clients that publish, providers that post,
// operators that act. workload.cc has the work, scenario.cc the settings, the node's life and the
// end.
#pragma once

#include <memory>
#include <optional>

#include "sim/faulty_store.h"
#include "sim/node.h"
#include "sim/scenario.h"
#include "sim/sim_http.h"
#include "store/sqlite_store.h"

namespace malote::sim {

inline constexpr std::int64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute;

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

/// The tools that loops call in the simulated world.
const tools::Registry& sim_tools();

class Scenario {
 public:
  explicit Scenario(const ScenarioOptions& options);

  Verdict run();

 private:
  // --- the node ---
  void start_node();
  void on_crash();
  void operate(
      engine::Operation operation, Store::WriteDone done = [](auto) {});

  // --- settings of the run ---
  void draw_faults();
  void draw_limits();
  void draw_work();
  void at_some_time(std::function<void()> task);
  void draw_fleet();
  void draw_crashes_and_jumps();
  void jump_there_and_back();

  // --- clients, providers, operators ---
  std::string new_ref(std::string_view prefix) {
    return std::string{prefix} + std::to_string(++refs_);
  }
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
  void create(engine::TriggerPatch wish);
  engine::TriggerPatch draw_trigger();
  std::optional<TriggerNo> some_trigger();
  void patch_trigger(TriggerNo no, engine::TriggerPatch patch);
  void operator_acts();
  void act_on_trigger(int action, TriggerNo no);
  void redeliver_some();
  void replay_some();

  // --- loops: loop_workload.cc ---
  void create_loop();
  void act_on_loops();
  void act_on_runs(bool cancel);

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
  std::vector<std::string> fetched_;        // payments that a notification was posted of
  std::vector<std::string> to_be_fetched_;  // … and acknowledged
  bool fleet_ = false, crashes_ = false, healed_ = false, leave_paused_ = false;
  int refs_ = 0, triggers_made_ = 0, loops_made_ = 0;
  std::int64_t jumped_back_ms_ = 0;
};

}  // namespace malote::sim
