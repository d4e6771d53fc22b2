#include "suites/collective_samples.hpp"

#include <chrono>
#include <cmath>
#include <vector>

#include "core/clock.hpp"
#include "suites/sampling.hpp"

namespace rackproof {
namespace {

std::vector<double> shifted(std::vector<double> times_s, double by_s) {
    for (double& time_s : times_s) time_s += by_s;
    return times_s;
}

}  // namespace

RunClock run_clock(Communicator& ranks, const SuiteContext& context) {
    const double steady_s =
        std::chrono::duration<double>(SteadyClock::now().time_since_epoch()).count();
    const double beginning_s = steady_s - context.now_s();
    const std::int64_t first_ns = ranks.from_first(std::llround(beginning_s * 1e9));
    const ClockOffset offset = ranks.synchronise_clocks();
    return {.offset_s = beginning_s + offset.offset_s - static_cast<double>(first_ns) * 1e-9,
            .error_s = offset.error_s};
}

std::string size_name(std::int64_t bytes) {
    const char* unit = "B";
    for (const char* larger : {"KiB", "MiB", "GiB"}) {
        if (bytes % 1024 != 0) break;
        bytes /= 1024;
        unit = larger;
    }
    return std::to_string(bytes) + unit;
}

void record_bus_bandwidth(const CaseSpec& lead, Collective collective, const Workload& work,
                          const RunClock& clock, const Measurement& measured,
                          SuiteContext& context) {
    Communicator& ranks = context.communicator();  // the means go over the hosts
    std::vector<double> mean_s;
    mean_s.reserve(measured.seconds.size());
    for (const double seconds : measured.seconds) mean_s.push_back(ranks.mean(seconds));
    const double bytes = work.work().bytes;
    Variant variant = with_parameter(work.variant(), "operations", measured.operations);
    variant = with_parameter(variant, "effective_bytes", std::llround(bytes));
    variant = with_parameter(variant, "ranks", ranks.size());
    context.record_rank_times(lead.name, shifted(measured.entry_s, clock.offset_s),
                              shifted(measured.time_s, clock.offset_s), clock.error_s);
    context.record(lead.name, rates(mean_s, bytes * bus_bandwidth_factor(collective, ranks.size())),
                   shifted(measured.time_s, clock.offset_s), variant);
}

}  // namespace rackproof
