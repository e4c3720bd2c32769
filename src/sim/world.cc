#include "sim/world.h"

#include <algorithm>
#include <cstdio>

namespace malote::sim {

namespace {

constexpr std::size_t kLinesKept = 40;
constexpr int kMostTasksAtOnce = 20'000;  // at one instant; more means that time stands still

}  // namespace

World::World(std::uint64_t seed, bool verbose) : verbose_(verbose), dice_(seed) {}

bool World::is_later(const Item& left, const Item& right) {
  return left.at != right.at ? left.at > right.at : left.sequence > right.sequence;
}

void World::push(std::int64_t delay_ms, int life, Task task) {
  heap_.push_back({now_ + std::max<std::int64_t>(delay_ms, 0), sequence_++, life, std::move(task)});
  std::push_heap(heap_.begin(), heap_.end(), is_later);
}

void World::after(std::int64_t delay_ms, Task task) { push(delay_ms, -1, std::move(task)); }

void World::after_in_life(std::int64_t delay_ms, Task task) {
  push(delay_ms, life_, std::move(task));
}

bool World::step(std::int64_t until_ms) {
  if (is_broken() || heap_.empty() || heap_.front().at > until_ms) return false;
  std::pop_heap(heap_.begin(), heap_.end(), is_later);
  Item item = std::move(heap_.back());
  heap_.pop_back();
  if (item.at != stuck_at_) {
    stuck_at_ = item.at;
    stuck_tasks_ = 0;
  }
  if (++stuck_tasks_ > kMostTasksAtOnce) {
    broken("time stands still: the node is busy without end");
    return false;
  }
  now_ = item.at;
  if (item.life >= 0 && item.life != life_) return true;
  try {
    item.task();
  } catch (const Crash&) {
    on_crash_();
  }
  return true;
}

std::int64_t World::between(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(dice_.below(static_cast<std::uint64_t>(high - low + 1)));
}

void World::port_call() {
  if (calls_left_ == 0 || --calls_left_ > 0) return;
  throw Crash{};
}

// FNV-1a over 64-bit words.
void World::mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3u; }

void World::note(std::string_view what, std::int64_t a, std::int64_t b, std::string_view text) {
  mix(static_cast<std::uint64_t>(now_));
  for (const char c : what) mix(static_cast<unsigned char>(c));
  mix(static_cast<std::uint64_t>(a));
  mix(static_cast<std::uint64_t>(b));
  for (const char c : text) mix(static_cast<unsigned char>(c));
  if (lines_.size() == kLinesKept) lines_.pop_front();
  lines_.push_back({now_, std::string{what}, a, b, std::string{text}});
  if (verbose_) std::fputs(text_of(lines_.back()).c_str(), stdout);
}

std::string World::text_of(const Line& line) {
  char head[96];
  std::snprintf(head, sizeof head, "  %10.3fs  %-18s", static_cast<double>(line.at) / 1000.0,
                line.what.c_str());
  std::string out = head;
  if (line.a != 0) out += " " + std::to_string(line.a);
  if (line.b != 0) out += " " + std::to_string(line.b);
  if (!line.text.empty()) out += "  " + line.text;
  return out + "\n";
}

std::string World::trace() const {
  std::string out;
  for (const auto& line : lines_) out += text_of(line);
  return out;
}

void World::broken(std::string invariant) {
  if (broken_.empty()) broken_ = std::move(invariant);
}

void SeededEntropy::fill(std::span<char> out) {
  world_.port_call();
  for (char& byte : out) byte = static_cast<char>(bytes_.next() & 0xff);
}

void SimExecutor::post(std::function<void()> task) {
  world_.port_call();
  last_at_ = std::max(last_at_, world_.now() + world_.between(0, world_.longest_hop()));
  world_.after_in_life(last_at_ - world_.now(), [this, task = std::move(task)] {
    task();
    after_each_();
  });
}

}  // namespace malote::sim
