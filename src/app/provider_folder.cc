#include "app/provider_folder.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/log.h"

namespace malote::app {

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator{folder}) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

Result<providers::Pack> read_pack(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return fail(Errc::not_found, path + ": cannot be read");
  auto pack = providers::Pack::parse_own(text.str());
  if (!pack) return fail(Errc::invalid_body, path + ": " + pack.error().message);
  return pack;
}

std::vector<std::string> ProviderFolder::read() {
  std::vector<std::string> faults;
  std::set<std::string> seen;
  std::set<std::string> ids;
  try {
    for (const auto& path : files_of(path_)) {
      const std::string name = path.filename().string();
      seen.insert(name);
      auto pack = read_pack(path.string());
      if (pack && !ids.insert(pack->id).second) {
        faults.push_back(path.string() + ": another file has the id " + pack->id);
      } else if (pack) {
        by_file_[name] = std::make_shared<const providers::Pack>(std::move(*pack));
      } else {
        faults.push_back(pack.error().message);
      }
    }
    std::erase_if(by_file_, [&](const auto& entry) { return !seen.contains(entry.first); });
  } catch (const fs::filesystem_error& error) {
    faults.emplace_back(error.what());
  }
  return faults;
}

std::string ProviderFolder::fingerprint() const {
  std::ostringstream out;
  try {
    for (const auto& path : files_of(path_)) {
      const auto written = fs::last_write_time(path).time_since_epoch().count();
      out << path.filename().string() << ' ' << fs::file_size(path) << ' ' << written << '\n';
    }
  } catch (const fs::filesystem_error& error) {
    out << error.what();
  }
  return out.str();
}

std::vector<providers::PackPtr> ProviderFolder::packs() const {
  std::vector<providers::PackPtr> packs;
  for (const auto& [file, pack] : by_file_) packs.push_back(pack);
  return packs;
}

ProviderWatch::ProviderWatch(std::string folder, providers::Registry& registry)
    : folder_(std::move(folder)), registry_(registry) {
  read_again();
  thread_ = std::thread{[this] { run(); }};
}

ProviderWatch::~ProviderWatch() {
  {
    const std::lock_guard guard{mutex_};
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void ProviderWatch::reload() {
  {
    const std::lock_guard guard{mutex_};
    wanted_ = true;
  }
  wake_.notify_all();
}

void ProviderWatch::read_again() {
  for (const auto& fault : folder_.read()) log::warn("providers: " + fault + "; not taken");
  registry_.set_own(folder_.packs());
}

void ProviderWatch::run() {
  constexpr std::chrono::seconds kLookEvery{2};
  std::string known = folder_.fingerprint();
  std::unique_lock guard{mutex_};
  while (!stop_) {
    wake_.wait_for(guard, kLookEvery, [&] { return stop_ || wanted_; });
    if (stop_) return;
    const bool wanted = std::exchange(wanted_, false);
    guard.unlock();
    const std::string now = folder_.fingerprint();
    if (wanted || now != known) {
      known = now;
      read_again();
      log::info("providers: read again");
    }
    guard.lock();
  }
}

}  // namespace malote::app
