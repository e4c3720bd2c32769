#include "base/error.h"

#include <cstdio>
#include <cstdlib>
#include <iterator>

#include "base/check.h"

namespace malote {

namespace {

struct Row {
  std::string_view code;
  int status;
  std::string_view doc;
};

constexpr Row kRows[] = {
#define MALOTE_ERROR(name, status, doc) {#name, status, doc},
#include "base/errors.def"
#undef MALOTE_ERROR
};

const Row& row(Errc errc) { return kRows[static_cast<std::size_t>(errc)]; }

}  // namespace

std::string_view error_code(Errc errc) { return row(errc).code; }
int http_status(Errc errc) { return row(errc).status; }
std::string_view error_doc(Errc errc) { return row(errc).doc; }

Error make_issue(Errc errc, std::string path, std::string message) {
  std::string text = path.empty() ? message : path + ": " + message;
  return {errc, std::move(text), {{std::move(path), std::move(message)}}};
}

void check_failed(const char* condition, const char* why, const char* file, int line) {
  std::fprintf(stderr, "malote: invariant broken at %s:%d: %s (%s)\n", file, line, condition, why);
  std::fflush(stderr);
  std::abort();
}

}  // namespace malote
