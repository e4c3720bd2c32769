// One line in the log for each attempt to deliver, with all that is known of it and nothing that is
// secret: of the target only the host. docs/operations.md lists the fields.
#pragma once

#include "engine/dispatcher.h"
#include "engine/trace_context.h"

namespace malote::app {

class AttemptLog final : public engine::AttemptObserver {
 public:
  /// `traces` outlives it, and may be set until the first attempt. `all`: not only what failed.
  AttemptLog(const engine::TraceSeed& traces, bool all) : traces_(traces), all_(all) {}

  void on_attempt(const Trigger& trigger, const engine::FinishedDelivery& finished,
                  const Event& event) override;

 private:
  const engine::TraceSeed& traces_;
  const bool all_;
};

/// "hooks.example:8443" of "https://user:secret@hooks.example:8443/path?query".
std::string_view host_of(std::string_view url);

}  // namespace malote::app
