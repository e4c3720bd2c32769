#include "app/key_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace malote::app {

namespace {

bool write_and_sync(const std::string& path, const std::string& text) {
  ::unlink(path.c_str());  // left behind by a crash, perhaps with another mode
  const int fd = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(fd) == 0;
  ::close(fd);
  return written;
}

void sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

void write_key_file(const std::string& path, const std::string& text) {
  const std::string draft = path + ".new";
  if (!write_and_sync(draft, text) || ::rename(draft.c_str(), path.c_str()) != 0) {
    const std::string reason = std::generic_category().message(errno);
    ::unlink(draft.c_str());
    throw std::runtime_error("cannot write " + path + ": " + reason);
  }
  sync_folder(std::filesystem::path{path}.parent_path());
}

}  // namespace malote::app
