#include "app/provider_folder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

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

std::string text_of(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in) throw std::runtime_error(path.string() + ": cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

ProviderFolder read_providers(const std::string& folder) {
  ProviderFolder result;
  try {
    for (const auto& path : files_of(folder)) {
      auto pack = providers::Pack::parse(text_of(path));
      if (pack) {
        result.packs.push_back(std::move(*pack));
      } else {
        result.faults.push_back(path.filename().string() + ": " + pack.error().message);
      }
    }
  } catch (const std::exception& error) {
    result.faults.emplace_back(error.what());
  }
  return result;
}

std::vector<providers::Pack> load_providers(const std::string& folder) {
  auto read = read_providers(folder);
  if (!read.faults.empty()) throw std::runtime_error(read.faults.front());
  return std::move(read.packs);
}

std::string fingerprint_of(const std::string& folder) {
  std::ostringstream out;
  try {
    for (const auto& path : files_of(folder)) {
      const auto written = fs::last_write_time(path).time_since_epoch().count();
      out << path.filename().string() << ' ' << fs::file_size(path) << ' ' << written << '\n';
    }
  } catch (const std::exception& error) {
    out << error.what();
  }
  return out.str();
}

}  // namespace malote::app
