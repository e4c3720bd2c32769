// Any bytes as JSON: what parses is walked, and its raw text must parse again to the same thing.
#include "base/json.h"

#include "base/check.h"

namespace {

void walk(malote::json::View value) {
  std::size_t children = 0;
  for (const auto child : value) {
    MALOTE_CHECK(!value.is_object() || value[child.key()].raw() == child.raw(), "keys are unique");
    walk(child);
    ++children;
  }
  MALOTE_CHECK(children == value.size(), "size() counts the children");
  (void)value.as_text();
  (void)value.as_int();
  (void)value.as_double();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;  // walk() is quadratic
  const auto document = malote::json::Document::parse({reinterpret_cast<const char*>(data), size});
  if (!document) return 0;
  walk(document->root());
  const auto again = malote::json::Document::parse(document->root().raw());
  MALOTE_CHECK(again.has_value(), "raw text is JSON");
  MALOTE_CHECK(again->root().raw() == document->root().raw(), "and the same JSON");
  return 0;
}
