// Files of the repository, for tests that hold data against code, and folders for files of a test.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace malote::testing {

/// `path` is relative to the repository's root.
inline std::string read_file(const std::string& path) {
  std::ifstream in{std::string{MALOTE_SOURCE_DIR} + "/" + path, std::ios::binary};
  if (!in) throw std::runtime_error("no file " + path);
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// The files of a folder, as read_file() takes them, sorted.
inline std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::directory_iterator{std::string{MALOTE_SOURCE_DIR} + "/" + folder}) {
    files.push_back(folder + "/" + entry.path().filename().string());
  }
  std::ranges::sort(files);
  return files;
}

/// A folder of its own for each test, gone afterwards.
class TempFolder {
 public:
  TempFolder() {
    std::string pattern = ::testing::TempDir() + "malote_XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace malote::testing
