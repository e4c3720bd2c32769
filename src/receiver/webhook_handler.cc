#include "malote/receiver/webhook_handler.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/bytes.h"
#include "receiver/event_reader.h"
#include "receiver/handler_state.h"
#include "receiver/header_access.h"

namespace malote::receiver {

namespace {

constexpr std::chrono::milliseconds kLookAgain{20};  // while another copy is being handled

Response answer(int status, std::string_view body) {
  return {.status = status, .body = body, .headers = {{"Content-Type", "application/json"}}};
}

Response try_again(std::chrono::seconds after) {
  Response response = answer(503, R"({"error":"try_again"})");
  response.headers.emplace_back("Retry-After",
                                std::to_string(std::max<std::int64_t>(1, after.count())));
  return response;
}

Response received() { return answer(200, R"({"received":true})"); }
Response duplicate() { return answer(200, R"({"received":true,"duplicate":true})"); }

/// A name of HTTP's: letters, digits and some signs.
bool is_token(std::string_view text) {
  return text.find_first_not_of("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") ==
         std::string_view::npos;
}

bool is_json(std::string_view type) {
  const std::string media = to_lower(trim(type.substr(0, type.find(';'))));
  constexpr std::string_view kTree = "application/";
  if (!media.starts_with(kTree)) return false;
  if (media == "application/json") return true;
  const std::string_view subtype = std::string_view{media}.substr(kTree.size());
  return subtype.size() > 5 && subtype.ends_with("+json") && is_token(subtype);
}

bool is_compressed(Headers headers) {
  return std::ranges::any_of(headers, [](const HeaderField& header) {
    const std::string_view coding = trim(header.value);
    return equals_ignore_case(header.name, "Content-Encoding") && !coding.empty() &&
           !equals_ignore_case(coding, "identity");
  });
}

/// What was thrown, in words; for catch blocks. Users' code throws anything.
std::string thrown() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

}  // namespace

/// One delivery on its way through a handler; shared with the thread that runs it.
struct WebhookHandler::State::Job {
  Event event{};
  Context context{};
  std::stop_source stop{};
  std::optional<std::uint64_t> token{};  // of the claim
  std::mutex mutex{};
  std::condition_variable finished{};
  std::optional<Handled> handled{};
  bool given_up = false;
};

WebhookHandler::State::~State() {
  stopped = true;
  if (inbox) inbox->interrupt();
  if (inbox_thread.joinable()) inbox_thread.join();
}

// --- before the handler --------------------------------------------------------------------------

Response WebhookHandler::State::handle(const Request& request) {
  if (auto early = check_envelope(request)) return std::move(*early);
  Verified verified;
  std::optional<Response> failed;
  if (const auto error = verify_request(request, verified, failed)) return refuse(*error, request);
  if (failed) return std::move(*failed);
  auto read = read_event(scheme.profile(), request.headers, request.body);
  if (const auto* why = std::get_if<std::string>(&read)) return unreadable(*why, request);

  const auto job = std::make_shared<Job>();
  job->event = std::get<Event>(std::move(read));
  job->context = {.matched_secret = verified.matched_secret,
                  .replay_protected = verified.replay_protected,
                  .stop = job->stop.get_token()};
  if (inbox) return keep(job->event);
  if (auto early_answer = claim(*job)) return std::move(*early_answer);
  return run(job);
}

/// What needs no signature to be seen; before any hashing.
std::optional<Response> WebhookHandler::State::check_envelope(const Request& request) const {
  if (gone) return answer(410, R"({"error":"gone"})");
  const auto no = [&](Refusal code, std::string_view header, std::string_view hint) {
    return refuse({.code = code, .header = header, .hint = hint}, request);
  };
  if (request.method != "POST")
    return no(Refusal::method_not_allowed, "", "only POST is a delivery");
  if (is_compressed(request.headers))
    return no(Refusal::unsupported_content_encoding, "Content-Encoding",
              "nobody agrees whether the signature is of the compressed bytes");
  const FoundHeader type = find_header(request.headers, "Content-Type");
  if (type.count != 1 || !is_json(type.value))
    return no(Refusal::unsupported_media_type, "Content-Type", "only JSON is a delivery");
  if (request.cut || request.body.size() > max_body)
    return no(Refusal::body_too_large, "", "the body is larger than max_body");
  return {};
}

std::optional<VerifyError> WebhookHandler::State::verify_request(
    const Request& request, Verified& verified, std::optional<Response>& failed) const {
  Verdict verdict{VerifyError{}};
  if (verifier) {
    verdict = verifier->verify(request.headers, request.body);
  } else {
    std::vector<std::string> found;
    try {
      found = look_up({.headers = request.headers, .body = request.body});
    } catch (...) {
      report(nullptr, "the look-up of the secret failed: " + thrown());
      failed = try_again(std::chrono::seconds{30});
      return {};
    }
    if (found.empty())
      return VerifyError{.code = Refusal::no_secret, .hint = "the look-up knows no secret for it"};
    try {
      verdict = receiver::verify(scheme, found, request.headers, request.body, verify);
    } catch (const ConfigError& error) {
      report(nullptr, "what the look-up of the secret gave: " + std::string{error.what()});
      failed = answer(500, R"({"error":"not_configured"})");
      return {};
    }
  }
  if (!verdict) return verdict.error();
  verified = *verdict;
  return {};
}

Response WebhookHandler::State::refuse(const VerifyError& error, const Request& request) const {
  if (on_refused) {
    try {
      on_refused(error, request);
    } catch (...) {  // it only watches
    }
  }
  switch (error.code) {
    case Refusal::method_not_allowed: {
      Response response = answer(405, R"({"error":"method_not_allowed"})");
      response.headers.emplace_back("Allow", "POST");
      return response;
    }
    case Refusal::body_too_large: return answer(413, R"({"error":"body_too_large"})");
    case Refusal::unsupported_media_type:
    case Refusal::unsupported_content_encoding:
      return answer(415, R"({"error":"unsupported_media_type"})");
    case Refusal::invalid_payload: return answer(400, R"({"error":"unreadable_payload"})");
    default: return answer(401, R"({"error":"unauthorized"})");
  }
}

Response WebhookHandler::State::unreadable(const std::string& why, const Request& request) {
  const VerifyError error{.code = Refusal::invalid_payload, .hint = why};
  if (!park_unreadable) return refuse(error, request);
  tell_parked(nullptr, why);
  return received();
}

Response WebhookHandler::State::keep(const Event& event) {
  try {
    return inbox->append(event) ? received() : duplicate();
  } catch (...) {
    report(&event, "the inbox cannot keep the event: " + thrown());
    return try_again(std::chrono::seconds{30});
  }
}

/// Empty when this copy is the one that runs.
std::optional<Response> WebhookHandler::State::claim(Job& job) {
  if (!store) return {};
  // tidy:allow(clock) a wait on another thread: no event's time, and not for simulations
  const auto give_up = std::chrono::steady_clock::now() + dedupe.wait;
  while (true) {
    Claim claim;
    try {
      claim = store->begin(job.event.key, dedupe.lease);
    } catch (...) {
      report(&job.event, "the idempotency store failed: " + thrown());
      if (dedupe.run_if_store_fails) return {};
      return try_again(std::chrono::seconds{30});
    }
    if (claim.state == Claim::State::done) return duplicate();
    if (claim.state == Claim::State::acquired) {
      job.token = claim.token;
      return {};
    }
    std::unique_lock lock{settled_mutex};  // woken by this process's copies, or to look again
    // tidy:allow(clock) as above
    if (std::chrono::steady_clock::now() >= give_up) return try_again(dedupe.lease);
    settled.wait_for(lock, kLookAgain);
  }
}

// --- the handler and after -----------------------------------------------------------------------

Response WebhookHandler::State::run(const std::shared_ptr<Job>& job) {
  const bool started = threads.post([this, job] {
    Handled handled = dispatch.run(job->event, job->context);
    std::unique_lock lock{job->mutex};
    if (job->given_up) {
      lock.unlock();
      settle(*job, handled);  // nobody waits for the answer; the claim has its outcome
      return;
    }
    job->handled = std::move(handled);
    job->finished.notify_one();
  });
  if (!started) {
    report(&job->event, "too many handlers are running");
    return settle(*job, {.outcome = Retry{}});
  }
  std::unique_lock lock{job->mutex};
  if (job->finished.wait_for(lock, budget, [&] { return job->handled.has_value(); })) {
    const Handled handled = std::move(*job->handled);
    lock.unlock();
    return settle(*job, handled);
  }
  job->given_up = true;
  lock.unlock();
  job->stop.request_stop();
  report(&job->event, "the handlers take longer than their budget; the sender was told to retry");
  return try_again(std::chrono::ceil<std::chrono::seconds>(budget));
}

Response WebhookHandler::State::settle(Job& job, const Handled& handled) {
  const auto* park = std::get_if<Park>(&handled.outcome);
  if (handled.threw) report(&job.event, handled.what);
  if (park && !handled.threw) tell_parked(&job.event, park->reason);
  if (job.token) {
    const bool again = handled.threw || std::holds_alternative<Retry>(handled.outcome);
    try {
      if (again) {
        store->abort(job.event.key, *job.token);
      } else {
        store->commit(job.event.key, *job.token, dedupe.ttl);
      }
    } catch (...) {
      // The work is done or undone all the same; the lease decides about copies.
      report(&job.event, "the idempotency store failed: " + thrown());
    }
    settled.notify_all();
  }
  return answer_of(handled);
}

Response WebhookHandler::State::answer_of(const Handled& handled) const {
  if (handled.threw) return answer(500, R"({"error":"handler_failed"})");
  if (const auto* retry = std::get_if<Retry>(&handled.outcome)) return try_again(retry->after);
  return received();
}

void WebhookHandler::State::report(const Event* event, std::string_view what) const {
  if (!on_error) return;
  try {
    on_error(event, what);
  } catch (...) {  // it only watches
  }
}

void WebhookHandler::State::tell_parked(const Event* event, std::string_view reason) const {
  if (!on_parked) return;
  try {
    on_parked(event, reason);
  } catch (...) {  // it only watches
  }
}

// --- the inbox -----------------------------------------------------------------------------------

void WebhookHandler::State::start() {
  if (inbox) inbox_thread = std::thread{[this] { work_inbox(); }};
}

void WebhookHandler::State::work_inbox() {
  const auto handle = [this](const Event& event, int) -> Inbox::Result {
    Context context;
    const Handled handled = dispatch.run(event, context);
    if (handled.threw) {
      report(&event, handled.what);
      return {.kind = Inbox::Result::Kind::failed, .reason = handled.what};
    }
    if (const auto* retry = std::get_if<Retry>(&handled.outcome))
      return {Inbox::Result::Kind::failed, "the handler asked for another try", retry->after};
    if (const auto* park = std::get_if<Park>(&handled.outcome)) {
      tell_parked(&event, park->reason);
      return {Inbox::Result::Kind::parked, park->reason};
    }
    return {Inbox::Result::Kind::done};
  };
  while (!stopped) {
    try {
      if (inbox->work(handle)) continue;
    } catch (...) {
      report(nullptr, "the inbox failed: " + thrown());
    }
    inbox->wait();
  }
}

// --- the handle ----------------------------------------------------------------------------------

WebhookHandler::WebhookHandler(std::unique_ptr<State> state) : state_(std::move(state)) {}
WebhookHandler::~WebhookHandler() = default;
WebhookHandler::WebhookHandler(WebhookHandler&&) noexcept = default;
WebhookHandler& WebhookHandler::operator=(WebhookHandler&&) noexcept = default;

std::size_t WebhookHandler::max_body() const noexcept { return state_->max_body; }

Response WebhookHandler::handle(const Request& request) const noexcept {
  try {
    return state_->handle(request);
  } catch (...) {  // memory ran out: the sender comes again
    return {.status = 503, .body = R"({"error":"try_again"})"};
  }
}

}  // namespace malote::receiver
