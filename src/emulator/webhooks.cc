#include "emulator/webhooks.h"

#include <algorithm>
#include <iterator>

#include "base/bytes.h"
#include "providers/sign.h"

namespace malote::emulator {

namespace {

constexpr std::size_t kKept = 10'000;  // sent ones that can be looked at
constexpr Millis kTimeout{5'000};      // as the strictest of the providers has it

Unexpected wrong(std::string path, std::string message) {
  return fail(make_issue(Errc::invalid_body, std::move(path), std::move(message)));
}

HttpRequest request_of(const providers::RawRequest& raw) {
  HttpRequest request{.method = raw.method, .url = raw.url, .body = raw.body, .timeout = kTimeout};
  request.headers = raw.headers;
  request.headers.emplace_back("Content-Type", "application/json");
  for (const auto& [name, value] : raw.query) {
    request.url += request.url.find('?') == std::string::npos ? '?' : '&';
    request.url += url_encode(name) + "=" + url_encode(value);
  }
  request.response_limit = request.response_kept = 4096;
  return request;
}

}  // namespace

Result<std::string> Webhooks::add(json::View registration, std::string id) {
  const std::string provider{registration["provider"].as_string().value_or("")};
  const auto pack = packs_.find(provider);
  if (!pack) return wrong("/provider", "no provider called \"" + provider + "\" sends webhooks");
  const std::string url{registration["url"].as_string().value_or("")};
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    return wrong("/url", "takes where to send to: http://… or https://…");
  Hook hook{.id = id.empty() ? "hook_" + std::to_string(next_number_++) : std::move(id),
            .provider = provider,
            .url = url};
  hook.secret = Secret{std::string{registration["secret"].as_string().value_or("")}};
  if (!hook.secret.empty()) {
    MALOTE_TRY(hook.scheme, providers::scheme_for(*pack, registration["webhook_auth"]));
    providers::RawRequest probe{.url = url, .query = {{"data.id", "1"}}, .body = "{}"};
    probe.headers = {{"x-request-id", "1"}};
    if (const auto signs = providers::sign(*hook.scheme, hook.secret, Timestamp{}, probe); !signs)
      return wrong("/secret", signs.error().message);
  }
  hooks_.push_back(std::move(hook));
  return hooks_.back().id;
}

void Webhooks::remove(std::string_view id) {
  std::erase_if(hooks_, [&](const Hook& hook) { return hook.id == id; });
}

void Webhooks::emit(const Provider& provider, const std::string& event, std::string_view collection,
                    const Scope& scope) {
  const WebhookShape* shape = provider.webhook(event, collection);
  if (!shape) return;
  Scope own = scope;
  own.event = event;
  for (const auto& hook : hooks_) {
    if (hook.provider != provider.id) continue;
    own.sequence = next_number_;
    Sent sent{.number = next_number_++, .hook = hook, .event = event};
    sent.request = {.method = "POST", .url = hook.url, .body = shape->body.render(own)};
    for (const auto& [name, value] : shape->headers)
      sent.request.headers.emplace_back(name, value.render_text(own));
    for (const auto& [name, value] : shape->query)
      sent.request.query.emplace_back(name, value.render_text(own));
    due_.emplace(scope.now, sent.number);
    sent_.push_back(std::move(sent));
  }
  forget_old();
}

/// What is still to be sent stays.
void Webhooks::forget_old() {
  const auto is_finished = [](const Sent& sent) {
    return sent.state == "delivered" || sent.state == "failed";
  };
  while (sent_.size() > kKept && is_finished(sent_.front())) sent_.pop_front();
}

Webhooks::Sent* Webhooks::find(std::int64_t number) {
  const auto at = std::ranges::lower_bound(sent_, number, {}, &Sent::number);
  return at == sent_.end() || at->number != number ? nullptr : &*at;
}

std::vector<Outgoing> Webhooks::take_due(Timestamp now) {
  std::vector<Outgoing> due;
  while (has_due(now)) {
    Sent& sent = *find(due_.begin()->second);
    due_.erase(due_.begin());
    sent.state = "under_way";
    ++sent.attempts;
    providers::RawRequest request = sent.request;
    if (sent.hook.scheme) {
      const auto made = providers::sign(*sent.hook.scheme, sent.hook.secret, now, request);
      if (!made) {
        sent.state = "failed";
        sent.error = made.error().message;
        continue;
      }
    }
    due.push_back({.number = sent.number, .request = request_of(request)});
  }
  return due;
}

void Webhooks::finish(std::int64_t number, const HttpOutcome& outcome, Timestamp now) {
  Sent* const sent = find(number);
  if (!sent) return;
  sent->status = outcome.status;
  sent->error = outcome.error;
  const auto failures = static_cast<std::size_t>(sent->attempts);
  if (outcome.status >= 200 && outcome.status < 300) {
    sent->state = "delivered";
  } else if (failures > std::size(kRetryGaps)) {
    sent->state = "failed";
  } else {
    sent->state = "pending";
    due_.emplace(now + kRetryGaps[failures - 1], number);
  }
}

void Webhooks::clear() {
  hooks_.clear();
  sent_.clear();
  due_.clear();
}

void Webhooks::write(json::Writer& w) const {
  w.object().key("registered").array();
  for (const auto& hook : hooks_) {
    w.object().field("id", hook.id).field("provider", hook.provider).field("url", hook.url);
    w.field("signed", hook.scheme.has_value()).end();
  }
  w.end().key("sent").array();
  for (const auto& sent : sent_) {
    w.object().field("provider", sent.hook.provider).field("event", sent.event);
    w.field("url", sent.hook.url).field("state", sent.state).field("attempts", sent.attempts);
    w.field("status", sent.status).field_or_null("error", std::string_view{sent.error});
    w.key("body").raw(sent.request.body).end();
  }
  w.end().end();
}

}  // namespace malote::emulator
