#pragma once

#include <csignal>

#include "runners/stop_request.hpp"

namespace rackproof {

/// While alive, signals ask the run to stop instead of ending the process: the first SIGINT after
/// what is in flight, a second one or SIGTERM now. After that the system's own actions are back, so
/// that one more ends the process.
class StopSignals {
  public:
    StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals();

    /// What has been asked for so far.
    [[nodiscard]] static StopRequest request();

  private:
    struct sigaction old_interrupt_ {};
    struct sigaction old_terminate_ {};
};

}  // namespace rackproof
