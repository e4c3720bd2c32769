// A provider pack: everything Malote knows of a provider, read from data/providers/<id>.json.
// Immutable after parse. docs/providers.md describes the format.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "providers/api_spec.h"
#include "providers/scheme.h"

namespace malote::providers {

using Paths = std::vector<std::string>;

/// One normalised field: where it is found and how it is written there.
struct FieldSpec {
  std::string name{};
  Paths at{};
  std::string constant{};
  std::string sum{};  // "/a/list|/value": adds the numbers of a list's members, first choice
  enum class As {
    text,
    upper,
    digits,
    phone,
    document,
    amount_major,
    amount_minor,
    time
  } as = As::text;
  std::string time_format{};  // rfc3339 | unix_s | unix_ms | unix
  int offset_minutes = 0;     // of times without an offset
  std::string country{};      // calling code put before phones that have none, e.g. "55"
};

/// A condition: the text at `path` is one of `values`; with `presence`, that there is a text at
/// all.
struct Where {
  std::string path{};
  std::vector<std::string> values{};
  bool negate = false;
  bool presence = false;
};

/// The provider's event names (and conditions) that mean one catalogue type.
struct Rule {
  std::vector<std::string> names{};  // empty: any; "*.issued", "looks_ok*": by an end
  std::vector<Where> where{};
  std::string type{};     // catalogue name; empty: known, but means nothing to us
  std::string fields{};   // the name of a field set
  std::string reason{};   // a constant reason, "name" for the provider's event name
  bool once = false;      // only one event of this type per resource
  bool optional = false;  // only where webhook_map.enable names the provider's event
  bool guess = false;     // not where the connection says itself what its names mean
};

/// Requests that prove nothing and only want to see that somebody answers.
struct Probe {
  std::vector<std::string> methods{};  // empty: any
  Paths absent{};                      // none of these is in the request
  std::string reason{"probe"};
};

/// The question by which a sender makes sure that the URL is ours: answered with a part of it.
struct Handshake {
  std::vector<Where> where{};
  std::string token{};   // path of what must equal webhook_auth.verify_token
  std::string answer{};  // path of what is sent back
  explicit operator bool() const { return !answer.empty(); }
};

/// What an accepted request is answered.
struct ResponseSpec {
  std::string body{R"({"received":true})"};
  std::string content_type{"application/json"};
};

/// How to ask the provider for the resource a notification speaks of.
struct FetchSpec {
  std::vector<Where> where{};
  std::string url{};           // with {query:x}, {/pointer}
  std::string header{};        // "Authorization"
  std::string prefix{};        // "Bearer "
  std::string credential{};    // name of the connection's credential; empty: as the API wants it
  bool only_unsigned = false;  // only to confirm what a signature does not cover
  Paths take{};                // where the resource is in the answer; empty: the answer itself
  Paths version{};             // what, with the url, names a version of the resource
  std::string replaces{};      // the body's member that it is read in place of
};

struct Pack {
  std::string id{}, label{}, category{};
  std::vector<std::string> countries{};
  std::string default_scheme{};
  std::map<std::string, json::View, std::less<>> schemes{};  // views into `document`
  std::string evidence{};
  Paths documentation{};
  Paths items{};  // where a batch's entries are; the first pattern that finds some counts
  Paths name{}, event_id{}, livemode{};
  std::optional<FieldSpec> occurred_at{};
  std::vector<Paths> dedupe{};  // pieces of the derived key, each the first that is there
  bool dedupe_always = false;   // even where there is an event id: it names a delivery only
  std::string equal_left{}, equal_right{}, mismatch{};  // must be equal, or `mismatch` is noted
  bool passthrough = false;  // the sender speaks the catalogue: type by name, data as it is
  Paths passthrough_data{};
  Paths envelope{};  // members of the body that are not data, where data and body are one
  std::map<std::string, int, std::less<>> exponents{};  // of minor units, where not ISO 4217's
  std::map<std::string, std::vector<FieldSpec>, std::less<>> fields{};
  std::vector<Rule> rules{};
  std::vector<FetchSpec> fetches{};
  ApiSpec api{};
  std::vector<Probe> probes{};
  Handshake handshake{};
  ResponseSpec response{};
  std::vector<std::string> redact_headers{};  // carry a secret
  Paths redact_body{};                        // so do these members of the body
  json::View fixtures{};                      // for test-fire: {"catalogue type": request body}
  json::Document document;

  static Result<Pack> parse(std::string_view text);
  /// The same for a pack that somebody wrote for this gateway: held against the schema first.
  static Result<Pack> parse_own(std::string_view text);
  /// The catalogue types that its rules can give, sorted, each once.
  std::vector<std::string> event_types() const;
};

/// A field set as in a pack's "fields": also read from a custom connection's `webhook_map`.
Result<std::vector<FieldSpec>> parse_fields(json::View object);
Paths parse_paths(json::View value);

}  // namespace malote::providers
