// malote doctor: looks at everything that usually is wrong when webhooks do not arrive, and says
// what to do about it. Changes nothing and sends nothing to anybody but the gateway.
#include <sys/stat.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "app/api_call.h"
#include "app/cli_parts.h"
#include "app/config.h"
#include "base/bytes.h"
#include "net/simple_client.h"
#include "net/system.h"

namespace malote::app {

namespace {

using std::chrono::hours;

constexpr Millis kProbeTimeout{5000};
constexpr Millis kClockSlack{2000};    // a Date header counts whole seconds
constexpr Millis kClockWrong{30'000};  // schemes with a time allow 5 minutes or less
constexpr Millis kEndsSoon = hours{24 * 14};
constexpr Millis kOldSecret = hours{24 * 365};
constexpr std::uintmax_t kLittleSpace = std::uintmax_t{1} << 30;

/// Findings as they are made, and the worst of them.
class Report {
 public:
  explicit Report(bool as_json) : as_json_(as_json) {}
  void good(const std::string& text) { print("ok", text); }
  void warn(const std::string& text) {
    print("warn", text);
    ++warnings_;
  }
  void bad(const std::string& text) {
    print("FAIL", text);
    ++failures_;
  }
  int finish() const {
    if (!as_json_) std::printf("%d failed, %d to look at\n", failures_, warnings_);
    return failures_ > 0 ? 1 : 0;
  }

 private:
  void print(const char* grade, const std::string& text) const {
    if (as_json_) {
      std::printf("%s\n", Json{{"grade", grade}, {"text", text}}.text().c_str());
    } else {
      std::printf("%-4s  %s\n", grade, printable(text).c_str());
    }
    std::fflush(stdout);
  }
  const bool as_json_;
  int failures_ = 0;
  int warnings_ = 0;
};

Flags& doctor_flags() {
  static Flags flags;
  return flags;
}

Timestamp now() { return net::SystemClock{}.now(); }

std::string days(Millis time) {
  return std::to_string(std::chrono::duration_cast<hours>(time).count() / 24) + " days";
}

// --- this machine --------------------------------------------------------------------------------

void check_private(Report& report, const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || (info.st_mode & 077) == 0) return;
  report.warn(path + " can be read by others; it holds customers' data: chmod go-rwx " + path);
}

void check_store(Report& report, const Config& config) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::exists(config.data_dir, error))
    return report.warn("there is no data folder " + config.data_dir +
                       " yet; malote serve makes it (--data, --config say where)");
  check_private(report, config.data_dir);
  check_private(report, config.database());
  check_private(report, config.data_dir + "/master.key");
  const auto space = fs::space(config.data_dir, error);
  if (error) return report.bad("cannot read " + config.data_dir + ": " + error.message());
  const std::string left =
      std::to_string(space.available >> 20) + " MiB free for " + config.data_dir;
  space.available < kLittleSpace ? report.warn(left + "; writes are refused when it is full")
                                 : report.good(left);
}

void check_machine(Report& report) {
  try {
    const Config config = load_config(doctor_flags());
    report.good("the configuration can be read");
    check_store(report, config);
  } catch (const std::exception& error) {
    report.bad(error.what());
  }
  const auto files = net::raise_file_limit();
  constexpr std::size_t kFewFiles = 4096;
  if (files < kFewFiles)
    report.warn("a process may open " + std::to_string(files) + " files; raise it (ulimit -n)");
}

// --- the gateway ---------------------------------------------------------------------------------

void check_certificate(Report& report, const std::string& whose, const net::Probe& probe) {
  if (probe.certificate_end == Timestamp{}) return;
  const Millis left = probe.certificate_end - now();
  if (left < kEndsSoon) report.warn(whose + ": the certificate ends in " + days(left));
}

void check_clock(Report& report, const net::Probe& probe) {
  if (probe.date == Timestamp{}) return report.warn("the gateway's answers carry no Date");
  const Millis off = std::chrono::abs(now() - probe.date);
  if (off <= kClockSlack) return report.good("the gateway's clock agrees with this machine's");
  const std::string text = "the gateway's clock and this machine's are " +
                           format_duration(std::chrono::floor<std::chrono::seconds>(off)) +
                           " apart";
  off < kClockWrong ? report.warn(text) : report.bad(text + "; signatures with a time are refused");
}

bool check_gateway(Report& report, const Target& target) {
  const auto probe = net::probe(target.url + "/readyz", kProbeTimeout, true);
  if (!probe.error.empty()) {
    report.bad("no gateway at " + target.url + ": " + probe.error);
    return false;
  }
  check_clock(report, probe);
  check_certificate(report, target.url, probe);
  try {
    ask(target, "GET", "/readyz");
    report.good("the gateway at " + target.url + " is ready");
  } catch (const std::exception& error) {
    report.bad(error.what());
  }
  if (target.api_key.empty()) {
    report.warn(
        "no API key was given (--api-key, MALOTE_API_KEY): triggers and connections are "
        "not looked at");
    return false;
  }
  return true;
}

std::string named(const Json& row, const char* name) {
  return row["id"].as_string() + " (" + row[name].as_string() + ")";
}

void check_trigger(Report& report, const Json& trigger) {
  const std::string who = "trigger " + named(trigger, "name");
  const std::string url = trigger["webhook_url"].as_string();
  const std::string status = trigger["status"].as_string();
  const auto waiting = trigger["pending"].as_int();
  if (status != "active") {
    const std::string reason = trigger["paused_reason"].as_string();
    return report.warn(who + " is " + status + (reason.empty() ? "" : " (" + reason + ")") + ", " +
                       std::to_string(waiting) + " deliveries wait; malote triggers resume " +
                       trigger["id"].as_string());
  }
  if (url.starts_with("listener:"))
    return report.good(who + ": a listener, " + std::to_string(waiting) + " deliveries wait");
  const auto probe = net::probe(url, kProbeTimeout);
  if (!probe.error.empty())
    return report.bad(who + ": its endpoint cannot be reached from here: " + probe.error);
  check_certificate(report, who, probe);
  const auto failures = trigger["consecutive_failures"].as_int();
  if (failures > 0)
    return report.warn(who + ": reachable, but " + std::to_string(failures) +
                       " deliveries in a row failed; malote deliveries list --trigger " +
                       trigger["id"].as_string());
  report.good(who + ": its endpoint can be reached, in " + std::to_string(probe.took.count()) +
              " ms");
}

/// A time in an answer; nothing where it is null.
std::optional<Timestamp> time_at(const Json& object, const char* name) {
  return parse_time(object[name].as_string());
}

void check_connection(Report& report, const Target& target, const Json& connection) {
  const std::string who = "connection " + named(connection, "server_id");
  const std::string status = connection["status"].as_string();
  if (status != "connected") return report.warn(who + " is " + status);
  const Json health =
      ask(target, "GET", "/v1/connections/" + connection["id"].as_string() + "/health");
  const auto refused = time_at(health, "last_refused_at");
  const auto received = time_at(health, "last_received_at");
  bool is_good = true;
  const auto warn = [&](const std::string& text) {
    report.warn(who + ": " + text);
    is_good = false;
  };
  if (!health["webhook_secret_set"].as_bool())
    warn("has no webhook secret; malote connections set-secret " + connection["id"].as_string());
  if (refused && (!received || *refused > *received))
    warn("the last request was refused (" + health["last_refused_reason"].as_string() +
         "); malote connections rejected " + connection["id"].as_string());
  const auto set_at = time_at(health, "webhook_secret_set_at");
  if (set_at && now() - *set_at > kOldSecret)
    warn("its webhook secret is " + days(now() - *set_at) + " old; rotate it");
  const auto ends = time_at(health, "expires_at");
  if (ends && *ends - now() < kEndsSoon) warn("its credentials end in " + days(*ends - now()));
  if (!is_good) return;
  report.good(who + (received ? ": last heard of " + format_rfc3339(*received) : ": quiet so far"));
}

int run_doctor(const Target& target) {
  Report report{target.json};
  check_machine(report);
  if (!check_gateway(report, target)) return report.finish();
  try {
    for (const Json& trigger : all_rows(target, "/v1/triggers", "triggers"))
      check_trigger(report, trigger);
    for (const Json& connection : all_rows(target, "/v1/connections", "connections"))
      check_connection(report, target, connection);
  } catch (const std::exception& error) {
    report.bad(error.what());
  }
  return report.finish();
}

}  // namespace

void add_doctor(CLI::App& app, Command& chosen) {
  auto* command =
      leaf(app, chosen, "doctor",
           "Look at configuration, store, clock, certificates, endpoints and secrets", &run_doctor);
  add_target(*command, "Options");
  Flags& flags = doctor_flags();
  command->add_option("--config", flags.config_file, "TOML file of the gateway [MALOTE_CONFIG]");
  command->add_option("--data", flags.data_dir, "Its data folder [MALOTE_DATA]");
}

}  // namespace malote::app
