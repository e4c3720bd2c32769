// Any bytes as a query string or form body; whatever comes out encodes back to the same pairs.
#include "base/bytes.h"
#include "base/check.h"
#include "ports/http_types.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto pairs = malote::parse_query({reinterpret_cast<const char*>(data), size});
  std::string text;
  for (const auto& [name, value] : pairs) {
    text += (text.empty() ? "" : "&") + malote::url_encode(name) + "=" + malote::url_encode(value);
  }
  MALOTE_CHECK(malote::parse_query(text) == pairs, "an encoded query reads back");
  return 0;
}
