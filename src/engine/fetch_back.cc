#include "engine/fetch_back.h"

#include <array>

#include "core/retry_policy.h"
#include "engine/intake.h"
#include "providers/body.h"

namespace malote::engine {

namespace {

using namespace std::chrono_literals;

/// Providers keep trying for a day or more; so do we, about 22 hours in all.
constexpr std::array<Millis, 9> kGaps{5s, 30s, 2min, 10min, 30min, 1h, 3h, 6h, 11h};

constexpr std::size_t kMaxResource = 1024 * 1024;

const Secret* credential(const LiveConnection& live, const std::string& name) {
  auto at = live.credentials.find(name);
  if (at == live.credentials.end()) at = live.credentials.find("api_key");
  return at == live.credentials.end() ? nullptr : &at->second;
}

/// Stores what the request means, with or without the resource.
void emit(const Context& context, Tx& tx, Effects& effects, const FetchJob& job,
          json::View fetched) {
  const auto request = decode_receipt(job.receipt);
  Prepared prepared = prepare(context, *job.live, request, {}, fetched, context.clock.now());
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

Result<HttpRequest> begin_fetch(const FetchJob& job) {
  const auto request = decode_receipt(job.receipt);
  MALOTE_TRY(const auto document, providers::read_body(request));
  const providers::Sources sources{request, document.root()};
  const auto plan = providers::plan_fetch(*job.live->pack, sources, job.live->scheme.signs_body());
  if (!plan) return fail(Errc::not_found, "nothing to fetch");
  const Secret* secret = credential(*job.live, plan->credential);
  if (!secret) return fail(Errc::not_found, "the connection has no " + plan->credential);
  std::string url = plan->url;
  // A test or a self-hosted provider may stand in for the public host.
  const auto base = job.live->metadata.root()["api_base_url"].as_string();
  if (base) {
    const auto path = url.find('/', url.find("//") + 2);
    url = std::string{*base} + (path == std::string::npos ? "" : url.substr(path));
  }
  HttpRequest out{.method = "GET",
                  .url = std::move(url),
                  .response_limit = kMaxResource,
                  .response_kept = kMaxResource};
  out.headers.emplace_back(plan->header, plan->prefix + std::string{secret->reveal()});
  out.headers.emplace_back("Accept", "application/json");
  return out;
}

void finish_fetch(const Context& context, Tx& tx, Effects& effects, const FetchJob& job,
                  const HttpOutcome& outcome, Timestamp now) {
  if (!tx.fetch(job.receipt.key)) return;  // its connection was deleted meanwhile
  if (outcome.status == 200 && outcome.error.empty()) {
    const auto fetched = json::Document::parse(outcome.body);
    if (fetched && fetched->root().is_object()) {
      return emit(context, tx, effects, job, fetched->root());
    }
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
