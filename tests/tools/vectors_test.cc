// Every tool of every server, against the recorded requests in data/vectors/tools.json.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/bytes.h"
#include "tools/accounts.h"

namespace malote::tools {
namespace {

using testing::OwnedAccount;

class ToolVectors : public ::testing::Test {
 protected:
  void SetUp() override {
    auto loaded = testing::load_registry();
    ASSERT_TRUE(loaded) << loaded.error().message;
    registry_ = std::make_unique<Registry>(std::move(*loaded));
    vectors_ = std::move(*json::Document::parse(testing::read_file("data/vectors/tools.json")));
  }

  static OwnedAccount account_of(json::View recorded) {
    const auto metadata = recorded["metadata"];
    OwnedAccount account{std::string{recorded["credentials"].raw()},
                         metadata ? std::string{metadata.raw()} : "{}"};
    account.token = recorded["token"].as_string().value_or("");
    return account;
  }

  /// As texts that are equal when the values are: the order of members and white space aside.
  static std::string plain(json::View value) {
    if (value.is_array()) {
      std::string out = "[";
      for (const auto item : value) out += plain(item) + ",";
      return out + "]";
    }
    if (!value.is_object()) return std::string{value.raw()};
    std::map<std::string, std::string> members;
    for (const auto member : value) members[std::string{member.key()}] = plain(member);
    std::string out = "{";
    for (const auto& [name, text] : members) out += name + ":" + text + ",";
    return out + "}";
  }

  static std::string plain_text(const std::string& text) {
    const auto document = json::Document::parse(text);
    return document && !document->root().as_text() ? plain(document->root()) : text;
  }

  /// Percent-encoding differs where it may: compared decoded.
  static std::string form_pairs(std::string_view text) {
    std::string out;
    while (!text.empty()) {
      const auto pair = text.substr(0, text.find('&'));
      text.remove_prefix(std::min(text.size(), pair.size() + 1));
      out += url_decode(pair) + "\n";
    }
    return out;
  }

  static void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  }

  static void expect_body(const std::string& body, json::View recorded, std::string type) {
    if (!recorded) {
      EXPECT_EQ(body, "");
    } else if (type.starts_with("multipart/")) {
      std::string text = body;
      replace_all(text, type.substr(type.find('=') + 1), "BOUNDARY");
      replace_all(text, *base64_decode("iVBORw0KGgo="), "BYTES");
      EXPECT_EQ(text, *recorded.as_string());
    } else if (recorded.is_string()) {
      EXPECT_EQ(form_pairs(body), form_pairs(*recorded.as_string()));
    } else {
      EXPECT_EQ(plain_text(body), plain(recorded));
    }
  }

  static void expect_request(const Result<HttpRequest>& built, json::View recorded) {
    ASSERT_TRUE(built) << built.error().message;
    EXPECT_EQ(built->method, *recorded["method"].as_string());
    const std::string& url = built->url;
    const std::string_view expected = *recorded["url"].as_string();
    EXPECT_EQ(url.substr(0, url.find('?')), expected.substr(0, expected.find('?')));
    const auto query_of = [](std::string_view text) {
      const auto mark = text.find('?');
      return mark == std::string_view::npos ? std::string{} : form_pairs(text.substr(mark + 1));
    };
    EXPECT_EQ(query_of(url), query_of(expected));
    std::map<std::string, std::string> headers;
    std::string type;
    for (const auto& [name, value] : built->headers) {
      if (equals_ignore_case(name, "content-type")) type = value;
      if (!value.starts_with("multipart/")) headers[to_lower(name)] = value;
    }
    std::map<std::string, std::string> wanted;
    for (const auto header : recorded["headers"])
      wanted[to_lower(header.key())] = std::string{*header.as_string()};
    EXPECT_EQ(headers, wanted);
    expect_body(built->body, recorded["body"], type);
  }

  std::unique_ptr<Registry> registry_{};
  json::Document vectors_{};
};

TEST_F(ToolVectors, EveryToolBecomesTheRecordedRequest) {
  int calls = 0;
  for (const auto recorded_server : vectors_.root()["servers"]) {
    const Server* server = registry_->server(recorded_server.key());
    ASSERT_NE(server, nullptr) << recorded_server.key();
    const auto account = account_of(recorded_server["account"]);
    for (const auto call : recorded_server["calls"]) {
      const Tool* tool = server->find(*call["tool"].as_string());
      ASSERT_NE(tool, nullptr) << server->id << "/" << *call["tool"].as_string();
      SCOPED_TRACE(tool->full_name());
      expect_request(build_request(*server, *tool, call["input"], account.account(), ""), call);
      ++calls;
    }
  }
  EXPECT_EQ(calls, 196);
}

TEST_F(ToolVectors, TokensAreFetchedAsRecorded) {
  int tokens = 0;
  for (const auto recorded : vectors_.root()["servers"]) {
    const Server* server = registry_->server(recorded.key());
    ASSERT_NE(server, nullptr);
    EXPECT_EQ(server->needs_token(), static_cast<bool>(recorded["token"])) << server->id;
    if (!recorded["token"]) continue;
    SCOPED_TRACE(server->id);
    const auto account = account_of(recorded["account"]);
    expect_request(build_token_request(*server, account.account()), recorded["token"]);
    ++tokens;
  }
  EXPECT_EQ(tokens, 2);
}

TEST_F(ToolVectors, EveryFileIsNamedAfterWhatItHolds) {
  for (const auto& path : testing::files_in("data/tools")) {
    const auto server = parse_server(testing::read_file(path));
    ASSERT_TRUE(server) << path << ": " << server.error().message;
    EXPECT_EQ(path, "data/tools/" + server->id + ".json");
  }
  for (const auto& path : testing::files_in("data/meta_tools")) {
    const auto meta = parse_meta_tool(testing::read_file(path));
    ASSERT_TRUE(meta) << path << ": " << meta.error().message;
    EXPECT_EQ(path, "data/meta_tools/" + meta->name + ".json");
  }
}

}  // namespace
}  // namespace malote::tools
