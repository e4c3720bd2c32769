// Any header under any scheme, at any time: verify() must not crash, and must never accept what was
// not signed. The first byte chooses the scheme; a line break ends the header; the rest is the
// body.
#include "base/check.h"
#include "files.h"
#include "providers/registry.h"
#include "providers/verify.h"

namespace {

using namespace malote;

std::vector<providers::Scheme> schemes() {
  std::vector<providers::Scheme> all;
  for (const auto& file : malote::testing::files_in("data/providers")) {
    const auto pack = *providers::Pack::parse(malote::testing::read_file(file));
    for (const auto& [name, view] : pack.schemes) all.push_back(*providers::parse_scheme(view, {}));
  }
  for (const char* text :
       {R"({"kind":"http_basic"})", R"({"kind":"url_token","query":"t"})",
        R"({"kind":"hmac","header":"S","prefix":"sha256=","encoding":"auto"})"}) {
    const auto document = json::Document::parse(text);
    all.push_back(*providers::parse_scheme(document->root(), {}));
  }
  return all;
}

void try_out(const providers::Scheme& scheme, const std::vector<providers::WebhookSecret>& secrets,
             const std::string& header, std::string_view text) {
  const providers::RawRequest request{
      .headers = {{scheme.header.empty() ? "Authorization" : scheme.header, header},
                  {scheme.timestamp_header, header},
                  {scheme.algorithm_header, scheme.algorithm_value},
                  {scheme.certificate_url_header, header},
                  {"webhook-id", header}},
      .query = {{scheme.query, header}, {scheme.fallback_query, header}},
      .body = std::string{text.substr(std::min(text.size(), header.size() + 1))}};
  MALOTE_CHECK(!providers::verify(scheme, request, secrets, from_ms(1'776'859'200'000)),
               "nobody guesses this secret");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto all = schemes();
  static const std::vector<providers::WebhookSecret> secrets{
      {.text = Secret{"whsec_bm90IGd1ZXNzYWJsZSBieSBhIGZ1enplcg=="}, .user = Secret{"user"}}, {}};
  if (size < 2) return 0;
  const auto& scheme = all[data[0] % all.size()];
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  const std::string header{text.substr(0, text.find('\n'))};
  for (const auto& one : {scheme, scheme.alias ? *scheme.alias : scheme}) {
    std::vector<providers::WebhookSecret> keyed = secrets;
    for (auto& secret : keyed) {
      if (!secret.text.empty())
        secret.token_keys = crypto::JoseKeys::from_secret(secret.text.reveal());
    }
    try_out(one, keyed, header, text);
  }
  return 0;
}
