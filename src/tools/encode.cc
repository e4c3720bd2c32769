#include "tools/encode.h"

#include <cstdint>

#include "base/bytes.h"
#include "base/json_writer.h"

namespace malote::tools {

namespace {

class FormWriter {
 public:
  explicit FormWriter(bool brackets) : brackets_(brackets) {}

  void write(const std::string& name, json::View value) {
    if (value.is_object()) {
      for (const auto member : value) write(name + "[" + std::string{member.key()} + "]", member);
    } else if (value.is_array()) {
      std::size_t index = 0;
      for (const auto item : value) {
        const bool plain = item.as_text().has_value();
        const std::string place = "[" + (plain ? "" : std::to_string(index)) + "]";
        write(plain && !brackets_ ? name : name + place, item);
        ++index;
      }
    } else if (const auto text = value.as_text()) {
      out_ += (out_.empty() ? "" : "&") + encode(name) + "=" + encode(*text);
    }
  }

  std::string take() && { return std::move(out_); }

 private:
  /// A space is a plus in forms.
  static std::string encode(std::string_view text) {
    std::string out = url_encode(text);
    for (auto at = out.find("%20"); at != std::string::npos; at = out.find("%20", at))
      out.replace(at, 3, "+");
    return out;
  }

  bool brackets_;
  std::string out_{};
};

/// One part of a multipart body.
struct Part {
  std::string head{};
  std::string content{};
};

/// Names stand between quotes in a header.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') {
      out += "%22";
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      out += c;
    }
  }
  return out + "\"";
}

Result<Part> make_part(std::string_view name, json::View value) {
  const std::string disposition = "Content-Disposition: form-data; name=" + quoted(name);
  if (const auto text = value.as_text()) return Part{disposition, std::string{*text}};
  const auto content = base64_decode(value["content_base64"].as_string().value_or(""));
  if (!value["content_base64"].is_string() || !content)
    return fail(make_issue(Errc::invalid_body, std::string{name},
                           "takes a file: {filename, content_base64, mime_type}"));
  const auto type = value["mime_type"].as_string().value_or("application/octet-stream");
  const bool clean = type.find_first_of("\r\n") == std::string_view::npos;
  return Part{disposition + "; filename=" + quoted(value["filename"].as_string().value_or("file")) +
                  "\r\nContent-Type: " + std::string{clean ? type : "application/octet-stream"},
              *content};
}

/// A line that occurs in no part; the same parts give the same one.
std::string boundary_of(const std::vector<Part>& parts) {
  std::uint64_t hash = 14'695'981'039'346'656'037u;  // FNV-1a
  for (const auto& part : parts) {
    for (const char c : part.head + part.content) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211u;
    }
  }
  const auto text = [&] { return "malote-" + std::to_string(hash); };
  const auto occurs = [&] {
    for (const auto& part : parts) {
      if (part.content.find(text()) != std::string::npos) return true;
    }
    return false;
  };
  while (occurs()) ++hash;
  return text();
}

}  // namespace

std::string encode_form(json::View object, bool brackets) {
  FormWriter writer{brackets};
  for (const auto member : object) writer.write(std::string{member.key()}, member);
  return std::move(writer).take();
}

Result<Multipart> encode_multipart(json::View object) {
  std::vector<Part> parts;
  for (const auto member : object) {
    if (!member.is_array()) {
      MALOTE_TRY(parts.emplace_back(), make_part(member.key(), member));
      continue;
    }
    for (const auto item : member) {
      MALOTE_TRY(parts.emplace_back(), make_part(member.key(), item));
    }
  }
  const std::string boundary = boundary_of(parts);
  Multipart out{.content_type = "multipart/form-data; boundary=" + boundary};
  for (const auto& [head, content] : parts)
    out.body += "--" + boundary + "\r\n" + head + "\r\n\r\n" + content + "\r\n";
  out.body += "--" + boundary + "--\r\n";
  return out;
}

std::string with_member(json::View object, std::string_view path, std::string_view value) {
  const auto dot = path.find('.');
  const auto name = path.substr(0, dot);
  const auto old = object[name];
  const bool deeper = dot != std::string_view::npos;
  if (!object.is_object() || (old && !(deeper && old.is_object())))
    return std::string{object.raw()};
  std::string inner{value};
  if (deeper) {
    const auto rest = path.substr(dot + 1);
    inner = old ? with_member(old, rest, value)
                : with_member(json::Document::parse("{}")->root(), rest, value);
  }
  json::Writer w;
  w.object();
  for (const auto member : object) {
    w.key(member.key()).raw(member.key() == name ? std::string_view{inner} : member.raw());
  }
  if (!old) w.key(name).raw(inner);
  w.end();
  return std::move(w).text();
}

}  // namespace malote::tools
