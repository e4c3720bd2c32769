// Result<T>: a value or an Error. The only file that names the library behind it, so that a move
// to std::expected is one alias.
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "base/error.h"

namespace malote {

template <class T>
using Result = tl::expected<T, Error>;

using Unexpected = tl::unexpected<Error>;

inline Unexpected fail(Error error) { return Unexpected{std::move(error)}; }
inline Unexpected fail(Errc errc, std::string message) {
  return Unexpected{make_error(errc, std::move(message))};
}

}  // namespace malote

// MALOTE_TRY(auto x, expr): x = the value, or return the error from the enclosing function.
#define MALOTE_TRY_CAT2(a, b) a##b
#define MALOTE_TRY_CAT(a, b) MALOTE_TRY_CAT2(a, b)
#define MALOTE_TRY(declaration, expression) \
  MALOTE_TRY_IMPL(declaration, expression, MALOTE_TRY_CAT(try_result_, __LINE__))
#define MALOTE_TRY_IMPL(declaration, expression, name)       \
  auto name = (expression);                                  \
  if (!name) return ::malote::fail(std::move(name).error()); \
  declaration = std::move(*name)
#define MALOTE_CHECK_OK(expression)                           \
  do {                                                        \
    if (auto check_result = (expression); !check_result)      \
      return ::malote::fail(std::move(check_result).error()); \
  } while (false)
