// What goes wrong on purpose, and when. Not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "base/prng.h"
#include "base/result.h"
#include "base/time.h"

namespace malote::emulator {

struct Fault {
  enum class Kind { status, reset, hang, garbage, slow, none } kind = Kind::none;
  std::string provider{};               // "*": any
  std::string method{};                 // empty: any
  std::string path{"*"};                // the provider's own; a "*" at the end stands for any rest
  int status = 0;                       // Kind::status
  std::optional<std::int64_t> times{};  // how often it is still to happen; none: no limit
  double probability = 1;
  Prng random{1};
  bool after = false;  // the effect was performed, and only the answer went wrong
  std::optional<std::int64_t> retry_after_s{};
  Millis delay{0};
  std::size_t size = 0;       // bytes of the answer's body
  bool forgets_keys = false;  // the provider performs every request, whatever its key
  std::int64_t happened = 0;

  bool meets(std::string_view provider, std::string_view method, std::string_view path) const;
};

class Faults {
 public:
  /// A list, one fault alone, or {"faults": […]}. Errors name the member and what it takes.
  static Result<Faults> parse(std::string_view text, const std::vector<std::string>& providers);

  /// The first fault that happens to this request.
  const Fault* take(std::string_view provider, std::string_view method, std::string_view path);
  bool forgets_keys(std::string_view provider) const;
  void write(json::Writer& w) const;

 private:
  std::vector<Fault> faults_{};
};

}  // namespace malote::emulator
