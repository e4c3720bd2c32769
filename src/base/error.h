// The one error type of expected failures. See errors.def for the codes; broken invariants use
// MALOTE_CHECK, start-up failures throw std::runtime_error (caught once, in app/main.cc).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace malote {

enum class Errc : std::uint8_t {
#define MALOTE_ERROR(name, status, doc) name,
#include "base/errors.def"
#undef MALOTE_ERROR
};

std::string_view error_code(Errc errc);  // the wire code, "not_found"
int http_status(Errc errc);
std::string_view error_doc(Errc errc);

/// One thing wrong with a request: `path` is a JSON pointer or parameter name.
struct Issue {
  std::string path;
  std::string message;
};

struct Error {
  Errc errc{};
  std::string message;  // for the client: what, where, what to do; never a secret
  std::vector<Issue> issues{};
};

inline Error make_error(Errc errc, std::string message) { return {errc, std::move(message), {}}; }
Error make_issue(Errc errc, std::string path, std::string message);

}  // namespace malote
