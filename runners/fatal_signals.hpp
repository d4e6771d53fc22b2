#pragma once

#include "runners/worker_channel.hpp"

namespace rackproof {

/// While it lives, a signal that kills this process by its own fault (SEGV, BUS, FPE, ILL, ABRT)
/// is told to the controller first. One at a time; a signal that nobody can catch (KILL) is told
/// by nobody.
class FatalSignals {
  public:
    explicit FatalSignals(const WorkerChannel& channel);
    ~FatalSignals();
    FatalSignals(const FatalSignals&) = delete;
    FatalSignals& operator=(const FatalSignals&) = delete;
};

}  // namespace rackproof
