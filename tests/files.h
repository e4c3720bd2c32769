// Files of the repository, for tests that hold data against code.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace malote::testing {

/// `path` is relative to the repository's root.
inline std::string read_file(const std::string& path) {
  std::ifstream in{std::string{MALOTE_SOURCE_DIR} + "/" + path, std::ios::binary};
  if (!in) throw std::runtime_error("no file " + path);
  return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace malote::testing
