// malote inbound check: runs a file of recorded provider requests, each with its own clock, through
// the same code as a live request, and compares verdicts and events.
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "app/builtin.h"
#include "app/commands.h"
#include "app/inbound_cases.h"
#include "app/own_files.h"
#include "base/bytes.h"
#include "base/json_writer.h"
#include "providers/inbound.h"
#include "providers/registry.h"

namespace malote::app {

namespace {

struct Outcome {
  bool supported = true;
  bool accepted = false;
  std::string reason{};
  std::string answer{};  // of a handshake
  std::size_t secret_index = 0;
  std::vector<providers::Draft> drafts{};
};

providers::RawRequest request_of(json::View vector) {
  providers::RawRequest request;
  request.method = vector["method"].as_string().value_or("POST");
  request.url = vector["url"].as_string().value_or("");
  request.remote_ip = vector["remote_ip"].as_string().value_or("");
  for (const auto header : vector["headers"]) {
    if (header.is_array()) {  // a header that came several times
      for (const auto value : header)
        request.headers.emplace_back(header.key(), value.as_text().value_or(""));
    } else {
      request.headers.emplace_back(header.key(), header.as_text().value_or(""));
    }
  }
  for (const auto pair : vector["query"])
    request.query.emplace_back(pair.key(), pair.as_text().value_or(""));
  request.body = base64_decode(vector["body_base64"].as_string().value_or("")).value_or("");
  return request;
}

/// The vector's scheme and options as a connection would carry them in webhook_auth.
std::string webhook_auth_of(json::View vector, const providers::Pack& pack) {
  json::Writer w;
  w.object();
  const auto scheme = vector["scheme"].as_string();
  if (scheme && (pack.schemes.contains(*scheme) || pack.default_scheme.empty()))
    w.field("scheme", *scheme);
  for (const auto option : vector["options"]) {
    if (option.key() != "scheme") w.key(option.key()).raw(option.raw());
  }
  return std::move(w.end()).text();
}

Result<std::vector<providers::WebhookSecret>> secrets_of(json::View secret,
                                                         const providers::Scheme& scheme) {
  std::vector<providers::WebhookSecret> secrets;
  const auto add = [&](json::View value) -> Result<void> {
    const Secret text{std::string{value.is_string() ? *value.as_string() : value.raw()}};
    MALOTE_TRY(auto parsed, providers::parse_webhook_secret(text, scheme));
    for (auto& one : parsed) secrets.push_back(std::move(one));
    return {};
  };
  if (!secret.is_array()) {
    MALOTE_CHECK_OK(add(secret));
    return secrets;
  }
  for (const auto item : secret) MALOTE_CHECK_OK(add(item));
  return secrets;
}

/// A vector made ready, as a connection is kept ready for its requests.
struct Prepared {
  providers::PackPtr pack{};
  json::Document metadata{};
  providers::Scheme scheme{};
  std::vector<providers::WebhookSecret> secrets{};
  providers::RawRequest request{};
  Timestamp now{};
};

Result<Prepared> prepare(json::View vector, const providers::Registry& registry) {
  std::string server_id{vector["server_id"].as_string().value_or("")};
  if (server_id == "generic") server_id = "custom";
  if (server_id == "svix") server_id = "standard-webhooks";
  Prepared prepared{.pack = registry.find(server_id)};
  if (!prepared.pack) return fail(Errc::not_found, "no provider pack " + server_id);
  const json::View map = vector["webhook_map"];
  MALOTE_TRY(
      prepared.metadata,
      json::Document::parse("{\"webhook_auth\":" + webhook_auth_of(vector, *prepared.pack) +
                            (map ? ",\"webhook_map\":" + std::string{map.raw()} : "") + "}"));
  MALOTE_TRY(prepared.scheme,
             providers::scheme_for(*prepared.pack, prepared.metadata.root()["webhook_auth"]));
  MALOTE_TRY(prepared.secrets, secrets_of(vector["secret"], prepared.scheme));
  prepared.request = request_of(vector);
  prepared.now = from_ms(vector["now_unix"].as_int().value_or(0) * 1000);
  return prepared;
}

Outcome run(const Prepared& prepared, json::View fetched, const core::Catalogue& catalogue) {
  const auto judgement = providers::judge(*prepared.pack, prepared.scheme, prepared.request,
                                          prepared.secrets, prepared.now);
  Outcome outcome{.reason = judgement.reason, .answer = judgement.answer};
  using Kind = providers::Judgement::Kind;
  outcome.accepted = judgement.kind == Kind::proven || judgement.kind == Kind::handshake;
  if (judgement.kind != Kind::proven) return outcome;
  outcome.secret_index = judgement.verdict.secret_index;
  const providers::CanonicalName canonical =
      [&](std::string_view name) -> std::optional<std::string> {
    const auto* type = catalogue.find(name);
    return type ? std::optional{type->name} : std::nullopt;
  };
  auto facts = providers::facts_of({.pack = *prepared.pack,
                                    .request = prepared.request,
                                    .payload = judgement.verdict.payload,
                                    .metadata = prepared.metadata.root(),
                                    .fetched = fetched},
                                   prepared.scheme.signs_body(), canonical);
  outcome.reason = facts.mapped.note;
  outcome.drafts = std::move(facts.mapped.drafts);
  return outcome;
}

Outcome run_vector(json::View vector, const providers::Registry& registry,
                   const core::Catalogue& catalogue) {
  const auto prepared = prepare(vector, registry);
  if (!prepared) return {.supported = false, .reason = prepared.error().message};
  return run(*prepared, vector["fetch_back"]["response"], catalogue);
}

/// What one judgement with its mapping costs, in microseconds, on one core.
double time_of(json::View vector, const providers::Registry& registry,
               const core::Catalogue& catalogue) {
  using Steady = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kLongEnough{50};
  const auto prepared = prepare(vector, registry);
  if (!prepared) return 0;
  int rounds = 0;
  const auto began = Steady::now();
  while (Steady::now() - began < kLongEnough) {
    (void)run(*prepared, vector["fetch_back"]["response"], catalogue);
    ++rounds;
  }
  return std::chrono::duration<double, std::micro>(Steady::now() - began).count() / rounds;
}

int time_all(const json::Document& document, const std::string& only,
             const providers::Registry& registry) {
  const auto catalogue = builtin_catalogue();
  for (const auto vector : document.root()["vectors"]) {
    if (!only.empty() && vector["server_id"].as_string() != only) continue;
    const std::string id{vector["id"].as_string().value_or("?")};
    std::printf("%-26s %-8s %9.2f us\n", id.c_str(),
                vector["valid"].as_bool().value_or(false) ? "accepted" : "refused",
                time_of(vector, registry, catalogue));
  }
  return 0;
}

std::string encode(std::string_view id, const Outcome& outcome) {
  json::Writer w;
  w.object().field("id", id).field("verdict", outcome.accepted ? "accepted" : "refused");
  w.field_or_null("reason", std::string_view{outcome.reason}).key("events").array();
  for (const auto& draft : outcome.drafts) {
    w.object().field_or_null("type", std::string_view{draft.type});
    w.field_or_null("provider_event", std::string_view{draft.provider_event});
    w.field_or_null("provider_event_id", std::string_view{draft.provider_event_id});
    w.field_or_null("dedupe_key", std::string_view{draft.dedupe_key});
    if (draft.occurred_at) w.field("occurred_at", format_rfc3339(*draft.occurred_at));
    for (const auto& [name, text] : draft.fields) w.key(name).raw(text);
    w.end();
  }
  return std::move(w.end().end()).text();
}

bool is_same(const std::string& got, json::View want) {
  return want.is_null() ? got.empty() : want.as_text() == got;
}

std::string differs(std::string_view name, const std::string& got, json::View want) {
  return std::string{name} + " is " + (got.empty() ? "absent" : got) + ", expected " +
         std::string{want.raw()};
}

/// One fact of the vector against one event; empty when it holds.
std::string compare_fact(const providers::Draft& draft, json::View want) {
  const std::string_view name = want.key();
  if (name == "http_status" || name == "stored" || name == "body") return {};
  if (name == "occurred_at") {
    const bool same = parse_time(want.as_string().value_or("")) == draft.occurred_at;
    return same ? "" : "occurred_at differs";
  }
  const std::string got = name == "event"        ? draft.type
                          : name == "dedupe_key" ? draft.dedupe_key
                                                 : draft.field(name);
  return is_same(got, want) ? "" : differs(name, got, want);
}

std::string compare_facts(const providers::Draft& draft, json::View facts) {
  for (const auto want : facts) {
    std::string difference = compare_fact(draft, want);
    if (!difference.empty()) return difference;
  }
  return {};
}

std::string compare_batch(const Outcome& outcome, json::View list) {
  if (outcome.drafts.size() != list.size())
    return std::to_string(outcome.drafts.size()) + " events, expected " +
           std::to_string(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    std::string difference = compare_facts(outcome.drafts[i], list.at(i));
    if (!difference.empty()) return "event " + std::to_string(i) + ": " + difference;
  }
  return {};
}

/// What differs from the vector's expectations; empty when it passes.
std::string compare(json::View vector, const Outcome& outcome) {
  const bool valid = vector["valid"].as_bool().value_or(false);
  if (outcome.accepted != valid)
    return "verdict " + std::string{outcome.accepted ? "accepted" : "refused: " + outcome.reason};
  if (!valid) {
    const auto reason = vector["reject_reason"].as_string().value_or("");
    return reason == outcome.reason
               ? ""
               : "reason " + outcome.reason + ", expected " + std::string{reason};
  }
  if (const json::View note = vector["expected_note"]; note && !is_same(outcome.reason, note))
    return differs("note", outcome.reason, note);
  const json::View matched = vector["matched_secret"];
  if (matched && !is_same(std::to_string(outcome.secret_index), matched))
    return differs("matched_secret", std::to_string(outcome.secret_index), matched);
  if (const auto body = vector["expected"]["body"]; body && !outcome.answer.empty())
    return is_same(outcome.answer, body) ? "" : differs("body", outcome.answer, body);
  if (outcome.drafts.empty()) return outcome.answer.empty() ? "no event" : "";
  const auto& draft = outcome.drafts.front();
  const std::pair<std::string_view, std::string> identity[] = {
      {"expected_event", draft.type},
      {"expected_provider_event", draft.provider_event},
      {"expected_provider_event_id", draft.provider_event_id},
      {"expected_dedupe_key", draft.dedupe_key}};
  for (const auto& [name, got] : identity) {
    if (vector[name] && !is_same(got, vector[name])) return differs(name, got, vector[name]);
  }
  std::string difference = compare_facts(draft, vector["expected"]);
  if (!difference.empty()) return difference;
  const json::View batch = vector["expected_events"];
  return batch.is_array() ? compare_batch(outcome, batch) : "";
}

/// What a file's vectors came to.
class Tally {
 public:
  explicit Tally(bool json_lines) : json_lines_(json_lines) {}

  void count(json::View vector, const Outcome& outcome) {
    const std::string id{vector["id"].as_string().value_or("?")};
    if (!outcome.supported) {
      ++skipped_;
      return;
    }
    if (json_lines_) std::printf("%s\n", encode(id, outcome).c_str());
    const std::string difference = compare(vector, outcome);
    if (!difference.empty() && !json_lines_)
      std::printf("FAILED %s: %s\n", id.c_str(), difference.c_str());
    ++(difference.empty() ? passed_ : failed_);
  }
  void skip() { ++skipped_; }

  int finish() const {
    if (!json_lines_) {
      if (skipped_ > 0) std::printf("%d skipped: not for a provider's adapter\n", skipped_);
      std::printf("%d passed, %d failed\n", passed_, failed_);
    }
    return failed_ == 0 ? 0 : 1;
  }

 private:
  const bool json_lines_;
  int passed_ = 0;
  int failed_ = 0;
  int skipped_ = 0;
};

json::Document read_document(const std::string& path) {
  std::ifstream in{path};
  if (!in) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << in.rdbuf();
  auto document = json::Document::parse(text.str());
  if (!document) throw std::runtime_error(path + ": " + document.error().message);
  return std::move(*document);
}

int check(const std::string& path, const std::string& only, const std::string& folder,
          bool json_lines, bool timed) {
  const auto document = read_document(path);
  const json::View root = document.root();
  if (!root["vectors"].is_array() && !root["cases"].is_array())
    throw std::runtime_error(path + ": has no list \"vectors\" or \"cases\"");
  const auto registry = packs_with(folder);
  if (timed) return time_all(document, only, registry);
  const auto catalogue = builtin_catalogue();
  Tally tally{json_lines};
  for (const auto vector : root["vectors"]) {
    if (only.empty() || vector["server_id"].as_string() == only)
      tally.count(vector, run_vector(vector, registry, catalogue));
  }
  for (const auto receiver_case : root["cases"]) {
    const auto text = vector_of_case(root["profiles"], receiver_case, root["defaults"]);
    if (!text) {
      tally.skip();
      continue;
    }
    const auto vector = json::Document::parse(*text);
    if (!vector) throw std::runtime_error(path + ": " + vector.error().message);
    tally.count(vector->root(), run_vector(vector->root(), registry, catalogue));
  }
  return tally.finish();
}

}  // namespace

void add_inbound_check(CLI::App& app, Command& chosen) {
  static std::string path;
  static std::string only;
  static std::string folder;
  static bool json_lines = false;
  static bool timed = false;
  auto* inbound = app.add_subcommand("inbound", "Work on providers' requests");
  inbound->require_subcommand(1);
  auto* command = inbound->add_subcommand("check", "Run a file of recorded requests and compare");
  add_inbound_explain(*inbound, chosen);
  command->add_option("file", path, "Vector file (docs/providers.md)")->required();
  command->add_option("--server", only, "Only this server_id");
  command->add_flag("--json", json_lines, "One line per vector");
  command->add_option("--providers", folder, "Folder of provider packs beside the built-in ones");
  command->add_flag("--time", timed, "Measure each instead of comparing");
  command->callback(
      [&chosen] { chosen = [] { return check(path, only, folder, json_lines, timed); }; });
}

}  // namespace malote::app
