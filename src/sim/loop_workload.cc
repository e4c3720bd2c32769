// Loops in the simulated world: what they are made of, and what operators do with their runs.
#include <array>

#include "engine/loops.h"
#include "sim/workload.h"

namespace malote::sim {

namespace {

/// `issue` and `read` may be repeated, `label` may not: its provider does not know keys.
constexpr std::string_view kTools = R"({"id":"sim","name":"Sim","category":"test","country":"BR",
  "description":"The simulated world's tools.","auth_type":"none",
  "hosts":{"live":"https://tools.example.com"},
  "tools":[
    {"name":"issue","description":"A write under a key.","method":"POST","path":"/issue",
     "input":{"type":"object"},"idempotency":{"header":"Idempotency-Key","honoured":true}},
    {"name":"label","description":"A write without one.","method":"POST","path":"/label",
     "input":{"type":"object"}}]})";

struct Shape {
  std::string_view definition;  // with its name left to be put in for @
  LoopFacts facts;
};

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all{
      {R"({"name":"@","on":{"event":"payment.confirmed"},"steps":[
         {"name":"s0","tool":"sim/issue","params":{"ref":"${event.data.ref ?? event.id}"}},
         {"name":"s1","tool":"sim/label","params":{"of":"${steps.s0.data.id}"}},
         {"name":"s2","tool":"sim/issue",
          "params":{"label":"${steps.s1.data.id}","at":"${now}"}}]})",
       {.events = {"payment.confirmed"}, .steps = 3, .writes_unprotected = {1}}},
      {R"({"name":"@","abort_on_error":false,"on":{"event":"payment.*"},"steps":[
         {"name":"s0","tool":"sim/label","params":{"ref":"${event.id}"},
          "retry":{"max_attempts":2,"base_delay":"1s"}},
         {"name":"s1","tool":"sim/issue","params":{"of":"${steps.s0.data.id}"}},
         {"name":"s2","tool":"sim/issue","params":{},"when":{"path":"steps.s1.success"}}]})",
       {.events = {"payment.*"}, .steps = 3, .writes_unprotected = {0}, .goes_on = {0, 1, 2}}},
      {R"({"name":"@","max_in_flight":2,"on":{"event":"*"},"steps":[
         {"name":"s0","tool":"sim/issue","params":{"n":1},
          "compensate":{"tool":"sim/issue","params":{"undo":"${steps.s0.data.id}"}}},
         {"name":"s1","tool":"malote/echo","params":{"x":"${steps.s0.data.id}"}},
         {"name":"s2","tool":"sim/label","params":{"x":"${steps.s1.data.x}"},
          "retry":{"max_attempts":3,"base_delay":"5s","backoff":"linear"}}]})",
       {.events = {"*"}, .steps = 3, .writes_unprotected = {2}, .silent = {1}}},
  };
  return all;
}

}  // namespace

const tools::Registry& sim_tools() {
  static const std::array<EmbeddedFile, 2> files{
      {{"sim", kTools},
       {"malote", R"({"id":"malote","name":"Malote","category":"test","country":"BR",
          "description":"Built in.","auth_type":"none","builtin":true,"tools":[
          {"name":"echo","description":"Its input.","method":"POST","path":"/echo",
           "input":{"type":"object"},"safe":true}]})"}}};
  static const tools::Registry loaded = [] {
    auto registry = tools::Registry::load(files, {});
    if (!registry) throw std::runtime_error("simulator: " + registry.error().message);
    return std::move(*registry);
  }();
  return loaded;
}

void Scenario::create_loop() {
  if (!node_) return;
  const Shape& shape = world_.pick(shapes());
  std::string definition{shape.definition};
  definition.replace(definition.find('@'), 1, "loop" + std::to_string(loops_made_++));
  const engine::Loops loops{node_->context()};
  operate([this, loops, definition, &shape](Tx& tx, engine::Effects&) -> Result<void> {
    MALOTE_TRY(const auto loop, loops.create(tx, project_, definition));
    note_commit(tx, [this, no = loop.no, id = loop.id, &shape] {
      LoopFacts facts = shape.facts;
      facts.id = id;
      oracle_.loops().loop_created(no, std::move(facts));
    });
    return {};
  });
}

void Scenario::act_on_loops() {
  if (!node_ || oracle_.loops().loops().empty()) return;
  std::vector<LoopNo> made;
  for (const auto& [no, facts] : oracle_.loops().loops()) made.push_back(no);
  const LoopNo no = world_.pick(made);
  const LoopFacts& facts = oracle_.loops().loops().at(no);
  const engine::Loops loops{node_->context()};
  const int action = static_cast<int>(world_.between(0, 99));
  if (action < 25) {
    operate([this, loops, id = facts.id](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_CHECK_OK(loops.run(tx, effects, project_, id, {.payload = R"({"data":{"ref":"x"},
        "id":"by hand"})"}));
      return {};
    });
  } else if (action < 45) {
    operate([this, loops, no, id = facts.id, enabled = !facts.enabled](
                Tx& tx, engine::Effects&) -> Result<void> {
      MALOTE_CHECK_OK(loops.set_enabled(tx, project_, id, enabled));
      note_commit(tx, [this, no, enabled] { oracle_.loops().loop_enabled(no, enabled); });
      return {};
    });
  } else {
    act_on_runs(action < 65);
  }
}

void Scenario::act_on_runs(bool cancel) {
  std::vector<RunKey> keys;
  for (const auto& [key, run] : oracle_.loops().runs()) {
    const bool fits = cancel ? !is_finished(run.state)
                             : run.state == RunState::failed || run.state == RunState::cancelled;
    if (fits) keys.push_back(key);
  }
  if (keys.empty() || !node_) return;
  const RunKey key = world_.pick(keys);
  const engine::Loops loops{node_->context()};
  operate([this, loops, key, cancel](Tx& tx, engine::Effects& effects) -> Result<void> {
    if (cancel) {
      MALOTE_CHECK_OK(loops.cancel(tx, project_, text_of(key)));
    } else {
      MALOTE_CHECK_OK(loops.redrive(tx, effects, project_, text_of(key), {}));
      note_commit(tx, [this, key] { oracle_.loops().run_redriven(key); });
    }
    return {};
  });
}

}  // namespace malote::sim
