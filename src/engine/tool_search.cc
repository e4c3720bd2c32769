#include "engine/tool_search.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <numeric>

#include "base/bytes.h"
#include "base/json_writer.h"
#include "engine/accounts.h"

namespace malote::engine {

namespace {

constexpr double kLeastSimilarity = 0.2;
// What makes up the similarity. Tried on the wishes of meta_builtin_test.cc and some like them.
constexpr double kOfAll = 0.4, kOfName = 0.4, kOfBrevity = 0.2;
// What no tool has says little of what is wanted.
constexpr double kWeightOfUnknown = 0.3;
constexpr std::size_t kMaxWish = 1000;  // bytes that are looked at

// Words that say nothing of what is to be done, in English, Portuguese and Spanish.
constexpr std::string_view kStopWords[] = {
    "a",  "an",   "and", "by",  "da",  "de",   "do", "el", "em",  "en", "for", "in",
    "is", "it",   "its", "la",  "me",  "my",   "na", "no", "o",   "of", "on",  "or",
    "os", "para", "por", "que", "the", "this", "to", "um", "uma", "un", "una", "with"};

/// Three bytes in one number. Sorted, each once.
using Trigrams = std::vector<std::uint32_t>;

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

/// Amounts and telephone numbers do not say what is to be done either.
bool says_something(std::string_view word) {
  return word.find_first_not_of("0123456789") != std::string_view::npos &&
         std::ranges::find(kStopWords, word) == std::end(kStopWords);
}

/// The three-byte pieces of each word, with two spaces before it and one behind.
Trigrams trigrams_of(std::string_view text) {
  Trigrams found;
  const std::string lower = to_lower(text);
  for (std::size_t at = 0; at < lower.size(); ++at) {
    const std::size_t begin = at;
    while (at < lower.size() && is_word_byte(lower[at])) ++at;
    const auto word = std::string_view{lower}.substr(begin, at - begin);
    if (!says_something(word)) continue;
    std::uint32_t trigram = ' ' << 8 | ' ';
    const auto take = [&](char c) {
      trigram = (trigram << 8 | static_cast<unsigned char>(c)) & 0xffffff;
      found.push_back(trigram);
    };
    for (const char c : word) take(c);
    take(' ');
  }
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

bool has(const Trigrams& trigrams, std::uint32_t trigram) {
  return std::ranges::binary_search(trigrams, trigram);
}

struct Candidate {
  AnyTool tool{};
  Trigrams called{};     // its name and keywords: what it is for
  Trigrams described{};  // its name, what it does, and whose it is

  bool holds(std::uint32_t trigram) const {
    return has(called, trigram) || has(described, trigram);
  }
};

std::vector<Candidate> candidates(const tools::Registry& registry, const ToolSearch& wish) {
  std::vector<Candidate> all;
  for (const auto& one : all_tools(registry)) {
    if (one.meta && (one.meta->routes.empty() || !wish.category.empty())) continue;
    if (one.server && !fits_country(one.server->country, wish.country)) continue;
    if (one.server && !wish.category.empty() &&
        !equals_ignore_case(one.server->category, wish.category))
      continue;
    std::string called = one.name();
    for (const auto& keyword : one.keywords()) called += " " + keyword;
    std::string described = one.name() + " " + std::string{one.description()};
    if (one.server) described += " " + one.server->name + " " + one.server->category;
    all.push_back({one, trigrams_of(called), trigrams_of(described)});
  }
  return all;
}

/// How much each of them says: rare ones more.
std::vector<double> weights_of(const Trigrams& wanted, const std::vector<Candidate>& all) {
  const auto of = [&](double holders) {
    return std::log(1.0 + static_cast<double>(all.size()) / (1.0 + holders));
  };
  std::vector<double> weights;
  for (const auto trigram : wanted) {
    const auto holders =
        std::ranges::count_if(all, [&](const Candidate& one) { return one.holds(trigram); });
    weights.push_back(holders > 0 ? of(static_cast<double>(holders)) : kWeightOfUnknown * of(0));
  }
  return weights;
}

}  // namespace

std::string AnyTool::call_name() const {
  return meta ? meta->name : tool->server + "__" + tool->name;
}

std::string AnyTool::input_schema() const {
  const json::View schema = meta ? meta->input : tool->input;
  if (schema["properties"]) return std::string{schema.raw()};
  json::Writer w;
  w.object();
  for (const auto member : schema) w.key(member.key()).raw(member.raw());
  if (!schema["type"]) w.field("type", "object");
  return std::move(w.key("properties").object().end().end()).text();
}

std::vector<AnyTool> all_tools(const tools::Registry& registry) {
  std::vector<AnyTool> all;
  for (const auto* meta : registry.meta_tools()) all.push_back({.meta = meta});
  for (const auto* server : registry.servers()) {
    for (const auto& tool : server->tools) all.push_back({.server = server, .tool = &tool});
  }
  return all;
}

std::vector<AnyTool> tools_of(const tools::Registry& registry,
                              const std::vector<std::string>& servers) {
  auto all = all_tools(registry);
  std::erase_if(all, [&](const AnyTool& one) {
    if (one.meta) return one.meta->routes.empty() && !one.meta->builtin;
    return std::ranges::find(servers, one.server->id) == servers.end();
  });
  return all;
}

std::optional<AnyTool> find_tool(const tools::Registry& registry, std::string_view name) {
  if (const auto* meta = registry.meta(name)) return AnyTool{.meta = meta};
  const auto* tool = registry.find(name);
  if (!tool) return {};
  return AnyTool{.server = registry.server(tool->server), .tool = tool};
}

bool fits_country(std::string_view country_of_server, std::string_view wanted) {
  return wanted.empty() || country_of_server == "*" ||
         equals_ignore_case(country_of_server, wanted);
}

std::vector<ToolMatch> search_tools(const tools::Registry& registry, const ToolSearch& wish) {
  const auto all = candidates(registry, wish);
  const Trigrams wanted = trigrams_of(cut_text(wish.text, kMaxWish));
  const auto weights = weights_of(wanted, all);
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<ToolMatch> matches;
  for (const auto& one : all) {
    double shared = 0, called = 0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (one.holds(wanted[i])) shared += weights[i];
      if (has(one.called, wanted[i])) called += weights[i];
      if (has(one.described, wanted[i])) ++count;
    }
    if (total <= 0 || shared / total < kLeastSimilarity) continue;
    // Of two that say the same, the one that says less else is nearer.
    const auto either = static_cast<double>(wanted.size() + one.described.size() - count);
    matches.push_back({.tool = one.tool,
                       .similarity = kOfAll * shared / total + kOfName * called / total +
                                     kOfBrevity * static_cast<double>(count) / either});
  }
  std::ranges::stable_sort(matches, std::greater{}, &ToolMatch::similarity);
  if (matches.size() > wish.limit) matches.resize(wish.limit);
  return matches;
}

Link find_link(const ReadTx& tx, const tools::Server& server, ProjectNo project,
               std::string_view user_id) {
  if (!server.needs_connection()) return {.status = "not_required"};
  if (auto used = choose_connection(tx, project, server.id, user_id))
    return {.status = "connected", .connection = std::move(used)};
  const auto expired = tx.connections(
      {.project = project, .status = "expired", .server_id = server.id}, {.limit = 100});
  for (const auto& one : expired) {
    if (one.user_id.empty() || one.user_id == user_id)
      return {.status = "expired", .connection = one};
  }
  return {.status = "disconnected"};
}

std::string_view link_status(const Context& context, const ReadTx& tx, const AnyTool& tool,
                             ProjectNo project, std::string_view user_id) {
  if (tool.server) return find_link(tx, *tool.server, project, user_id).status;
  if (tool.meta->builtin) return "not_required";
  for (const auto& route : tool.meta->routes) {
    const auto* server = context.tools.server(route.server);
    if (!server) continue;
    const auto status = find_link(tx, *server, project, user_id).status;
    if (status == "connected" || status == "not_required") return "connected";
  }
  return "disconnected";
}

}  // namespace malote::engine
