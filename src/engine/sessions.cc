#include "engine/sessions.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "crypto/hmac.h"
#include "engine/interrupted_calls.h"

namespace malote::engine {

namespace {

/// "server/tool" for the form that language models can write.
std::string canonical_name(const tools::Registry& registry, const std::string& tool) {
  const auto* found = registry.find(tool);
  return found ? found->full_name() : tool;
}

std::string uuid(Entropy& entropy) {
  std::string bytes = random_bytes(entropy, 16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);  // version 4
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);  // variant of RFC 4122
  std::string hex = hex_encode(bytes);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) hex.insert(at, "-");
  return hex;
}

/// UTF-16 code units of valid JSON without the white space between its parts.
std::size_t compact_units(std::string_view json) {
  std::size_t units = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (!quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
    if (quoted && c == '\\' && json[i + 1] == 'u') {  // one letter, but for control characters
      const bool control = json.substr(i + 2, 3) == "000" || json.substr(i + 2, 3) == "001";
      units += control ? 6U : 1U;
      i += 5;
      continue;
    }
    if (quoted && c == '\\') {
      units += 2;
      ++i;
      continue;
    }
    if (c == '"') quoted = !quoted;
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) units += byte >= 0xF0 ? 2 : 1;
  }
  return units;
}

bool fits(std::string_view text, std::string_view first, std::string_view rest) {
  return !text.empty() && first.find(text.front()) != std::string_view::npos &&
         text.find_first_not_of(rest) == std::string_view::npos;
}

/// "server/tool", or a meta-tool's bare name.
bool is_mock_key(std::string_view key) {
  constexpr std::string_view kStart = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::string_view kServer = "abcdefghijklmnopqrstuvwxyz0123456789-";
  constexpr std::string_view kTool = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  constexpr std::string_view kMeta = "abcdefghijklmnopqrstuvwxyz0123456789_";
  const auto slash = key.find('/');
  if (slash == std::string_view::npos)
    return fits(key, kMeta.substr(0, 26), kMeta) && key.find("__") == std::string_view::npos;
  return fits(key.substr(0, slash), kStart, kServer) && fits(key.substr(slash + 1), kStart, kTool);
}

std::string escaped(std::string_view key) {  // RFC 6901
  std::string out;
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

Unexpected bad_mock(std::string at, std::string message) {
  Error error = make_error(Errc::mocks_invalid, std::move(message));
  error.issues.push_back({std::move(at), error.message});
  return fail(std::move(error));
}

std::string refusal_data(std::string_view code, std::string_view tool, std::string_view message) {
  json::Writer w;
  w.object().field("code", code);
  if (code == "tool_not_mocked") w.field("tool_name", tool);
  return std::move(w.field("message", message).end()).text();
}

bool has_mock(const Session& session, std::string_view tool) {
  const auto mocks = json::Document::parse(session.mocks.empty() ? "{}" : session.mocks);
  return mocks && mocks->root()[tool];
}

/// Answered for good: it succeeded, or it failed in a way that may have had its effect. What failed
/// without one may be tried again, under the same key at the provider.
bool is_settled(const ToolCall& call) {
  if (call.status == CallStatus::running) return false;
  if (call.status == CallStatus::success || call.server_id == "mock") return true;
  const auto result = json::Document::parse(call.result);
  return result && result->root()["outcome_unknown"].as_bool().value_or(false);
}

}  // namespace

std::optional<ToolCallNo> parse_tool_call_no(std::string_view text) {
  if (text.starts_with("tc_")) text.remove_prefix(3);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || text.front() == '-' || error != std::errc{} ||
      end != text.data() + text.size())
    return {};
  return ToolCallNo{number};
}

Result<void> check_mocks(json::View mocks) {
  if (compact_units(mocks.raw()) > kMaxMocks)
    return fail(Errc::mocks_payload_too_large, "mocks take at most 65536 characters");
  if (!mocks.is_object()) return bad_mock("/mocks", "mocks take an object by tool name");
  for (const auto entry : mocks) {
    const std::string at = "/mocks/" + escaped(entry.key());
    if (!is_mock_key(entry.key()))
      return bad_mock(at, "a mock's name takes the form server/tool, or a meta-tool's name");
    if (entry.is_object()) continue;
    if (!entry.is_array()) return bad_mock(at, "a mock takes an object or a list of objects");
    std::size_t index = 0;
    for (const auto item : entry) {
      if (!item.is_object())
        return bad_mock(at + "/" + std::to_string(index), "a list of mocks takes objects");
      ++index;
    }
  }
  return {};
}

bool is_mocked(const Session& session) {
  const auto mocks = json::Document::parse(session.mocks.empty() ? "{}" : session.mocks);
  return mocks && mocks->root().size() > 0;
}

/// One call on its way.
struct Sessions::Begun {
  ProjectNo project{};
  std::string session_id{};
  CallWish wish{};
  Done done{};

  // what begin() found
  Session session{};
  ToolCall call{};
  bool is_finished = false;  // mocked, or answered before
  bool is_repeat = false;    // of a call that is not finished
  std::string refusal_code{};
};

Result<Session> Sessions::get(const ReadTx& tx, ProjectNo project, std::string_view id) const {
  auto session = tx.session(project, id);
  if (!session) return fail(Errc::not_found, "no such session");
  return std::move(*session);
}

Result<Session> Sessions::create(Tx& tx, ProjectNo project, const SessionWish& wish) const {
  const Timestamp now = context_.clock.now();
  Session session{.id = random_id(context_.entropy, "ses_"),
                  .project = project,
                  .user_id = wish.user_id,
                  .servers = wish.servers,
                  .metadata = wish.metadata,
                  .mocks = wish.mocks,
                  .created_at = now,
                  .last_used_at = now};
  tx.insert_session(session);
  return session;
}

Result<Session> Sessions::close(Tx& tx, Effects& effects, ProjectNo project,
                                std::string_view id) const {
  MALOTE_TRY(auto session, get(tx, project, id));
  if (session.status == SessionStatus::closed) return session;
  session.status = SessionStatus::closed;
  session.closed_at = session.last_used_at = context_.clock.now();
  tx.update_session(session);
  json::Writer w;
  w.object().field("session_id", session.id).field("user_id", session.user_id);
  w.field("closed_at", format_rfc3339(session.closed_at)).field("tool_calls", session.tool_calls);
  Event event{.project = project,
              .type = "session.closed",
              .source = "malote",
              .occurred_at = session.closed_at,
              .received_at = session.closed_at,
              .data = std::move(w.end()).text()};
  append_and_fan_out(context_, tx, effects, event, session.closed_at);
  return session;
}

Result<ToolCall> Sessions::record(Tx& tx, ProjectNo project, std::string_view session_id,
                                  ToolCall call) const {
  MALOTE_TRY(auto session, get(tx, project, session_id));
  if (session.status != SessionStatus::active)
    return fail(Errc::session_not_active, "the session is closed");
  call.project = project;
  call.session = session.no;
  call.session_id = session.id;
  call.called_at = context_.clock.now();
  tx.insert_tool_call(call);
  ++session.tool_calls;
  session.last_used_at = call.called_at;
  tx.update_session(session);
  return call;
}

// --- a call --------------------------------------------------------------------------------------

void Sessions::execute(ProjectNo project, std::string session_id, CallWish wish, Done done) {
  auto begun = std::make_shared<Begun>();
  begun->project = project;
  begun->session_id = std::move(session_id);
  begun->wish = std::move(wish);
  begun->done = std::move(done);
  commit(
      context_, [this, begun](Tx& tx, Effects&) -> Result<void> { return begin(tx, *begun); },
      [this, begun](Result<void> result) {
        if (!result) return begun->done({.error = result.error()});
        if (begun->is_finished) return answer(begun);
        if (begun->is_repeat && join(begun)) return;
        carry_out(begun);
      });
}

/// Runs in the transaction, maybe more than once.
Result<void> Sessions::begin(Tx& tx, Begun& begun) const {
  const CallWish& wish = begun.wish;
  begun.is_finished = begun.is_repeat = false;
  begun.refusal_code.clear();
  begun.call = {};
  MALOTE_TRY(begun.session, get(tx, begun.project, begun.session_id));
  Session& session = begun.session;
  const std::string name = canonical_name(context_.tools, wish.tool);
  const bool known_tool = context_.tools.meta(name) || context_.tools.find(name);
  if (!known_tool && !has_mock(session, name)) {
    if (session.status != SessionStatus::active)
      return fail(Errc::session_not_active, "the session is closed; create another one");
    begun.is_finished = true;  // nothing is logged
    return {};
  }
  const std::string fingerprint = crypto::sha256(name + "\n" + session.user_id + "\n" + wish.input);
  if (!wish.dedupe_key.empty()) {
    if (auto known = tx.tool_call_by_dedupe(begun.project, wish.dedupe_key)) {
      if (known->fingerprint != fingerprint)
        return fail(Errc::idempotency_conflict,
                    "this idempotency key was used for another call of this project");
      begun.call = std::move(*known);
      if (begun.call.server_id == "mock") begun.refusal_code = begun.call.error_code;
      begun.is_finished = is_settled(begun.call);
      begun.is_repeat = !begun.is_finished;
      return {};
    }
  }
  if (session.status != SessionStatus::active)
    return fail(Errc::session_not_active, "the session is closed; create another one");
  begun.call = {.project = begun.project,
                .session = session.no,
                .session_id = session.id,
                .server_id = name.substr(0, name.find('/')),
                .tool = name,
                .input = wish.input,
                .idempotency_key = uuid(context_.entropy),
                .dedupe_key = wish.dedupe_key,
                .fingerprint = fingerprint,
                .called_at = context_.clock.now()};
  if (begun.call.server_id == name) begun.call.server_id = "codespar";
  begun.is_finished = consume_mock(tx, session, begun);
  tx.insert_tool_call(begun.call);
  ++session.tool_calls;
  session.last_used_at = begun.call.called_at;
  tx.update_session(session);
  return {};
}

/// False when the session has no mocks, or the tool answers whatever they are.
bool Sessions::consume_mock(Tx&, Session& session, Begun& begun) const {
  ToolCall& call = begun.call;
  begun.refusal_code.clear();
  if (session.mocks.empty() || is_builtin_meta(call.tool)) return false;
  const auto mocks = json::Document::parse(session.mocks);
  const auto counters = json::Document::parse(session.mock_counters);
  if (!mocks || !counters || mocks->root().size() == 0) return false;
  const json::View mock = mocks->root()[call.tool];
  const auto used = static_cast<std::size_t>(counters->root()[call.tool].as_int().value_or(0));
  call.server_id = "mock";
  const auto refuse = [&](std::string_view code, std::string_view message) {
    begun.refusal_code = code;
    call.status = CallStatus::error;
    call.error_code = code;
    call.output = refusal_data(code, call.tool, message);
  };
  if (!mock) {
    refuse("tool_not_mocked", "the session has mocks, but none for this tool");
  } else if (mock.is_array() && mock.size() == 0) {
    refuse("mocks_engine_error", "the list of mocks of this tool is empty");
  } else if (mock.is_array() && used >= mock.size()) {
    refuse("mocks_exhausted", "every mock of this tool was used");
  } else {
    call.status = CallStatus::success;
    call.output = std::string{(mock.is_array() ? mock.at(used) : mock).raw()};
    json::Writer w;
    w.object();
    for (const auto other : counters->root()) {
      if (other.key() != call.tool) w.key(other.key()).raw(other.raw());
    }
    w.field(call.tool, static_cast<std::int64_t>(used + 1));
    session.mock_counters = std::move(w.end()).text();
  }
  json::Writer w;
  w.object().field("success", call.status == CallStatus::success).key("data").raw(call.output);
  w.field_or_null("error", std::string_view{call.error_code}).field("duration", 0);
  w.field("server", "mock").field("tool", begun.wish.tool);
  call.result = std::move(w.end()).text();
  return true;
}

/// Waits with those who wait for the same call already; false when nobody carries it out, as after
/// a crash.
bool Sessions::join(const std::shared_ptr<Begun>& begun) {
  const std::lock_guard guard{mutex_};
  const auto at = running_.find(begun->call.no.value);
  if (at == running_.end()) return false;
  at->second.push_back(begun);
  return true;
}

/// A write whose caller died with it may have happened; only a provider that honours the key can be
/// asked again.
bool Sessions::was_interrupted(const Begun& begun) const {
  const ToolCall& call = begun.call;
  const bool ended = call.status == CallStatus::running || call.error_code == kInterrupted;
  if (!begun.is_repeat || !ended) return false;
  const auto* tool = context_.tools.find(begun.call.tool);
  return !is_builtin_meta(begun.call.tool) && !(tool && is_repeatable(*tool));
}

void Sessions::carry_out(const std::shared_ptr<Begun>& begun) {
  {
    const std::lock_guard guard{mutex_};
    running_[begun->call.no.value].push_back(begun);
  }
  const ToolCall& call = begun->call;
  if (was_interrupted(*begun)) {
    const std::string error =
        "the gateway ended while the tool was being called; it may have "
        "happened. Look at the provider before you call with a new key";
    return finish(begun, {.data = tools::failure_data(error, "outcome_unknown", 0),
                          .error = error,
                          .code = "outcome_unknown",
                          .fate = tools::Fate::unknown});
  }
  if (is_builtin_meta(call.tool))  // not on the writer's thread, which has others waiting
    return caller_.post([this, begun] { call_builtin(begun); });
  caller_.call({.project = call.project,
                .user_id = begun->session.user_id,
                .tool = call.tool,
                .input = call.input,
                .idempotency_key = call.idempotency_key,
                .servers = begun->session.servers},
               [this, begun](ToolResult result) { finish(begun, std::move(result)); });
}

void Sessions::call_builtin(const std::shared_ptr<Begun>& begun) {
  const ToolCall& call = begun->call;
  ToolResult result;
  const auto input = json::Document::parse(call.input);
  const auto read = context_.store.read([&](const ReadTx& tx) -> Result<void> {
    result = call_builtin_meta(context_, tx, call.project, begun->session.user_id, call.tool,
                               input ? input->root() : json::View{})
                 .value_or(ToolResult{});
    return {};
  });
  if (!read) {
    const std::string& why = read.error().message;
    result = {.data = tools::failure_data(why, "store_unavailable", 0),
              .error = why,
              .code = "store_unavailable"};
  }
  finish(begun, std::move(result));
}

void Sessions::finish(const std::shared_ptr<Begun>& begun, ToolResult result) {
  ToolCall& call = begun->call;
  result.tool = begun->wish.tool;
  call.status = result.success ? CallStatus::success : CallStatus::error;
  call.duration = result.duration;
  call.error_code = result.code;
  call.output = result.data;
  call.routing = result.routing;
  if (!result.server.empty()) call.server_id = result.server;
  result.server = call.server_id;
  call.result = encode_result(result);
  commit(
      context_,
      [begun](Tx& tx, Effects&) -> Result<void> {
        tx.update_tool_call(begun->call);
        return {};
      },
      [this, begun](const Result<void>& written) {
        // Whether or not it could be written: the tool was called, and its caller must know.
        if (!written) log::error("cannot record a tool call: " + written.error().message);
        std::vector<std::shared_ptr<Begun>> waiting;
        {
          const std::lock_guard guard{mutex_};
          waiting = std::move(running_[begun->call.no.value]);
          running_.erase(begun->call.no.value);
        }
        for (const auto& one : waiting) {
          one->call = begun->call;
          answer(one);
        }
      });
}

void Sessions::answer(const std::shared_ptr<Begun>& begun) {
  const ToolCall& call = begun->call;
  json::Writer w;
  if (!call.no) {
    w.object().field("success", false).key("data").null();
    w.field("error", "Tool not registered: " + begun->wish.tool).field("duration", 0);
    w.field("server", "").field("tool", begun->wish.tool);
    return begun->done({.body = std::move(w.end()).text()});
  }
  std::string body = call.result;
  body.pop_back();  // its closing brace
  w.object().field("tool_call_id", text_of(call.no));
  w.field("called_at", format_rfc3339(call.called_at));
  body += "," + std::move(w.end()).text().substr(1);
  begun->done({.body = std::move(body), .refusal_code = begun->refusal_code, .call = call});
}

}  // namespace malote::engine
