#include "app/config.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <set>
#include <sstream>

#include "app/builtin.h"
#include "files.h"

namespace malote::testing {
namespace {

/// The configuration that a file with this text gives.
app::Config config_of(const std::string& text) {
  std::string path = ::testing::TempDir() + "malote-config-XXXXXX";
  const int file = ::mkstemp(path.data());
  if (file < 0 || ::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::runtime_error("cannot write " + path);
  ::close(file);
  const struct Remove {
    const std::string& path;
    ~Remove() { ::unlink(path.c_str()); }
  } remove{path};
  return app::load_config({.config_file = path});
}

std::string refusal_of(const std::string& text) {
  try {
    config_of(text);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "taken";
}

/// The packaged file's settings, "#key = value", taken in; its prose, "# text", left out.
struct PackagedFile {
  std::string text{};
  std::set<std::string> keys{};
};

PackagedFile read_packaged_file() {
  PackagedFile file;
  std::istringstream lines{read_file("packaging/malote.toml")};
  std::string table;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#') && !line.starts_with("# ")) line.erase(0, 1);
    if (line.starts_with('#')) continue;
    file.text += line + "\n";
    if (line.starts_with('[')) table = line.substr(1, line.find(']') - 1) + ".";
    if (const auto end = line.find(" = "); end != std::string::npos && !line.starts_with('['))
      file.keys.insert(table + line.substr(0, end));
  }
  return file;
}

TEST(Config, RefusesAnUnknownKeyWithTheNearestKnownOne) {
  const auto expect = [](const std::string& text, const std::string& said) {
    EXPECT_NE(refusal_of(text).find(said), std::string::npos) << text << ": " << refusal_of(text);
  };
  expect("lisen = '1.2.3.4:5'", "unknown key lisen; did you mean listen?");
  expect("[http]\nworker = 1", "unknown key http.worker; did you mean http.workers?");
  expect("[htp]\nworkers = 1", "unknown key htp.workers; did you mean http.workers?");
  expect("[htp]", "unknown key htp; did you mean http?");
  expect("[chat]\nbase_ulr = 'https://x.example'", "did you mean chat.base_url?");
  expect("[oauth.asaas]\nclient_di = 'x'", "did you mean oauth.asaas.client_id?");
  expect("[mcp.crm]\nhaeders = { a = 'b' }", "did you mean mcp.crm.headers?");
  expect("[mcp.crm]\ncomand = ['node']", "did you mean mcp.crm.command?");
}

TEST(Config, RefusesAValueInPlaceOfATable) {
  for (const std::string table : {"http", "chat", "oauth", "mcp"}) {
    const std::string said = refusal_of(table + " = 1");
    EXPECT_NE(said.find(table + " is a table: [" + table + "]"), std::string::npos) << said;
  }
  EXPECT_NE(refusal_of("[[log]]\njson = true").find("log is a table: [log]"), std::string::npos);
}

TEST(Config, TakesAnMcpServerThatIsACommand) {
  const auto servers = config_of(
                           "[mcp.files]\ncommand = ['node', 's.js']\nfolder = '/srv'\n"
                           "environment = { A = '${env.HOME}' }\nname = 'Files'")
                           .mcp_servers;
  ASSERT_EQ(servers.size(), 1u);
  EXPECT_EQ(servers.front()->name, "Files");
  EXPECT_EQ(servers.front()->mcp->command, (std::vector<std::string>{"node", "s.js"}));
  EXPECT_EQ(servers.front()->mcp->folder, "/srv");
  EXPECT_EQ(servers.front()->mcp->variables, std::vector<std::string>{"HOME"});
  EXPECT_NE(refusal_of("[mcp.files]\ncommand = 'node s.js'").find("takes a list of texts"),
            std::string::npos);
  EXPECT_NE(refusal_of("[mcp.files]\ncommand = ['x']\nurl = 'https://x'").find("/mcp/url"),
            std::string::npos);
}

TEST(Config, TakesThePackagedFileAsItIs) {
  EXPECT_EQ(refusal_of(read_file("packaging/malote.toml")), "taken");
}

TEST(Config, TakesEverySettingOfThePackagedFile) {
  ::setenv("CHAT_API_KEY", "a key for the test", 1);
  EXPECT_EQ(refusal_of(read_packaged_file().text), "taken");
}

TEST(Config, IsExplainedWholeInThePackagedFile) {
  const auto in_file = read_packaged_file().keys;
  for (const auto& key : app::known_keys())
    EXPECT_TRUE(in_file.contains(key)) << key << " is missing in packaging/malote.toml";
  for (const auto& key : in_file) {
    const bool own_name = key.starts_with("oauth.") || key.starts_with("mcp.");
    const auto known = app::known_keys();
    EXPECT_TRUE(own_name || std::ranges::find(known, key) != known.end()) << key;
  }
}

TEST(Config, HasTheDefaultsThatThePackagedFileShows) {
  ::setenv("CHAT_API_KEY", "a key for the test", 1);
  const app::Config shown = config_of(read_packaged_file().text);
  const app::Config given = config_of("");
  EXPECT_EQ(shown.listen, given.listen);
  EXPECT_EQ(shown.data_dir, given.data_dir);
  EXPECT_EQ(shown.dev, given.dev);
  EXPECT_EQ(shown.mock_refusals_by_status, given.mock_refusals_by_status);
  EXPECT_EQ(shown.io_threads, given.io_threads);
  EXPECT_EQ(shown.workers, given.workers);
  EXPECT_EQ(shown.http.max_body, given.http.max_body);
  EXPECT_EQ(shown.http.max_connections, given.http.max_connections);
  EXPECT_EQ(shown.http.max_unfinished, given.http.max_unfinished);
  EXPECT_EQ(shown.http.request_time, given.http.request_time);
  EXPECT_EQ(shown.http.idle_time, given.http.idle_time);
  EXPECT_EQ(shown.deliveries.timeout, given.deliveries.timeout);
  EXPECT_EQ(shown.deliveries.max_in_flight, given.deliveries.max_in_flight);
  EXPECT_EQ(shown.dispatch.max_in_flight_total, given.dispatch.max_in_flight_total);
  EXPECT_EQ(shown.deliveries.retry.gaps, given.deliveries.retry.gaps);
  EXPECT_EQ(shown.retention.keep, given.retention.keep);
  EXPECT_EQ(shown.retention.max_bytes, given.retention.max_bytes);
  EXPECT_EQ(shown.log_level, given.log_level);
  EXPECT_EQ(shown.log_json, given.log_json);
  EXPECT_EQ(shown.log_attempts, given.log_attempts);
  EXPECT_EQ(shown.chat.max_iterations, given.chat.max_iterations);
  EXPECT_EQ(shown.chat.timeout, given.chat.timeout);
}

}  // namespace
}  // namespace malote::testing
