// The operator's own data: folders of JSON files (provider packs, tool servers, meta-tools) beside
// the built-in ones, read again while the gateway runs.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "providers/registry.h"
#include "tools/registry.h"

namespace malote::app {

/// The files of a folder by name, each as a T. Not thread-safe.
template <class T>
class OwnFolder {
 public:
  /// `name_of` is what two files may not share.
  struct Kind {
    Result<T> (*parse)(std::string_view text);
    const std::string& (*name_of)(const T&);
  };
  OwnFolder(std::string path, Kind kind) : path_(std::move(path)), kind_(kind) {}

  /// Reads every *.json. A file that is broken keeps what it held before, if anything. Returns
  /// "file: what is wrong" for each such file; a folder that cannot be read is one, too.
  std::vector<std::string> read();

  std::vector<std::shared_ptr<const T>> all() const;

 private:
  std::string path_;
  Kind kind_;
  std::map<std::string, std::shared_ptr<const T>> by_file_;
};

OwnFolder<providers::Pack> own_packs(std::string folder);
OwnFolder<tools::Server> own_servers(std::string folder);
OwnFolder<tools::MetaTool> own_meta_tools(std::string folder);

/// The built-in packs and those of a folder, if one is named; throws std::runtime_error with the
/// first fault.
providers::Registry packs_with(const std::string& folder);

/// Reads one pack file. Errors name the file.
Result<providers::Pack> read_pack(const std::string& path);

/// Calls `read_again` at once, and then whenever a file of the folders was added, removed or
/// written, or when told; on a thread of its own. A folder may also be a single file.
class FolderWatch {
 public:
  FolderWatch(std::vector<std::string> folders, std::function<void()> read_again);
  ~FolderWatch();

  void reload();  // now; any thread

 private:
  std::string fingerprint() const;
  void run();

  const std::vector<std::string> folders_;
  const std::function<void()> read_again_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ = false;
  bool stop_ = false;
  std::thread thread_;
};

/// What to watch and read for a registry; faults go to the log.
std::function<void()> reader_of(std::string folder, providers::Registry& registry);
/// Tool servers are the folder's files and `more`, meta-tools the files of its folder meta/, if
/// there is one.
std::function<void()> reader_of(std::string folder, tools::Registry& registry,
                                std::vector<tools::ServerPtr> more);

}  // namespace malote::app
