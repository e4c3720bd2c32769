#include "providers/body.h"

#include <map>
#include <vector>

#include "base/bytes.h"
#include "base/json_writer.h"

namespace malote::providers {

namespace {

constexpr std::size_t kMaxNesting = 16;

Unexpected malformed(std::string message) { return fail(Errc::invalid_body, std::move(message)); }

/// One place in the tree that a form describes: a text, or named or numbered children.
struct Node {
  std::string text{};
  std::map<std::string, Node, std::less<>> children{};
  std::vector<Node> list{};

  void write(json::Writer& w) const {
    if (!children.empty()) {
      w.object();
      for (const auto& [name, child] : children) {
        w.key(name);
        child.write(w);
      }
      w.end();
    } else if (!list.empty()) {
      w.array();
      for (const auto& child : list) child.write(w);
      w.end();
    } else {
      w.string(text);
    }
  }
};

/// "data[tags][]" → "data", "tags", "". What is not closed stays part of the name.
std::vector<std::string> segments_of(std::string_view key) {
  std::vector<std::string> segments;
  const auto open = key.find('[');
  segments.emplace_back(key.substr(0, open));
  std::string_view rest = open == std::string_view::npos ? std::string_view{} : key.substr(open);
  while (rest.starts_with('[')) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) break;
    segments.emplace_back(rest.substr(1, close - 1));
    rest.remove_prefix(close + 1);
  }
  if (!rest.empty()) segments = {std::string{key}};
  return segments;
}

void put(Node& root, const std::vector<std::string>& segments, std::string value) {
  Node* at = &root;
  for (const auto& segment : segments) {
    if (segment.empty() && at != &root) {
      at = &at->list.emplace_back();
    } else {
      at = &at->children[segment];
    }
  }
  at->text = std::move(value);
}

bool is_form(const RawRequest& request) {
  constexpr std::string_view kForm = "application/x-www-form-urlencoded";
  const auto* type = header_of(request, "Content-Type");
  const auto first = request.body.find_first_not_of(" \t\r\n");
  // Some clients call everything a form unless told otherwise.
  if (first != std::string::npos && request.body[first] == '{') return false;
  return type && equals_ignore_case(std::string_view{*type}.substr(0, kForm.size()), kForm);
}

/// Of a form with one field that holds an object as JSON, such as GitHub's `payload`: that object.
json::Document unwrapped(json::Document document) {
  const json::View root = document.root();
  if (root.size() != 1) return document;
  auto inner = json::Document::parse((*root.begin()).as_string().value_or(""), kAsSent);
  return inner && inner->root().is_object() ? std::move(*inner) : std::move(document);
}

}  // namespace

Result<std::string> form_to_json(std::string_view form) {
  Node root;
  for (std::size_t fields = 0; !form.empty(); ++fields) {
    if (fields == kMaxFormFields) return malformed("the form has too many fields");
    const auto end = form.find('&');
    const std::string_view field = form.substr(0, end);
    form.remove_prefix(end == std::string_view::npos ? form.size() : end + 1);
    if (field.empty()) continue;
    const auto equals = field.find('=');
    const auto segments = segments_of(url_decode(field.substr(0, equals)));
    if (segments.size() > kMaxNesting) return malformed("a key of the form is nested too deep");
    put(root, segments,
        equals == std::string_view::npos ? "" : url_decode(field.substr(equals + 1)));
  }
  json::Writer w;
  if (root.children.empty()) return malformed("the form is empty");
  root.write(w);
  return std::move(w).text();
}

Result<json::Document> read_body(const RawRequest& request,
                                 const std::optional<std::string>& payload) {
  std::string_view text = payload ? std::string_view{*payload} : std::string_view{request.body};
  std::string converted;
  if (!payload && is_form(request)) {
    MALOTE_TRY(converted, form_to_json(text));
    text = converted;
  }
  MALOTE_TRY(auto document, json::Document::parse(text, kAsSent));
  if (!converted.empty()) document = unwrapped(std::move(document));
  if (!document.root().is_object()) return malformed("the body is not a JSON object");
  return document;
}

}  // namespace malote::providers
