#include "emulator/ledger.h"

namespace malote::emulator {

namespace {

std::string name_of(const Effect& effect) {
  if (effect.key.empty()) return {};
  std::string name{effect.provider};
  name.append(" ").append(effect.method).append(" ").append(effect.path).append("\n");
  return name += effect.key;
}

void write_effect(json::Writer& w, const Effect& effect) {
  w.object().field("provider", effect.provider).field("tool", effect.tool);
  w.field("method", effect.method).field("path", effect.path);
  w.field_or_null("idempotency_key", std::string_view{effect.key});
  w.field("seen", effect.seen).field("performed", effect.performed);
  w.field("status", effect.status);
  w.field("first_at", format_rfc3339(effect.first_at));
  w.field("last_at", format_rfc3339(effect.last_at)).end();
}

}  // namespace

Effect& Ledger::append(Effect request, std::string name) {
  if (!name.empty()) by_name_[name] = first_ + effects_.size();
  effects_.push_back(std::move(request));
  names_.push_back(std::move(name));
  if (effects_.size() > keep_) {
    if (!names_.front().empty()) by_name_.erase(names_.front());
    effects_.pop_front();
    names_.pop_front();
    ++first_;
  }
  return effects_.back();
}

Effect& Ledger::see(Effect request, Timestamp now) {
  auto totals = totals_.find(request.provider);
  if (totals == totals_.end())
    totals = totals_.emplace(std::string{request.provider}, EffectTotals{}).first;
  ++totals->second.seen;
  request.first_at = now;
  std::string name = name_of(request);
  const auto at = name.empty() ? by_name_.end() : by_name_.find(name);
  Effect& effect = at == by_name_.end() ? append(std::move(request), std::move(name))
                                        : effects_[at->second - first_];
  ++effect.seen;
  effect.last_at = now;
  return effect;
}

void Ledger::perform(Effect& effect, const Response& answer) {
  EffectTotals& totals = totals_.find(effect.provider)->second;
  ++totals.performed;
  if (++effect.performed == 2) ++totals.repeated;
  if (effect.performed == 1 && !effect.key.empty()) effect.answer = answer;
}

void Ledger::write(json::Writer& w, std::string_view provider) const {
  w.object().key("effects").array();
  for (const auto& effect : effects_) {
    if (provider.empty() || provider == effect.provider) write_effect(w, effect);
  }
  w.end().field("forgotten", static_cast<std::int64_t>(first_)).end();
}

void Ledger::clear() {
  effects_.clear();
  names_.clear();
  by_name_.clear();
  totals_.clear();
  first_ = 0;
}

}  // namespace malote::emulator
