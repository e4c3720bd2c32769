// Hex, base64, constant-time comparison and small text helpers over bytes. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace malote {

std::string hex_encode(std::string_view bytes, bool upper = false);
std::optional<std::string> hex_decode(std::string_view text);  // either case; even length

/// RFC 4648 standard alphabet with padding.
std::string base64_encode(std::string_view bytes);
/// Strict: padding required, no white space, no stray bits. `url` takes the URL-safe alphabet and
/// makes padding optional.
std::optional<std::string> base64_decode(std::string_view text, bool url = false);

/// Takes time that depends on the lengths only.
bool constant_time_equal(std::string_view a, std::string_view b);

std::string_view trim(std::string_view text);  // outer spaces and tabs
std::string to_lower(std::string_view text);   // ASCII
bool equals_ignore_case(std::string_view a, std::string_view b);

/// application/x-www-form-urlencoded; a malformed escape stays as it is.
std::string url_decode(std::string_view text, bool plus_is_space = true);
std::string url_encode(std::string_view text);

bool is_valid_utf8(std::string_view text);
/// The start of a text, at most `bytes` long, cut between characters.
std::string_view cut_text(std::string_view text, std::size_t bytes);

}  // namespace malote
