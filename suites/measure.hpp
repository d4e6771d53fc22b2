#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "suites/context.hpp"

namespace rackproof {

/// How to measure. A sample is `operations` runs between one start and one stop of the timer.
struct MeasureOptions {
    int warmup = 1;             ///< samples dropped first (McCalpin drops one)
    int repetitions = 10;       ///< samples kept
    double min_sample_s = 0.1;  ///< operations a sample are chosen so that it takes at least this
    double duration_s = 0;      ///< > 0: stop taking samples after so long (burn-in)
    /// What this rank does between the barrier and its entry: nothing, but in a drill.
    std::function<void()> before_entry{};
    /// Told of each sample that is kept, once it has ended: seconds of one operation.
    std::function<void(double operation_s)> after_sample{};
    /// EveryOutput: that of each operation, between two of them and outside the timer.
    enum class Check : std::uint8_t {
        EveryOutput,
        EverySample,
        AtTheEnd
    } check = Check::EverySample;
};

struct Measurement {
    std::vector<double> seconds;  ///< of one operation, one a sample, in order
    std::vector<double> time_s;   ///< when each sample ended, since the run started
    std::vector<double> entry_s;  ///< when each sample began, likewise
    std::int64_t operations = 1;  ///< runs a sample
    std::int64_t checked = 0;     ///< outputs that were checked, and right
};

/// The one place that times work: warm up, repeat, device timer. Google Benchmark drives the
/// loop with manual time and a fixed number of iterations. With `together`, all its ranks use
/// the same count of operations (the slowest rank's choice) and begin each sample after a
/// barrier. Answers are verified outside the timer.
/// Throws WrongAnswer only after the samples are in `measured`: evidence outlives it.
void measure(Workload& workload, const MeasureOptions& options, SuiteContext& context,
             Measurement& measured, Communicator* together = nullptr);

}  // namespace rackproof
