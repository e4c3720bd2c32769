#include "base/bytes.h"

#include <algorithm>

#include <array>
#include <cstdint>

namespace malote {

namespace {

using Byte = unsigned char;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> base64_table(bool url) {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < 64; ++i)
    table[static_cast<Byte>(kBase64[i])] = static_cast<std::int8_t>(i);
  if (url) {
    table[static_cast<Byte>('+')] = table[static_cast<Byte>('/')] = -1;
    table[static_cast<Byte>('-')] = 62;
    table[static_cast<Byte>('_')] = 63;
  }
  return table;
}

constexpr auto kStandardTable = base64_table(false);
constexpr auto kUrlTable = base64_table(true);

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// The number of continuation bytes after `lead`, or -1 where no sequence may start so.
int utf8_tail(Byte lead) {
  if (lead < 0x80) return 0;
  if (lead >= 0xC2 && lead <= 0xDF) return 1;
  if (lead >= 0xE0 && lead <= 0xEF) return 2;
  if (lead >= 0xF0 && lead <= 0xF4) return 3;
  return -1;
}

}  // namespace

std::string hex_encode(std::string_view bytes, bool upper) {
  const std::string_view digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string out(bytes.size() * 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const Byte b = static_cast<Byte>(bytes[i]);
    out[2 * i] = digits[b >> 4];
    out[2 * i + 1] = digits[b & 15];
  }
  return out;
}

std::optional<std::string> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) return {};
  std::string out(text.size() / 2, '\0');
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return {};
    out[i] = static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string base64_encode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t word = static_cast<std::uint32_t>(static_cast<Byte>(bytes[i])) << 16;
    if (i + 1 < bytes.size())
      word |= static_cast<std::uint32_t>(static_cast<Byte>(bytes[i + 1])) << 8;
    if (i + 2 < bytes.size()) word |= static_cast<std::uint32_t>(static_cast<Byte>(bytes[i + 2]));
    out += kBase64[word >> 18];
    out += kBase64[word >> 12 & 63];
    out += i + 1 < bytes.size() ? kBase64[word >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? kBase64[word & 63] : '=';
  }
  return out;
}

std::optional<std::string> base64_decode(std::string_view text, bool url) {
  const auto& table = url ? kUrlTable : kStandardTable;
  if (!url && text.size() % 4 != 0) return {};
  for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.remove_suffix(1);
  if (text.size() % 4 == 1) return {};
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t word = 0;
  int bits = 0;
  for (const char c : text) {
    const int value = table[static_cast<Byte>(c)];
    if (value < 0) return {};
    word = word << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(word >> bits & 255);
    }
  }
  if ((word & ((1u << bits) - 1)) != 0) return {};  // stray bits: another text for the same bytes
  return out;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  volatile Byte difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = difference | static_cast<Byte>(static_cast<Byte>(a[i]) ^ static_cast<Byte>(b[i]));
  }
  return difference == 0;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string to_lower(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = lower(c);
  return out;
}

bool equals_ignore_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string url_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' && plus_is_space ? ' ' : text[i];
    }
  }
  return out;
}

std::string url_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += hex_encode({&c, 1}, true);
    }
  }
  return out;
}

bool is_valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const Byte lead = static_cast<Byte>(text[i]);
    const int tail = utf8_tail(lead);
    if (tail < 0 || i + static_cast<std::size_t>(tail) >= text.size()) return false;
    for (int k = 1; k <= tail; ++k) {
      const Byte b = static_cast<Byte>(text[i + static_cast<std::size_t>(k)]);
      Byte low = 0x80;
      Byte high = 0xBF;
      if (k == 1 && lead == 0xE0) low = 0xA0;   // no overlong forms,
      if (k == 1 && lead == 0xED) high = 0x9F;  // no surrogates,
      if (k == 1 && lead == 0xF0) low = 0x90;
      if (k == 1 && lead == 0xF4) high = 0x8F;  // nothing past U+10FFFF
      if (b < low || b > high) return false;
    }
    i += static_cast<std::size_t>(tail) + 1;
  }
  return true;
}

std::string_view cut_text(std::string_view text, std::size_t bytes) {
  std::size_t end = std::min(text.size(), bytes);
  while (end > 0 && end < text.size() && (text[end] & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace malote
