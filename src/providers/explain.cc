#include "providers/explain.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/json_writer.h"

namespace malote::providers {

namespace {

/// One verification that may be varied.
struct Trial {
  const Pack& pack;
  Scheme scheme;
  RawRequest request;
  std::vector<WebhookSecret> secrets;
  Timestamp at;
  const KeyDocuments& documents;

  bool passes() const { return static_cast<bool>(verify(scheme, request, secrets, at, documents)); }
};

class Explainer {
 public:
  explicit Explainer(Trial trial) : trial_(std::move(trial)) {
    Scheme& scheme = trial_.scheme;
    const auto alias = std::exchange(scheme.alias, nullptr);
    if (alias && !header_of(trial_.request, scheme.header)) scheme = *alias;
  }

  void try_clock() {
    Trial trial = trial_;
    trial.scheme.tolerance_s.reset();
    if (!trial.passes()) return;
    const auto verdict =
        verify(trial_.scheme, trial_.request, trial_.secrets, trial_.at, trial_.documents);
    add("clock", "the signature is right, but its time is not: " + verdict.hint +
                     ". Compare this machine's clock with the sender's, or raise "
                     "webhook_auth.tolerance_seconds");
  }

  void try_encodings() {
    if (trial_.scheme.kind != SchemeKind::signature) return;
    Trial trial = trial_;
    trial.scheme.encoding = Encoding::automatic;
    if (trial.passes()) {
      const bool hex = trial_.scheme.encoding != Encoding::base64;
      add("encoding", std::string{"the signature is right, but it is written in "} +
                          (hex ? "base64" : "hex") + ": set webhook_auth.encoding to \"" +
                          (hex ? "base64" : "hex") + "\" or \"auto\"");
    }
  }

  void try_hashes() {
    if (trial_.scheme.kind != SchemeKind::signature || trial_.scheme.algorithm != Algorithm::hmac)
      return;
    constexpr std::pair<crypto::Hash, const char*> kHashes[] = {{crypto::Hash::sha1, "sha1"},
                                                                {crypto::Hash::sha256, "sha256"},
                                                                {crypto::Hash::sha512, "sha512"}};
    for (const auto& [hash, name] : kHashes) {
      Trial trial = trial_;
      trial.scheme.hash = hash;
      trial.scheme.hashes = {hash};
      trial.scheme.encoding = Encoding::automatic;
      if (hash != trial_.scheme.hash && trial.passes())
        add("algorithm",
            std::string{"the signature is an HMAC with "} + name + ": set webhook_auth.algorithm");
    }
  }

  void try_secret_forms() {
    try_secret("secret_space",
               "the secret was set with white space around it: set it again "
               "without",
               [](std::string_view text) {
                 while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
                 while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
                 return std::string{text};
               });
    try_secret("secret_newline",
               "the sender's secret ends in a newline: it was probably copied "
               "with one there",
               [](std::string_view text) { return std::string{text} + "\n"; });
    constexpr std::pair<SecretEncoding, const char*> kForms[] = {{SecretEncoding::utf8, "utf8"},
                                                                 {SecretEncoding::hex, "hex"},
                                                                 {SecretEncoding::base64, "base64"},
                                                                 {SecretEncoding::whsec, "whsec"}};
    for (const auto& [form, name] : kForms) {
      Trial trial = trial_;
      trial.scheme.secret_encoding = form;
      if (form != trial_.scheme.secret_encoding && trial.passes())
        add("secret_encoding", std::string{"the key is the secret read as "} + name +
                                   ": set webhook_auth.secret_encoding");
    }
  }

  void try_headers() {
    constexpr int kMostTried = 64;  // senders have a dozen; whoever sends thousands looks for work
    int tried = 0;
    for (const auto& [name, value] : trial_.request.headers) {
      if (equals_ignore_case(name, trial_.scheme.header) || trial_.scheme.header.empty()) continue;
      if (value.empty() || ++tried > kMostTried) continue;
      Trial trial = trial_;
      trial.scheme.header = name;
      if (trial.passes())
        add("header",
            "the proof is in the header " + printable(name) + ": set webhook_auth.header");
    }
  }

  void try_signed_texts() {
    if (trial_.scheme.kind != SchemeKind::signature) return;
    const std::pair<const char*, std::vector<Part>> texts[] = {
        {"{body}", {{.from = Part::From::body}}},
        {"{timestamp}.{body}",
         {{.from = Part::From::timestamp},
          {.from = Part::From::literal, .name = "."},
          {.from = Part::From::body}}}};
    for (const auto& [name, parts] : texts) {
      Trial trial = trial_;
      trial.scheme.signed_by_key.clear();
      trial.scheme.signed_parts = parts;
      if (trial.passes())
        add("signed", std::string{"the sender signs \""} + name + "\": set webhook_auth.signed");
    }
  }

  /// What a proxy or a framework between the sender and us may have made of the body.
  void try_bodies() {
    const std::string& body = trial_.request.body;
    try_body("body_newline", "without the newline at its end", without_newline(body));
    try_body("body_newline", "with a newline at its end", body + "\n");
    const auto document = json::Document::parse(body);
    if (!document) return;
    for (const bool spaced : {false, true}) {
      std::string text;
      write(document->root(), spaced, text);
      try_body("body_reserialised", spaced ? "as JSON with spaces" : "as JSON without spaces",
               text);
    }
  }

  void try_neighbours(const std::vector<Neighbour>& neighbours) {
    for (const auto& neighbour : neighbours) {
      Trial trial = trial_;
      trial.secrets = neighbour.secrets;
      if (trial.passes())
        add("other_connection", "it is signed with the secret of the connection " + neighbour.id +
                                    ": its URL was given to the wrong account, or the secrets "
                                    "were exchanged");
    }
  }

  std::vector<Finding> findings() && { return std::move(findings_); }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  static std::string printable(std::string_view text) {
    return is_valid_utf8(text) ? std::string{text} : "(not text)";
  }
  static std::string without_newline(std::string_view text) {
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    return std::string{text};
  }

  /// JSON the way the common libraries print it: nothing between, or a space after ',' and ':'.
  static void write(json::View value, bool spaced, std::string& out) {
    if (!value.is_object() && !value.is_array()) {
      out += value.raw();
      return;
    }
    out += value.is_object() ? '{' : '[';
    bool first = true;
    for (const auto member : value) {
      if (!first) out += spaced ? ", " : ",";
      first = false;
      if (value.is_object()) {
        json::append_string(out, member.key());
        out += spaced ? ": " : ":";
      }
      write(member, spaced, out);
    }
    out += value.is_object() ? '}' : ']';
  }

  template <class Change>
  void try_secret(const char* code, const char* message, Change change) {
    Trial trial = trial_;
    bool changed = false;
    for (auto& secret : trial.secrets) {
      const std::string other = change(secret.text.reveal());
      changed = changed || other != secret.text.reveal();
      secret.text = Secret{other};
    }
    if (changed && trial.passes()) add(code, message);
  }

  void try_body(const char* code, const char* how, const std::string& body) {
    Trial trial = trial_;
    trial.request.body = body;
    if (body != trial_.request.body && trial.passes())
      add(code, std::string{"the signature is right for the same body "} + how +
                    ": something on the way changes the bytes; pass them on as they came");
  }

  void add(std::string code, std::string message) {
    const bool known =
        std::ranges::any_of(findings_, [&](const Finding& f) { return f.message == message; });
    if (!known) findings_.push_back({std::move(code), std::move(message)});
  }

  Trial trial_;
  std::vector<Finding> findings_;
};

}  // namespace

Explanation explain(const ExplainInput& input) {
  const Judgement judgement =
      judge(input.pack, input.scheme, input.request, input.secrets, input.at, input.documents);
  Explanation explanation{.proven = judgement.kind != Judgement::Kind::refused,
                          .reason = judgement.reason,
                          .hint = judgement.verdict.hint};
  if (explanation.proven) return explanation;
  Explainer explainer{
      {input.pack, input.scheme, input.request, input.secrets, input.at, input.documents}};
  explainer.try_clock();
  explainer.try_encodings();
  explainer.try_secret_forms();
  explainer.try_headers();
  explainer.try_hashes();
  explainer.try_signed_texts();
  explainer.try_bodies();
  explainer.try_neighbours(input.neighbours);
  explanation.findings = std::move(explainer).findings();
  return explanation;
}

}  // namespace malote::providers
