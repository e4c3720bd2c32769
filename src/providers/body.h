// The body of a proven request as a JSON document, whatever form it came in. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "providers/sources.h"

namespace malote::providers {

/// How what providers send is read: half a surrogate pair in a customer's name, as programs that
/// cut texts in UTF-16 send it, must not cost a payment's event. It reads as U+FFFD.
inline constexpr json::Limits kAsSent{.whole_pairs = false};

/// JSON (without a byte order mark, as RFC 8259 has it), or application/x-www-form-urlencoded,
/// whose nested keys ("data[id]", "tags[]") become objects and lists with texts for values; a form
/// of one field that holds an object as JSON is that object.
/// `payload` is what a token held, and stands for the body then. Anything but an object is an
/// error.
Result<json::Document> read_body(const RawRequest& request,
                                 const std::optional<std::string>& payload = {});

/// The JSON text of a form. Errors: more than kMaxFormFields fields, keys nested beyond 16.
Result<std::string> form_to_json(std::string_view form);
inline constexpr std::size_t kMaxFormFields = 10'000;

}  // namespace malote::providers
