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
};

/// A condition: the text at `path` is one of `values`.
struct Where {
  std::string path{};
  std::vector<std::string> values{};
  bool negate = false;
};

/// The provider's event names (and conditions) that mean one catalogue type.
struct Rule {
  std::vector<std::string> names{};  // empty: any
  std::vector<Where> where{};
  std::string type{};    // catalogue name; empty: known, but means nothing to us
  std::string fields{};  // the name of a field set
  std::string reason{};  // a constant reason, "name" for the provider's event name
  bool once = false;     // only one event of this type per resource
};

/// How to ask the provider for the resource a notification speaks of.
struct FetchSpec {
  std::vector<Where> where{};
  std::string url{};           // with {query:x}, {/pointer}
  std::string header{};        // "Authorization"
  std::string prefix{};        // "Bearer "
  std::string credential{};    // name of the connection's credential
  bool only_unsigned = false;  // only to confirm what a signature does not cover
};

struct Pack {
  std::string id{}, label{}, category{};
  std::vector<std::string> countries{};
  std::string default_scheme{};
  std::map<std::string, json::View, std::less<>> schemes{};  // views into `document`
  Paths name{}, event_id{}, resource_id{}, livemode{};
  std::optional<FieldSpec> occurred_at{};
  Paths dedupe{};                   // pieces of the derived key where there is no event id
  std::vector<Where> must_match{};  // e.g. the signed query id equals the body's; see `mismatch`
  std::string equal_left{}, equal_right{}, mismatch{};
  bool passthrough = false;  // the sender speaks the catalogue: type by name, data as it is
  Paths passthrough_data{};
  std::map<std::string, std::vector<FieldSpec>, std::less<>> fields{};
  std::vector<Rule> rules{};
  std::vector<FetchSpec> fetches{};
  std::vector<std::string> probe_methods{};   // requests without proof that are answered 200
  std::vector<std::string> redact_headers{};  // carry a secret
  json::Document document;

  static Result<Pack> parse(std::string_view text);
};

/// A field set as in a pack's "fields": also read from a custom connection's `webhook_map`.
Result<std::vector<FieldSpec>> parse_fields(json::View object);
Paths parse_paths(json::View value);

}  // namespace malote::providers
