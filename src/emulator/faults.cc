#include "emulator/faults.h"

#include <algorithm>
#include <map>

#include "base/json.h"

namespace malote::emulator {

namespace {

constexpr Millis kHang{60'000};  // longer than any caller's patience
constexpr std::int64_t kMaxDelay = 3'600'000;
constexpr std::int64_t kMaxSize = 64 * 1024 * 1024;

std::string_view word(Fault::Kind kind) {
  switch (kind) {
    case Fault::Kind::reset: return "reset";
    case Fault::Kind::hang: return "hang";
    case Fault::Kind::garbage: return "garbage";
    case Fault::Kind::slow: return "slow";
    case Fault::Kind::status:
    case Fault::Kind::none: break;
  }
  return "";
}

/// Reads one fault; remembers where it stands, for the errors.
class FaultReader {
 public:
  FaultReader(json::View object, std::string path, const std::vector<std::string>& providers)
      : object_(object), path_(std::move(path)), providers_(providers) {}

  Result<Fault> read() {
    if (!object_.is_object()) return wrong("", "a fault is an object");
    for (const auto member : object_) {
      constexpr std::string_view kKnown[] = {"provider", "method",      "path",     "status",
                                             "times",    "probability", "seed",     "after",
                                             "size",     "retry_after", "delay_ms", "forgets_keys"};
      if (std::ranges::find(kKnown, member.key()) == std::end(kKnown))
        return wrong(member.key(), "no fault has such a member");
    }
    Fault fault;
    MALOTE_CHECK_OK(read_where(fault));
    MALOTE_CHECK_OK(read_kind(fault));
    MALOTE_CHECK_OK(read_when(fault));
    MALOTE_TRY(fault.after, flag("after"));
    MALOTE_TRY(const auto retry_after, number("retry_after", 0, 86'400));
    fault.retry_after_s = retry_after;
    MALOTE_TRY(const auto delay, number("delay_ms", 0, kMaxDelay));
    fault.delay = delay ? Millis{*delay} : fault.kind == Fault::Kind::hang ? kHang : Millis{0};
    if (fault.kind == Fault::Kind::slow && !delay)
      return wrong("delay_ms", "\"slow\" needs it: milliseconds until the answer");
    MALOTE_TRY(const auto size, number("size", 0, kMaxSize));
    fault.size = static_cast<std::size_t>(size.value_or(0));
    return fault;
  }

 private:
  Unexpected wrong(std::string_view member, const std::string& message) const {
    const std::string where = path_ + (member.empty() ? "" : "/") + std::string{member};
    Error error = make_issue(Errc::invalid_body, where, message);
    return fail(std::move(error));
  }

  Result<void> read_where(Fault& fault) {
    const auto provider = object_["provider"].as_string();
    if (!provider) return wrong("provider", "is required: a provider's id, or \"*\"");
    if (*provider != "*" && std::ranges::find(providers_, *provider) == providers_.end())
      return wrong("provider", "no provider is called \"" + std::string{*provider} + "\"");
    fault.provider = *provider;
    if (const json::View method = object_["method"]) {
      if (!method.is_string()) return wrong("method", "takes \"POST\", \"GET\", …");
      fault.method = *method.as_string();
    }
    if (const json::View path = object_["path"]) {
      const auto text = path.as_string();
      if (!text || !(text->starts_with('/') || *text == "*"))
        return wrong("path", "takes the provider's own path, e.g. \"/v3/payments\" or \"/v3/*\"");
      fault.path = *text;
    }
    MALOTE_TRY(fault.forgets_keys, flag("forgets_keys"));
    return {};
  }

  Result<void> read_kind(Fault& fault) {
    const json::View status = object_["status"];
    if (!status) {
      if (fault.forgets_keys) return {};
      return wrong("status",
                   "is required: 400 to 599, \"reset\", \"hang\", \"garbage\" or \"slow\"");
    }
    if (const auto number = status.as_int(); number && *number >= 400 && *number <= 599) {
      fault.kind = Fault::Kind::status;
      fault.status = static_cast<int>(*number);
      return {};
    }
    for (const auto kind :
         {Fault::Kind::reset, Fault::Kind::hang, Fault::Kind::garbage, Fault::Kind::slow}) {
      if (status.as_string() == word(kind)) fault.kind = kind;
    }
    if (fault.kind == Fault::Kind::none)
      return wrong("status", "takes 400 to 599, \"reset\", \"hang\", \"garbage\" or \"slow\"");
    return {};
  }

  Result<void> read_when(Fault& fault) {
    MALOTE_TRY(fault.times, number("times", 1, 1'000'000'000));
    if (const json::View probability = object_["probability"]) {
      const auto value = probability.as_double();
      if (!value || *value < 0 || *value > 1) return wrong("probability", "takes 0 to 1");
      fault.probability = *value;
    }
    MALOTE_TRY(const auto seed, number("seed", 0, 1'000'000'000'000));
    fault.random = Prng{static_cast<std::uint64_t>(seed.value_or(1))};
    return {};
  }

  Result<bool> flag(const char* name) const {
    const json::View value = object_[name];
    if (!value) return false;
    if (const auto flag = value.as_bool()) return *flag;
    return wrong(name, "takes true or false");
  }

  Result<std::optional<std::int64_t>> number(const char* name, std::int64_t least,
                                             std::int64_t most) const {
    const json::View value = object_[name];
    if (!value) return std::optional<std::int64_t>{};
    const auto number = value.as_int();
    if (number && *number >= least && *number <= most) return number;
    return wrong(
        name, "takes a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }

  json::View object_;
  std::string path_;
  const std::vector<std::string>& providers_;
};

void write_fault(json::Writer& w, const Fault& fault) {
  w.object().field("provider", fault.provider);
  if (!fault.method.empty()) w.field("method", fault.method);
  w.field("path", fault.path);
  if (fault.forgets_keys) w.field("forgets_keys", true);
  if (fault.kind == Fault::Kind::status) w.field("status", fault.status);
  if (const auto text = word(fault.kind); !text.empty()) w.field("status", text);
  if (fault.times) w.field("times", *fault.times);
  if (fault.probability < 1) w.key("probability").number(fault.probability);
  if (fault.kind != Fault::Kind::none) w.field("after", fault.after);
  if (fault.retry_after_s) w.field("retry_after", *fault.retry_after_s);
  if (fault.delay.count() > 0) w.field("delay_ms", std::int64_t{fault.delay.count()});
  if (fault.size > 0) w.field("size", static_cast<std::int64_t>(fault.size));
  w.field("happened", fault.happened).end();
}

}  // namespace

bool Fault::meets(std::string_view to_provider, std::string_view to_method,
                  std::string_view to_path) const {
  if (provider != "*" && provider != to_provider) return false;
  if (!method.empty() && method != to_method) return false;
  const std::string_view pattern = path;
  if (!pattern.ends_with('*')) return pattern == to_path;
  return to_path.starts_with(pattern.substr(0, pattern.size() - 1));
}

Result<Faults> Faults::parse(std::string_view text, const std::vector<std::string>& providers) {
  MALOTE_TRY(const auto document, json::Document::parse(text));
  const json::View root = document.root();
  const json::View list = root.is_object() && root["faults"] ? root["faults"] : root;
  Faults faults;
  if (list.is_array()) {
    std::size_t index = 0;
    for (const auto member : list) {
      MALOTE_TRY(auto fault,
                 (FaultReader{member, "/" + std::to_string(index++), providers}.read()));
      faults.faults_.push_back(std::move(fault));
    }
    return faults;
  }
  MALOTE_TRY(auto fault, (FaultReader{list, "", providers}.read()));
  faults.faults_.push_back(std::move(fault));
  return faults;
}

const Fault* Faults::take(std::string_view provider, std::string_view method,
                          std::string_view path) {
  for (auto& fault : faults_) {
    if (fault.kind == Fault::Kind::none || fault.times == 0) continue;
    if (!fault.meets(provider, method, path)) continue;
    constexpr std::uint64_t kParts = 1'000'000;
    const auto chance = static_cast<std::uint64_t>(fault.probability * static_cast<double>(kParts));
    if (!fault.random.chance(chance, kParts)) continue;
    if (fault.times) --*fault.times;
    ++fault.happened;
    return &fault;
  }
  return nullptr;
}

bool Faults::forgets_keys(std::string_view provider) const {
  return std::ranges::any_of(faults_, [&](const Fault& fault) {
    return fault.forgets_keys && (fault.provider == "*" || fault.provider == provider);
  });
}

void Faults::write(json::Writer& w) const {
  w.object().key("faults").array();
  for (const auto& fault : faults_) write_fault(w, fault);
  w.end().end();
}

}  // namespace malote::emulator
