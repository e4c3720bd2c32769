// Any JSON as a provider's body (and as the fetched resource) through each pack: no crash, and the
// data of what is emitted is a JSON object. The first byte chooses the pack.
#include "providers/mapping.h"

#include "base/check.h"
#include "files.h"

namespace {

using namespace malote;

std::vector<providers::Pack> packs() {
  std::vector<providers::Pack> all;
  for (const auto& file : malote::testing::files_in("data/providers"))
    all.push_back(*providers::Pack::parse(malote::testing::read_file(file)));
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto all = packs();
  static const providers::CanonicalName canonical = [](std::string_view name) {
    return name.starts_with("p") ? std::optional{std::string{name}} : std::nullopt;
  };
  if (size < 2) return 0;
  const auto& pack = all[data[0] % all.size()];
  const std::string body{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto document = json::Document::parse(body);
  if (!document || !document->root().is_object()) return 0;
  const providers::RawRequest request{
      .headers = {{"webhook-id", body}}, .query = {{"data.id", body}}, .body = body};
  const auto mapped = providers::map_request({.pack = pack,
                                              .request = request,
                                              .body = document->root(),
                                              .fetched = document->root(),
                                              .canonical = canonical});
  for (const auto& draft : mapped.drafts) {
    const auto emitted = json::Document::parse(providers::data_of(draft, pack.id, "payment_id"));
    MALOTE_CHECK(emitted && emitted->root().is_object(), "data is an object that can be read");
  }
  (void)providers::plan_fetch(pack, providers::Sources{request, document->root()}, false);
  return 0;
}
