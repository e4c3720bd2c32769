// Loops and their runs.
#include "api/codec.h"
#include "api/decode.h"
#include "api/problem.h"

namespace malote::api {

namespace {

std::string encode_loop(const Loop& loop) {
  json::Writer w;
  w.object().field("id", loop.id).field("name", loop.name).field("version", loop.version);
  w.field("enabled", loop.enabled).key("definition").raw(loop.definition);
  write_time(w, "created_at", loop.created_at);
  write_time(w, "updated_at", loop.updated_at);
  return std::move(w.end()).text();
}

void write_run(json::Writer& w, const ReadTx& tx, const Run& run) {
  const auto loop = tx.loop(run.loop);
  w.object().field("id", text_of(run.key)).field("loop_id", loop ? loop->id : "");
  w.field("loop_name", loop ? loop->name : "").field("version", run.version);
  w.field("state", word(run.state)).field("origin", word(run.origin));
  const std::string event = run.event ? text_of(run.event) : "";
  w.field_or_null("event_id", std::string_view{event});
  w.field_or_null("failed_step", std::string_view{run.failed_step});
  w.field_or_null("error", std::string_view{run.error});
  write_time(w, "started_at", run.started_at);
  write_time(w, "finished_at", run.finished_at);
  write_time(w, "next_attempt_at", is_finished(run.state) ? Timestamp{} : run.due_at);
}

std::string encode_run(const ReadTx& tx, const Run& run) {
  json::Writer w;
  write_run(w, tx, run);
  return std::move(w.end()).text();
}

/// Of one step's params or result where the whole run is asked for; `?full=true` has no limit.
constexpr std::size_t kShown = 64 * 1024;

void write_document(json::Writer& w, const std::string& name, const std::string& text, bool full) {
  const bool shown = full || text.size() <= kShown;
  w.key(name).raw(text.empty() || !shown ? "null" : text);
  if (!shown) w.field(name + "_bytes", static_cast<std::int64_t>(text.size()));
}

void write_step(json::Writer& w, const StepRecord& step, bool full) {
  w.object().field("name", step.name).field("tool", step.tool).field("state", word(step.state));
  w.field("compensation", step.position >= kCompensation);
  write_document(w, "params", step.params, full);
  write_document(w, "result", step.result, full);
  const std::string key = engine::idempotency_key_of(step);
  w.field_or_null("idempotency_key", std::string_view{key});
  w.field("outcome_unknown", step.unknown).field("attempts", step.attempts);
  write_time(w, "started_at", step.started_at);
  write_time(w, "finished_at", step.finished_at);
  w.end();
}

std::string encode_run_detail(const ReadTx& tx, const Run& run, bool full) {
  json::Writer w;
  write_run(w, tx, run);
  w.field("attempts_of_next_step", run.attempts);
  w.key("payload").raw(run.payload.empty() ? "null" : run.payload);
  w.key("steps").array();
  for (const auto& head : tx.step_heads(run.key)) {
    const auto step = tx.step(run.key, head.position);
    write_step(w, step.value_or(head), full);
  }
  return std::move(w.end().end()).text();
}

struct RunBody {
  engine::RunWish wish{};
  bool dry = false;
  std::string results{"{}"};
};

/// {"event_id"} | {"event": {…}} | {"payload": {…}}, and "dry_run", "results".
Result<RunBody> decode_run(const Call& call) {
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  RunBody run;
  run.dry = body.boolean("dry_run").value_or(false);
  if (const auto id = body.text_or_null("event_id", 64); id && !id->empty()) {
    run.wish.event = parse_event_key(*id);
    if (!run.wish.event) return fail(Errc::not_found, "no such event");
  }
  if (body.has_value("event")) {
    run.wish.payload = std::string{body.object("event").raw()};
  } else if (body.has_value("payload")) {
    run.wish.payload = "{\"data\":" + std::string{body.object("payload").raw()} + "}";
  }
  if (body.has_value("results")) run.results = std::string{body.object("results").raw()};
  if (run.wish.event && !run.wish.payload.empty())
    body.issue("/event_id", "give either an event's id, or an event");
  MALOTE_CHECK_OK(body.result());
  return run;
}

}  // namespace

Result<Response> list_loops(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const Page page, decode_page(call, 100));
  auto loops = tx.loops(call.project(), one_more(page));
  const bool more = cut_to(page, loops);
  std::vector<std::string> items;
  for (const auto& loop : loops) items.push_back(encode_loop(loop));
  return list_response("loops", items, more ? cursor_of(loops.back().no.value) : "");
}

Result<Response> create_loop(const Call& call, Tx& tx, engine::Effects&) {
  MALOTE_TRY(const auto document, parse_body(call));
  MALOTE_TRY(const auto loop, call.api.loops.create(tx, call.project(), document.root().raw()));
  return json_response(201, encode_loop(loop));
}

Result<Response> get_loop(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const auto loop, call.api.loops.get(tx, call.project(), call.param(0)));
  return json_response(200, encode_loop(loop));
}

Result<Response> patch_loop(const Call& call, Tx& tx, engine::Effects& effects) {
  MALOTE_TRY(const auto document, parse_body(call));
  MALOTE_TRY(const auto loop,
             call.api.loops.patch(tx, effects, call.project(), call.param(0), document.root()));
  return json_response(200, encode_loop(loop));
}

Result<Response> delete_loop(const Call& call, Tx& tx, engine::Effects&) {
  MALOTE_CHECK_OK(call.api.loops.remove(tx, call.project(), call.param(0)));
  return Response{.status = 204};
}

Result<Response> enable_loop(const Call& call, Tx& tx, engine::Effects&) {
  MALOTE_TRY(const auto loop, call.api.loops.set_enabled(tx, call.project(), call.param(0), true));
  return json_response(200, encode_loop(loop));
}

Result<Response> disable_loop(const Call& call, Tx& tx, engine::Effects&) {
  MALOTE_TRY(const auto loop, call.api.loops.set_enabled(tx, call.project(), call.param(0), false));
  return json_response(200, encode_loop(loop));
}

Result<Response> run_loop(const Call& call, Tx& tx, engine::Effects& effects) {
  MALOTE_TRY(const auto body, decode_run(call));
  if (body.dry) {
    MALOTE_TRY(const auto results, json::Document::parse(body.results));
    MALOTE_TRY(auto plan, call.api.loops.dry_run(tx, call.project(), call.param(0), body.wish,
                                                 results.root()));
    return json_response(200, std::move(plan));
  }
  MALOTE_TRY(const auto run,
             call.api.loops.run(tx, effects, call.project(), call.param(0), body.wish));
  return json_response(202, encode_run(tx, run));
}

Result<Response> list_runs(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const Page page, decode_page(call, 100));
  RunFilter filter{.project = call.project()};
  if (const std::string id = call.query_text("loop_id"); !id.empty()) {
    MALOTE_TRY(const auto loop, call.api.loops.get(tx, call.project(), id));
    filter.loop = loop.no;
  }
  if (const std::string id = call.query_text("event_id"); !id.empty()) {
    const auto key = parse_event_key(id);
    if (!key) return fail(Errc::not_found, "no such event");
    filter.event = *key;
  }
  if (const std::string state = call.query_text("state"); !state.empty()) {
    for (const RunState known : {RunState::running, RunState::compensating, RunState::completed,
                                 RunState::failed, RunState::cancelled}) {
      if (word(known) == state) filter.state = known;
    }
    if (!filter.state)
      return fail(make_issue(Errc::invalid_query, "state",
                             "takes running, compensating, completed, failed or cancelled"));
  }
  auto runs = tx.runs(filter, one_more(page));
  const bool more = cut_to(page, runs);
  std::vector<std::string> items;
  for (const auto& run : runs) items.push_back(encode_run(tx, run));
  return list_response("runs", items, more ? cursor_of(runs.back().key.value) : "");
}

Result<Response> get_run(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const auto run, call.api.loops.get_run(tx, call.project(), call.param(0)));
  return json_response(200, encode_run_detail(tx, run, call.query_text("full") == "true"));
}

Result<Response> cancel_run(const Call& call, Tx& tx, engine::Effects&) {
  MALOTE_TRY(const auto run, call.api.loops.cancel(tx, call.project(), call.param(0)));
  return json_response(200, encode_run(tx, run));
}

Result<Response> redrive_run(const Call& call, Tx& tx, engine::Effects& effects) {
  MALOTE_TRY(const auto run, call.api.loops.redrive(tx, effects, call.project(), call.param(0),
                                                    call.query_text("from")));
  return json_response(202, encode_run(tx, run));
}

}  // namespace malote::api
