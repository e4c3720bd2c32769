// Inbound: a provider's request is proven, mapped and kept, and only then acknowledged.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/connection_cache.h"
#include "engine/context.h"
#include "engine/key_documents.h"
#include "engine/quarantine.h"
#include "providers/inbound.h"

namespace malote::engine {

struct IntakeAnswer {
  /// accepted, duplicate, ignored, probe, handshake: answered 200. refused: 401; forbidden: 403.
  /// The rest by `error`.
  enum class Kind {
    accepted,
    duplicate,
    ignored,
    probe,
    handshake,
    refused,
    forbidden,
    failed
  } kind = Kind::failed;
  std::string reason{};  // a refusal's or note's word, for metrics and logs
  Error error{};         // when failed
  std::string body{};    // what the sender is answered, where it is 200
  std::string content_type{};
};
std::string_view word(IntakeAnswer::Kind kind);
bool is_refusal(IntakeAnswer::Kind kind);  // refused or forbidden

/// Everything that follows from a proven request without touching the store: pure.
struct Prepared {
  Receipt receipt{};
  std::vector<Event> events{};
  std::vector<std::string> fact_keys{};  // beside events; "" where every occurrence counts
  bool wants_fetch = false;
  Timestamp now{};  // when it is stored
};

class Intake {
 public:
  Intake(const Context& context, ConnectionCache& connections, KeyDocuments& documents,
         Quarantine& quarantine)
      : context_(context),
        connections_(connections),
        documents_(documents),
        quarantine_(quarantine) {}

  using Done = std::function<void(IntakeAnswer)>;

  /// Thread-safe. `done` is called exactly once: here for refusals, on the writer's thread after
  /// the durable commit otherwise; on the HTTP client's where public keys had to be fetched first.
  void accept(std::string_view server_id, std::string_view connection_id,
              providers::RawRequest request, Done done);

  Quarantine& quarantine() { return quarantine_; }
  const KeyDocuments& documents() const { return documents_; }

  /// Judges a refused request again, as of when it came, and takes it in if it is proven now.
  void accept_rejected(std::string_view connection_id, std::string_view rejected_id, Done done);

 private:
  using Live = std::shared_ptr<const LiveConnection>;
  /// A request on its way.
  struct Pending {
    Live live{};
    providers::RawRequest request{};
    Timestamp at{};     // the clock it is judged by
    bool kept = false;  // it is in the quarantine already
  };
  void judge(Pending pending, bool may_fetch, Done done);
  void store(Pending pending, const providers::Verdict& proof, Done done);
  void keep(Pending pending, const std::string& reason, const std::string& hint);

  const Context& context_;
  ConnectionCache& connections_;
  KeyDocuments& documents_;
  Quarantine& quarantine_;
};

/// Stores the prepared events that are not there yet, by provider id or fact, and owes them to
/// their triggers. Returns how many are new; `note` says why one was not, where that is worth
/// telling.
int store_events(const Context& context, Tx& tx, Effects& effects, const Prepared& prepared,
                 std::string& note);

/// What came of a fetch-back; empty before it.
struct Fetched {
  json::View resource{};
  bool failed = false;  // given up: what the notification claims is passed on as its name only
};

/// Maps a proven request (and, after a fetch-back, the fetched resource) to what is to be stored.
/// `payload` is what a token held, where the body was one.
Prepared prepare(const Context& context, const LiveConnection& live,
                 const providers::RawRequest& request, const std::optional<std::string>& payload,
                 const Fetched& fetched, Timestamp now);

/// The kept body, without the secrets that the pack says stand in it: "[redacted]" for all of it
/// where they cannot be found.
std::string redacted_body(const providers::Pack& pack, const providers::RawRequest& request);

/// The receipt's head as JSON, with secrets redacted; and back.
std::string encode_head(const providers::RawRequest& request, const LiveConnection& live);
providers::RawRequest decode_receipt(const Receipt& receipt);

}  // namespace malote::engine
