// The simulated world of one seed: virtual time, a heap of tasks ordered by (time, sequence), one
// source of randomness, the trace and its hash, and the first broken invariant.
//
// Everything of a run happens on one thread inside step(). A node of the gateway lives in it and
// may die at any port call: the port throws Crash, which unwinds to the loop; tasks of a dead
// node's life are dropped unrun. Two runs of a seed give the same hash (README.md lists the traps).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/prng.h"
#include "ports/clock.h"
#include "ports/entropy.h"
#include "ports/executor.h"

namespace malote::sim {

/// Thrown by a port call at which the node dies.
struct Crash {};

class World {
 public:
  using Task = std::function<void()>;

  World(std::uint64_t seed, bool verbose);

  // --- time: milliseconds since the start of the run, which no clock jump touches ---
  std::int64_t now() const { return now_; }
  void after(std::int64_t delay_ms, Task task);
  /// Dropped when the node has died meanwhile.
  void after_in_life(std::int64_t delay_ms, Task task);
  /// Runs the next task; false when none is left before `until_ms` or an invariant is broken.
  bool step(std::int64_t until_ms);

  // --- randomness ---
  Prng& dice() { return dice_; }
  std::int64_t between(std::int64_t low, std::int64_t high);  // inclusive
  bool percent(int chance) { return dice_.chance(static_cast<std::uint64_t>(chance), 100); }
  template <class T>
  const T& pick(const std::vector<T>& list) {
    return list[dice_.below(list.size())];
  }

  /// How long the dispatcher's mailbox keeps a task at most.
  std::int64_t longest_hop() const { return longest_hop_; }
  void set_longest_hop(std::int64_t ms) { longest_hop_ = ms; }

  // --- the life of the node ---
  int life() const { return life_; }
  void end_life() { ++life_; }
  /// Arms the next crash: at the `calls`-th port call from now; 0 disarms.
  void crash_after(int calls) { calls_left_ = calls; }
  /// Every port calls this first. Throws Crash when it is time.
  void port_call();
  void set_on_crash(Task task) { on_crash_ = std::move(task); }

  // --- the trace ---
  void note(std::string_view what, std::int64_t a = 0, std::int64_t b = 0,
            std::string_view text = {});
  std::uint64_t hash() const { return hash_; }
  std::string trace() const;  // the last lines

  // --- invariants ---
  /// Remembers the first one; the run ends with it.
  void broken(std::string invariant);
  bool is_broken() const { return !broken_.empty(); }
  const std::string& broken_invariant() const { return broken_; }

 private:
  struct Item {
    std::int64_t at;
    std::uint64_t sequence;
    int life;  // -1: of no node
    Task task;
  };
  struct Line {
    std::int64_t at;
    std::string what;
    std::int64_t a, b;
    std::string text;
  };
  static bool is_later(const Item& left, const Item& right);
  void push(std::int64_t delay_ms, int life, Task task);
  void mix(std::uint64_t value);
  static std::string text_of(const Line& line);

  const bool verbose_;
  std::int64_t now_ = 0;
  std::uint64_t sequence_ = 0;
  std::vector<Item> heap_;
  Prng dice_;
  std::int64_t longest_hop_ = 3;
  int life_ = 0;
  int calls_left_ = 0;
  Task on_crash_;
  std::uint64_t hash_ = 0xcbf29ce484222325u;
  std::deque<Line> lines_;
  std::int64_t stuck_at_ = -1;  // the instant that does not pass, and its tasks
  int stuck_tasks_ = 0;
  std::string broken_;
};

/// The wall clock of the run: virtual time, a skew from the seed, and jumps.
class VirtualClock final : public Clock {
 public:
  VirtualClock(World& world, std::int64_t skew_ms) : world_(world), offset_(skew_ms) {}
  Timestamp now() const override {
    world_.port_call();
    return peek();
  }
  Timestamp peek() const { return from_ms(kStart + world_.now() + offset_); }
  void jump(std::int64_t by_ms) { offset_ += by_ms; }

 private:
  static constexpr std::int64_t kStart = 1'780'000'000'000;  // 2026-05-28
  World& world_;
  std::int64_t offset_;
};

class SeededEntropy final : public Entropy {
 public:
  SeededEntropy(World& world, std::uint64_t seed) : world_(world), bytes_(seed) {}
  void fill(std::span<char> out) override;

 private:
  World& world_;
  Prng bytes_;
};

/// The dispatcher's mailbox: tasks in order, a moment later; `after_each` lets the driver pump.
class SimExecutor final : public Executor {
 public:
  SimExecutor(World& world, World::Task after_each)
      : world_(world), after_each_(std::move(after_each)) {}
  void post(std::function<void()> task) override;

 private:
  World& world_;
  World::Task after_each_;
  std::int64_t last_at_ = 0;
};

}  // namespace malote::sim
