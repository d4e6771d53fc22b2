#pragma once

#include <cstdint>
#include <string>

#include "core/manifest.hpp"
#include "devices/communicator.hpp"
#include "suites/context.hpp"
#include "suites/measure.hpp"

namespace rackproof {

/// What to add to this rank's now_s() to get rank 0's: both clocks run like the steady clock of
/// their rank, from beginnings of their own.
struct RunClock {
    double offset_s = 0;
    double error_s = 0;  ///< half width
};

/// To be called by all ranks together.
[[nodiscard]] RunClock run_clock(Communicator& ranks, const SuiteContext& context);

/// "8B", "32KiB", "256MiB", "1GiB": the largest unit of which it is a whole number.
[[nodiscard]] std::string size_name(std::int64_t bytes);

/// The lead's samples as busbw over the mean of the ranks' times (nccl-tests, doc/PERFORMANCE.md),
/// and this rank's entries and exits on rank 0's clock. Every rank comes here with as many
/// samples: the means are taken over all of them.
void record_bus_bandwidth(const CaseSpec& lead, Collective collective, const Workload& work,
                          const RunClock& clock, const Measurement& measured,
                          SuiteContext& context);

}  // namespace rackproof
