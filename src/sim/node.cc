#include "sim/node.h"

#include <stdexcept>

#include "sim/plants.h"

namespace malote::sim {

namespace {

constexpr std::int64_t kLongestNap = 1000;  // app/gateway.cc

/// Passes on, so that a member can own it like a planted client.
class PlainHttp final : public HttpClient {
 public:
  explicit PlainHttp(HttpClient& target) : target_(target) {}
  void start(HttpRequest request, Done done) override {
    target_.start(std::move(request), std::move(done));
  }

 private:
  HttpClient& target_;
};

std::unique_ptr<HttpClient> client_for(const Surroundings& around) {
  if (around.plant.empty()) return std::make_unique<PlainHttp>(around.http);
  return plant_http(around.plant, around.world, around.http);
}

}  // namespace

/// As the gateway's HintBox: one post for the hints that gathered.
class Node::Hints final : public engine::Listener {
 public:
  explicit Hints(Node& node) : node_(node) {}

  void on_commit(const engine::Effects& effects) override {
    for (const auto& id : effects.connections) node_.cache_.drop(id);
    if (effects.due.empty() && effects.triggers.empty()) return;
    const bool post = due_.empty() && triggers_.empty();
    due_.insert(due_.end(), effects.due.begin(), effects.due.end());
    triggers_.insert(triggers_.end(), effects.triggers.begin(), effects.triggers.end());
    if (post) node_.executor_.post([this] { deliver(); });
  }

 private:
  void deliver() {
    const auto due = std::exchange(due_, {});
    const auto triggers = std::exchange(triggers_, {});
    for (const auto no : triggers) node_.dispatcher_.trigger_changed(no);
    for (const auto& [lane, at] : due) node_.dispatcher_.work_due(lane, at);
  }

  Node& node_;
  std::vector<LaneHead> due_;
  std::vector<TriggerNo> triggers_;
};

Node::Node(const Surroundings& around)
    : world_(around.world),
      clock_(around.clock),
      vault_(Secret{std::string(32, 'k')}, around.entropy),
      context_{around.clock,    around.entropy, around.store, vault_, around.catalogue,
               around.registry, around.tools,   {},           {},     nullptr},
      cache_(context_),
      events_(context_),
      triggers_(context_),
      connections_(context_),
      executor_(around.world, [this] { pump_soon(); }),
      http_(client_for(around)),
      documents_(context_, *http_),
      quarantine_(context_),
      intake_(context_, cache_, documents_, quarantine_),
      accounts_(context_),
      caller_(context_, *http_, executor_, accounts_),
      dispatcher_(context_, *http_, executor_, caller_, around.limits),
      hints_(std::make_unique<Hints>(*this)) {
  context_.listener = hints_.get();
  if (!around.plant.empty()) {
    listener_ = plant_listener(around.plant, around.world, *hints_);
    context_.listener = listener_.get();
  }
  if (!dispatcher_.start()) throw Crash{};  // the gateway ends, and its supervisor starts it again
  pump_soon();
}

Node::~Node() = default;

void Node::pump_soon() {
  if (pump_posted_) return;
  pump_posted_ = true;
  world_.after_in_life(0, [this] { pump(); });
}

void Node::pump() {
  pump_posted_ = false;
  caller_.pump();
  dispatcher_.pump();
  set_alarm();
}

void Node::set_alarm() {
  const std::uint64_t nap = ++nap_;
  const Timestamp wakeup = std::min(dispatcher_.next_wakeup(), caller_.next_wakeup());
  if (wakeup == Timestamp::max()) return;
  const std::int64_t left = (wakeup - clock_.peek()).count();
  // A driver that is told to wake at once and again at once would be a busy loop: time stands
  // still.
  world_.after_in_life(left, [this, nap] {
    if (nap == nap_) pump_soon();
  });
}

void Node::look_again() {
  world_.after_in_life(world_.between(0, kLongestNap), [this] { pump_soon(); });
}

}  // namespace malote::sim
