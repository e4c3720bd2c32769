// Tells the service manager that started this process how far it is, in the manner of sd_notify(3),
// so that `systemctl start` returns when the gateway answers, and fails when it cannot.
#pragma once

#include <string_view>

namespace malote::app {

/// "READY=1" or "STOPPING=1"; does nothing where no service manager wants to know (NOTIFY_SOCKET).
void notify_service(std::string_view state);

}  // namespace malote::app
