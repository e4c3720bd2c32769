#include "app/own_files.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include "app/builtin.h"
#include "base/log.h"

namespace malote::app {

namespace {

namespace fs = std::filesystem;

/// Those of a folder, or the one file that is named.
std::vector<fs::path> files_of(const std::string& folder) {
  std::vector<fs::path> files;
  if (fs::is_regular_file(folder)) return {folder};
  for (const auto& entry : fs::directory_iterator{folder}) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

/// Errors name the file.
template <class T>
Result<T> read_file(const std::string& path, Result<T> (*parse)(std::string_view)) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return fail(Errc::not_found, path + ": cannot be read");
  auto value = parse(text.str());
  if (!value) return fail(Errc::invalid_body, path + ": " + value.error().message);
  return value;
}

void log_faults(std::string_view what, const std::vector<std::string>& faults) {
  for (const auto& fault : faults) log::warn(std::string{what} + ": " + fault + "; not taken");
}

}  // namespace

Result<providers::Pack> read_pack(const std::string& path) {
  return read_file<providers::Pack>(path, &providers::Pack::parse_own);
}

template <class T>
std::vector<std::string> OwnFolder<T>::read() {
  std::vector<std::string> faults;
  std::set<std::string> seen;
  std::set<std::string> names;
  try {
    for (const auto& path : files_of(path_)) {
      const std::string file = path.filename().string();
      seen.insert(file);
      auto value = read_file<T>(path.string(), kind_.parse);
      if (value && !names.insert(kind_.name_of(*value)).second) {
        faults.push_back(path.string() + ": another file has the id " + kind_.name_of(*value));
      } else if (value) {
        by_file_[file] = std::make_shared<const T>(std::move(*value));
      } else {
        faults.push_back(value.error().message);
      }
    }
    std::erase_if(by_file_, [&](const auto& entry) { return !seen.contains(entry.first); });
  } catch (const fs::filesystem_error& error) {
    faults.emplace_back(error.what());
  }
  return faults;
}

template <class T>
std::vector<std::shared_ptr<const T>> OwnFolder<T>::all() const {
  std::vector<std::shared_ptr<const T>> values;
  for (const auto& [file, value] : by_file_) values.push_back(value);
  return values;
}

template class OwnFolder<providers::Pack>;
template class OwnFolder<tools::Server>;
template class OwnFolder<tools::MetaTool>;

OwnFolder<providers::Pack> own_packs(std::string folder) {
  return {std::move(folder),
          {.parse = &providers::Pack::parse_own,
           .name_of = [](const providers::Pack& pack) -> const std::string& { return pack.id; }}};
}

OwnFolder<tools::Server> own_servers(std::string folder) {
  return {std::move(folder),
          {.parse = &tools::parse_server,
           .name_of = [](const tools::Server& server) -> const std::string& { return server.id; }}};
}

OwnFolder<tools::MetaTool> own_meta_tools(std::string folder) {
  return {std::move(folder),
          {.parse = &tools::parse_meta_tool,
           .name_of = [](const tools::MetaTool& tool) -> const std::string& { return tool.name; }}};
}

providers::Registry packs_with(const std::string& folder) {
  auto registry = builtin_providers();
  if (folder.empty()) return registry;
  auto own = own_packs(folder);
  const auto faults = own.read();
  if (!faults.empty()) throw std::runtime_error(faults.front());
  registry.set_own(own.all());
  return registry;
}

std::function<void()> reader_of(std::string folder, providers::Registry& registry) {
  const auto own = std::make_shared<OwnFolder<providers::Pack>>(own_packs(std::move(folder)));
  return [own, &registry] {
    log_faults("providers", own->read());
    registry.set_own(own->all());
  };
}

std::function<void()> reader_of(std::string folder, tools::Registry& registry,
                                std::vector<tools::ServerPtr> more) {
  const bool has_meta = fs::is_directory(folder + "/meta");
  const auto servers = std::make_shared<OwnFolder<tools::Server>>(own_servers(folder));
  const auto meta = std::make_shared<OwnFolder<tools::MetaTool>>(own_meta_tools(folder + "/meta"));
  return [servers, meta, has_meta, &registry, more = std::move(more)] {
    log_faults("tools", servers->read());
    if (has_meta) log_faults("tools", meta->read());
    auto all = more;  // a file of the same id comes after it, and counts
    for (auto& server : servers->all()) all.push_back(std::move(server));
    log_faults("tools", registry.set_own(std::move(all), meta->all()));
  };
}

FolderWatch::FolderWatch(std::vector<std::string> folders, std::function<void()> read_again)
    : folders_(std::move(folders)), read_again_(std::move(read_again)) {
  read_again_();
  thread_ = std::thread{[this] { run(); }};
}

FolderWatch::~FolderWatch() {
  {
    const std::lock_guard guard{mutex_};
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void FolderWatch::reload() {
  {
    const std::lock_guard guard{mutex_};
    wanted_ = true;
  }
  wake_.notify_all();
}

/// Changes when a file was added, removed or written.
std::string FolderWatch::fingerprint() const {
  std::ostringstream out;
  for (const auto& folder : folders_) {
    try {
      for (const auto& path : files_of(folder)) {
        const auto written = fs::last_write_time(path).time_since_epoch().count();
        out << path.string() << ' ' << fs::file_size(path) << ' ' << written << '\n';
      }
    } catch (const fs::filesystem_error& error) {
      out << error.what();
    }
  }
  return out.str();
}

void FolderWatch::run() {
  constexpr std::chrono::seconds kLookEvery{2};
  std::string known = fingerprint();
  std::unique_lock guard{mutex_};
  while (!stop_) {
    wake_.wait_for(guard, kLookEvery, [&] { return stop_ || wanted_; });
    if (stop_) return;
    const bool wanted = std::exchange(wanted_, false);
    guard.unlock();
    const std::string now = fingerprint();
    if (wanted || now != known) {
      known = now;
      read_again_();
      log::info("read again: " + folders_.front());
    }
    guard.lock();
  }
}

}  // namespace malote::app
