// Any bytes as a form: an error, or JSON that can be read.
#include "base/bytes.h"
#include "base/check.h"
#include "providers/body.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace malote;
  const std::string form{reinterpret_cast<const char*>(data), size};
  const auto json_text = providers::form_to_json(form);
  if (!json_text || !is_valid_utf8(*json_text)) return 0;
  const auto document = json::Document::parse(*json_text);
  MALOTE_CHECK(document && document->root().is_object(), "a form is a JSON object");
  return 0;
}
