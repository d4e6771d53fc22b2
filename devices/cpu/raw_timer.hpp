#pragma once

#include <ctime>

#include "devices/workload.hpp"

namespace rackproof::cpu {

/// CLOCK_MONOTONIC_RAW: the oscillator's own seconds, which no time daemon slews. CPU workloads
/// are done when run() returns, so there is nothing to wait for.
class RawTimer final : public Timer {
  public:
    void start() override;
    [[nodiscard]] double stop_s() override;

  private:
    timespec started_{};
};

}  // namespace rackproof::cpu
