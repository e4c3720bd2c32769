#include "tools/mcp.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/json_writer.h"
#include "tools/checks.h"

namespace malote::tools {

namespace {

constexpr std::string_view kVersions[] = {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};
constexpr std::size_t kMaxError = 4096;  // of a tool's own words; the data has all of them
// Of JSON-RPC: parse error, invalid request, method not found, invalid params.
constexpr std::int64_t kBeforeWork[] = {-32700, -32600, -32601, -32602};

bool is_json(std::string_view body) {
  const auto text = trim(body);
  return text.starts_with('{') || text.starts_with('[');
}

bool answers(json::View message, std::string_view id) {
  return message["id"].as_text() == id && (message["result"] || message["error"]);
}

/// In one message, or in a batch of them.
std::string find_answer(std::string_view text, std::string_view id) {
  const auto document = json::Document::parse(text);
  if (!document) return {};
  const json::View root = document->root();
  if (answers(root, id)) return std::string{root.raw()};
  if (!root.is_array()) return {};
  for (const auto message : root) {
    if (answers(message, id)) return std::string{message.raw()};
  }
  return {};
}

/// The line before `text`'s next line end, which is "\n", "\r" or "\r\n"; taken off.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find_first_of("\r\n");
  const auto line = text.substr(0, end);
  if (end == std::string_view::npos) {
    text = {};
    return line;
  }
  text.remove_prefix(end);
  text.remove_prefix(text.starts_with("\r\n") ? 2 : 1);
  return line;
}

std::string find_in_events(std::string_view body, std::string_view id) {
  std::string data;
  while (!body.empty()) {
    std::string_view line = take_line(body);
    if (line.starts_with("data:")) {
      line.remove_prefix(5);
      if (line.starts_with(' ')) line.remove_prefix(1);
      data += data.empty() ? "" : "\n";
      data += line;
    }
    if (!line.empty() && !body.empty()) continue;
    if (auto answer = find_answer(data, id); !answer.empty()) return answer;
    data.clear();
  }
  return {};
}

std::string text_of_content(json::View content) {
  std::string text;
  for (const auto item : content) {
    if (text_of(item["type"]) == "text") text += (text.empty() ? "" : "\n") + text_of(item["text"]);
  }
  return text;
}

std::string data_of(json::View result) {
  if (result["structuredContent"].is_object())
    return std::string{result["structuredContent"].raw()};
  const json::View content = result["content"];
  bool text_only = content.size() > 0;
  for (const auto item : content) text_only = text_only && item["type"].as_string() == "text";
  json::Writer w;
  w.object();
  if (text_only) {
    const std::string text = text_of_content(content);
    const auto document = json::Document::parse(text);
    if (document && (document->root().is_object() || document->root().is_array()))
      return std::string{document->root().raw()};
    w.field("text", text);
  } else if (content.size() > 0) {
    w.key("content").raw(content.raw());
  }
  return std::move(w.end()).text();
}

ToolOutcome failed(Fate fate, const std::string& error, std::string_view code,
                   std::string_view details = {}) {
  const std::string text =
      fate == Fate::unknown ? error + " (it may have happened nevertheless)" : error;
  return {.fate = fate, .data = failure_data(text, code, 0, details), .error = text};
}

/// The server refused the request itself.
ToolOutcome rpc_failure(const Server& server, const Tool& tool, json::View error) {
  const auto code = error["code"].as_int().value_or(0);
  const bool before = std::ranges::find(kBeforeWork, code) != std::end(kBeforeWork);
  const std::string text = server.name + ": " +
                           std::string{cut_text(error["message"].as_string().value_or(""), 300)} +
                           " (" + std::to_string(code) + ")";
  if (before) return failed(Fate::refused, text, "provider_error", error.raw());
  if (tool.safe) return failed(Fate::retryable, text, "provider_unavailable", error.raw());
  return failed(Fate::unknown, text, "outcome_unknown", error.raw());
}

}  // namespace

bool is_mcp_version(std::string_view version) {
  return std::ranges::find(kVersions, version) != std::end(kVersions);
}

std::string rpc_message(std::string_view id, std::string_view method, std::string_view params) {
  json::Writer w;
  w.object().field("jsonrpc", "2.0");
  if (!id.empty()) w.field("id", id);
  w.field("method", method);
  if (!params.empty()) w.key("params").raw(params);
  return std::move(w.end()).text();
}

std::string rpc_answer(std::string_view body, std::string_view id) {
  return is_json(body) ? find_answer(body, id) : find_in_events(body, id);
}

bool AnswerWatch::operator()(std::string_view body) {
  if (!body.ends_with("\n\n") && !body.ends_with("\r\n\r\n")) return false;
  const auto fresh = body.substr(std::min(looked_, body.size()));
  looked_ = body.size();
  return !find_in_events(fresh, id_).empty();
}

ToolOutcome interpret_mcp(const Server& server, const Tool& tool, const HttpOutcome& outcome) {
  if (outcome.status < 200 || outcome.status > 299) return interpret(server, tool, {}, outcome);
  const auto document = json::Document::parse(outcome.body);
  const json::View answer = document ? document->root() : json::View{};
  if (const json::View error = answer["error"]; error && !error.is_null())
    return rpc_failure(server, tool, error);
  const json::View result = answer["result"];
  if (!result.is_object())
    return failed(tool.safe ? Fate::retryable : Fate::unknown,
                  server.name + ": the answer holds no response", "unexpected_answer");
  if (!result["isError"].as_bool().value_or(false)) return {.data = data_of(result)};
  std::string text = text_of_content(result["content"]);
  if (text.empty()) text = "the tool failed and did not say why";
  return failed(Fate::refused, server.name + ": " + std::string{cut_text(text, kMaxError)},
                "tool_error", data_of(result));
}

}  // namespace malote::tools
