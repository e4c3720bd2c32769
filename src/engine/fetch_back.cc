#include "engine/fetch_back.h"

#include <algorithm>
#include <array>

#include "base/json_writer.h"
#include "core/retry_policy.h"
#include "engine/intake.h"
#include "providers/body.h"

namespace malote::engine {

namespace {

using namespace std::chrono_literals;

/// Providers keep trying for a day or more; so do we, about 22 hours in all.
constexpr std::array<Millis, 9> kGaps{5s, 30s, 2min, 10min, 30min, 1h, 3h, 6h, 11h};

constexpr std::size_t kMaxResource = 1024 * 1024;

/// The one credential of a call, where one is enough.
const Secret* key_of(const LiveConnection& live, const std::string& name) {
  auto at = live.credentials.find(name);
  if (at == live.credentials.end()) at = live.credentials.find("api_key");
  return at == live.credentials.end() ? nullptr : &at->second;
}

/// Needs more than one credential: a token, or a signature.
bool is_by_api(const LiveConnection& live, const providers::FetchSpec& spec) {
  return spec.credential.empty() && !live.pack->api.credentials.empty();
}

std::string secret_text(const LiveConnection& live, const std::string& name) {
  const auto at = live.credentials.find(name);
  return at == live.credentials.end() ? "" : std::string{at->second.reveal()};
}

/// A test, a sandbox or a self-hosted provider may stand in for the public host.
std::string stand_in(const LiveConnection& live) {
  return std::string{live.metadata.root()["api_base_url"].as_string().value_or("")};
}

TokenWish token_wish(const LiveConnection& live) {
  const auto& spec = live.pack->api.token;
  return {
      .key = live.row.id + "/fetch",
      .made_of = live.row.sealed_credentials + live.row.metadata,
      .name = live.pack->label,
      .request = tools::build_token_request({.url = tools::rebased(spec.url, stand_in(live)),
                                             .scope = spec.scope,
                                             .id = secret_text(live, "client_id"),
                                             .secret = Secret{secret_text(live, "client_secret")},
                                             .basic = spec.basic})};
}

/// The body with what the provider's API said in place of what was posted.
std::string with_resource(json::View body, std::string_view member, json::View resource) {
  json::Writer w;
  w.object();
  for (const auto one : body) {
    if (one.key() != member) w.key(one.key()).raw(one.raw());
  }
  w.key(member).raw(resource.raw());
  return std::move(w.end()).text();
}

struct Asked {
  providers::RawRequest request{};
  json::Document body;
  std::optional<providers::FetchPlan> plan{};
};

Result<Asked> read_notification(const FetchJob& job) {
  Asked asked;
  asked.request = decode_receipt(job.receipt);
  MALOTE_TRY(asked.body, providers::read_body(asked.request));
  asked.plan =
      providers::plan_fetch(*job.live->pack, providers::Sources{asked.request, asked.body.root()},
                            job.live->scheme.signs_body());
  return asked;
}

/// What the answer says of the resource: an object; null where it says nothing.
json::View resource_in(json::View answer, const FetchJob& job) {
  const auto asked = read_notification(job);
  if (!asked || !asked->plan || asked->plan->spec->take.empty())
    return answer.is_object() ? answer : json::View{};
  for (const auto& path : asked->plan->spec->take) {
    if (const json::View found = answer.pointer(path); found.is_object()) return found;
  }
  return {};
}

/// Stores what the request means, with or without the resource.
void emit(const Context& context, Tx& tx, Effects& effects, const FetchJob& job,
          json::View fetched) {
  auto read = read_notification(job);
  Asked asked;
  asked.request = decode_receipt(job.receipt);
  if (read) asked = std::move(*read);
  std::optional<std::string> payload;
  if (fetched && asked.plan && !asked.plan->spec->replaces.empty())
    payload = with_resource(asked.body.root(), asked.plan->spec->replaces, fetched);
  const Fetched resource{.resource = fetched, .failed = !fetched};
  Prepared prepared =
      prepare(context, *job.live, asked.request, payload, resource, context.clock.now());
  for (Event& event : prepared.events) {
    event.receipt = job.receipt.key;
    event.received_at = job.receipt.received_at;
    if (fetched) event.integrity = Integrity::signed_body;  // the provider's own API said it
  }
  std::string note = fetched ? "" : "fetch_failed: " + job.fetch.error;
  store_events(context, tx, effects, prepared, note);
  tx.delete_fetch(job.receipt.key);
  tx.set_receipt_note(job.receipt.key, note);
}

}  // namespace

std::optional<FetchJob> load_fetch(const Context& context, const ReadTx& tx, ReceiptKey key) {
  const auto fetch = tx.fetch(key);
  const auto receipt = tx.receipt(key);
  if (!fetch || !receipt) return {};
  auto row = tx.connection(fetch->connection);
  if (!row) return {};
  bool livemode = true;
  for (const auto& project : tx.projects()) {
    if (project.no == row->project) livemode = project.livemode;
  }
  auto live = make_live(context, std::move(*row), livemode);
  if (!live) return {};
  return FetchJob{*fetch, *receipt, std::move(*live)};
}

FetchLimits fetch_limits(const Context& context, const ReadTx& tx, Lane lane) {
  const auto row = tx.connection(connection_of(lane));
  const auto pack = row ? context.registry.find(row->server_id) : nullptr;
  if (!pack) return {};
  // Nonces must arrive in their order.
  return {.in_flight = pack->api.sign ? 1 : kFetchesInFlight, .per_minute = pack->api.per_minute};
}

bool can_fetch(const LiveConnection& live, const providers::FetchPlan& plan) {
  if (!is_by_api(live, *plan.spec)) return key_of(live, plan.spec->credential) != nullptr;
  return std::ranges::all_of(live.pack->api.credentials, [&](const std::string& name) {
    return !secret_text(live, name).empty();
  });
}

Result<FetchCall> begin_fetch(const FetchJob& job) {
  const LiveConnection& live = *job.live;
  MALOTE_TRY(const auto asked, read_notification(job));
  if (!asked.plan) return fail(Errc::not_found, "nothing to fetch");
  const auto& spec = *asked.plan->spec;
  if (!can_fetch(live, *asked.plan))
    return fail(Errc::not_found, "the connection lacks the credentials of " + live.pack->label);
  FetchCall call{.request = {.method = "GET",
                             .url = tools::rebased(asked.plan->url, stand_in(live)),
                             .response_limit = kMaxResource,
                             .response_kept = kMaxResource},
                 .connection = live.row.id,
                 .header = spec.header,
                 .prefix = spec.prefix};
  call.request.headers.emplace_back("Accept", "application/json");
  if (!asked.plan->version.empty())
    call.version = live.row.id + "\n" + call.request.url + "\n" + asked.plan->version;
  if (is_by_api(live, spec)) {
    const auto& api = live.pack->api;
    if (api.token) call.token = token_wish(live);
    if (api.sign)
      call.signature = CallSignature{.spec = api.sign,
                                     .key = Secret{secret_text(live, api.sign.key)},
                                     .secret = Secret{secret_text(live, api.sign.secret)}};
  } else {
    call.request.headers.emplace_back(
        spec.header, spec.prefix + std::string{key_of(live, spec.credential)->reveal()});
  }
  return call;
}

void finish_fetch(const Context& context, Tx& tx, Effects& effects, const FetchJob& job,
                  const HttpOutcome& outcome, Timestamp now) {
  if (!tx.fetch(job.receipt.key)) return;  // its connection was deleted meanwhile
  if (outcome.status == 200 && outcome.error.empty()) {
    const auto fetched = json::Document::parse(outcome.body, providers::kAsSent);
    if (const json::View resource = fetched ? resource_in(fetched->root(), job) : json::View{})
      return emit(context, tx, effects, job, resource);
  }
  if (outcome.status == 404) {  // a made-up id, as the provider's "simulate" button sends
    tx.delete_fetch(job.receipt.key);
    tx.set_receipt_note(job.receipt.key, "fetch_not_found");
    return;
  }
  Fetch fetch = job.fetch;
  fetch.error = outcome.error.empty() ? "http_" + std::to_string(outcome.status) : outcome.error;
  if (static_cast<std::size_t>(fetch.attempts) >= kGaps.size()) {
    FetchJob given_up = job;
    given_up.fetch = fetch;
    return emit(context, tx, effects, given_up, {});
  }
  fetch.due_at = now + kGaps[static_cast<std::size_t>(fetch.attempts)];
  if (const auto wished = core::parse_retry_after(outcome.retry_after, now)) {
    fetch.due_at = std::max(fetch.due_at, std::min(*wished, now + core::kRetryAfterCap));
  }
  ++fetch.attempts;
  tx.put_fetch(fetch);
  effects.due.push_back({lane_of(fetch.connection), fetch.due_at});
}

}  // namespace malote::engine
