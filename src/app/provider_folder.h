// The operator's own provider packs: a folder of JSON files, beside the built-in ones, read again
// while the gateway runs.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "providers/registry.h"

namespace malote::app {

/// The packs of a folder by file name. Not thread-safe.
class ProviderFolder {
 public:
  explicit ProviderFolder(std::string path) : path_(std::move(path)) {}

  /// Reads every *.json. A file that is broken keeps the pack it held before, if any. Returns
  /// "file: what is wrong" for each such file; a folder that cannot be read is one, too.
  std::vector<std::string> read();

  /// Changes when a file was added, removed or written.
  std::string fingerprint() const;

  std::vector<providers::PackPtr> packs() const;

 private:
  std::string path_;
  std::map<std::string, providers::PackPtr> by_file_;
};

/// Reads one pack file. Errors name the file.
Result<providers::Pack> read_pack(const std::string& path);

/// Keeps a registry up to date with a folder, on a thread of its own. Faults go to the log.
class ProviderWatch {
 public:
  /// Reads the folder before it returns.
  ProviderWatch(std::string folder, providers::Registry& registry);
  ~ProviderWatch();

  void reload();  // now; any thread

 private:
  void read_again();
  void run();

  ProviderFolder folder_;
  providers::Registry& registry_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ = false;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace malote::app
