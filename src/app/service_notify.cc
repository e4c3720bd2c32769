#include "app/service_notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "app/config.h"
#include "base/log.h"

namespace malote::app {

void notify_service(std::string_view state) {
  const std::string path = find_variable("NOTIFY_SOCKET").value_or("");
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path.front() == '@') address.sun_path[0] = '\0';  // a name that is no file
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return log::warn("cannot tell the service manager: no socket");
  const auto* to = reinterpret_cast<const sockaddr*>(&address);
  if (::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, to, length) < 0)
    log::warn("cannot tell the service manager: NOTIFY_SOCKET takes nothing");
  ::close(fd);
}

}  // namespace malote::app
