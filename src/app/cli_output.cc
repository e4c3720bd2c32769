#include "app/cli_output.h"

#include <algorithm>
#include <cctype>

#include "base/bytes.h"
#include "net/simple_client.h"

namespace malote::app {

std::string compact(json::View value) {
  std::string out;
  bool quoted = false;
  bool escaped = false;
  for (const char c : value.raw()) {
    if (c == '"' && !escaped) quoted = !quoted;
    escaped = quoted && c == '\\' && !escaped;
    if (quoted || !std::isspace(static_cast<unsigned char>(c))) out += c;
  }
  return printable(out);
}

namespace {

std::string text_or(json::View value, std::string_view instead) {
  return printable(value.as_string().value_or(instead));
}

std::string cell_text(json::View value) {
  if (value.is_array() && value.size() > 0 && value.at(0).is_string()) {
    std::string text;
    for (const auto item : value)
      text += (text.empty() ? "" : ",") + std::string{*item.as_string()};
    return printable(text);
  }
  if (const auto text = value.as_text()) return printable(*text);
  return value && !value.is_null() ? compact(value) : "-";
}

/// Characters, not bytes.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

void print_table(json::View list, const Columns& columns) {
  std::vector<std::vector<std::string>> rows(1);
  for (const auto& [title, pointer] : columns) rows[0].push_back(title);
  for (const auto item : list) {
    auto& row = rows.emplace_back();
    for (const auto& [title, pointer] : columns) row.push_back(cell_text(item.pointer(pointer)));
  }
  std::vector<std::size_t> widths(columns.size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    std::printf("%s\n", line.c_str());
  }
  if (list.size() == 0) std::printf("(none)\n");
}

void print_object(json::View object, const std::string& indent) {
  for (const auto member : object) {
    const std::string name = printable(member.key());
    if (member.is_object() && member.size() > 0) {
      std::printf("%s%s\n", indent.c_str(), name.c_str());
      print_object(member, indent + "  ");
    } else {
      std::printf("%s%-18s %s\n", indent.c_str(), name.c_str(), cell_text(member).c_str());
    }
  }
}

namespace {

int show_failure(const Target& target, int status, const std::string& body) {
  const auto document = json::Document::parse(body);
  const json::View root = document ? document->root() : json::View{};
  std::fprintf(stderr, "malote: %s (%d %s)\n",
               text_or(root["message"], "the gateway refused").c_str(), status,
               text_or(root["code"], "").c_str());
  for (const auto issue : root["issues"]) {
    std::fprintf(stderr, "  %s %s\n", text_or(issue["path"], "").c_str(),
                 text_or(issue["message"], "").c_str());
  }
  if (status == 401 && target.api_key.empty()) {
    std::fprintf(stderr, "  give the key with --api-key or MALOTE_API_KEY\n");
  }
  return 1;
}

}  // namespace

int call_and_print(const Target& target, const std::string& method, const std::string& path,
                   const std::string& body, const std::function<void(json::View)>& print) {
  HttpRequest request{.method = method, .url = target.url + path, .body = body};
  request.headers.emplace_back("Content-Type", "application/json");
  if (!target.api_key.empty())
    request.headers.emplace_back("Authorization", "Bearer " + target.api_key);
  request.timeout = Millis{30'000};
  const HttpOutcome outcome = net::exchange(request);
  if (outcome.status == 0) {
    std::fprintf(stderr, "malote: no gateway answers at %s (%s); start one with: malote serve\n",
                 target.url.c_str(), outcome.error.c_str());
    return 1;
  }
  if (outcome.status >= 300) return show_failure(target, outcome.status, outcome.body);
  if (outcome.body.empty()) {
    std::printf(target.json ? "{}\n" : "done\n");
    return 0;
  }
  if (target.json) {
    std::printf("%s\n", outcome.body.c_str());
    return 0;
  }
  const auto document = json::Document::parse(outcome.body);
  if (!document) {
    std::fprintf(stderr, "malote: the answer is not JSON; is %s a malote gateway?\n",
                 target.url.c_str());
    return 1;
  }
  print(document->root());
  return 0;
}

int call_and_show(const Target& target, const std::string& method, const std::string& path,
                  const std::string& body, const std::string& list_member, const Columns& columns) {
  return call_and_print(target, method, path, body, [&](json::View answer) {
    if (list_member.empty()) return print_object(answer);
    print_table(answer[list_member], columns);
    if (const auto next = answer["next_before"].as_string())
      std::printf("more: --before %s\n", printable(*next).c_str());
  });
}

}  // namespace malote::app
