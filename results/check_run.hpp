#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>

#include "core/run.hpp"

namespace rackproof::run_file {

/// Throws Error, naming the place as it is called in the file and what was expected, unless the
/// run's parts fit together: names that HDF5 can hold, each once; columns of equal length;
/// matrices of their rows x columns; every index within what it points into. What is read and
/// what is written pass the same check.
void check_run(const Run& run);

/// How many there are of what a metric's indices point into.
struct TargetCounts {
    explicit TargetCounts(const Run& run)
        : nodes{run.nodes.size()},
          devices{run.devices.size()},
          groups{run.groups.size()},
          variants{run.variants.size()} {}

    std::size_t nodes;
    std::size_t devices;
    std::size_t groups;
    std::size_t variants;
};

/// How large a metric is, where its values are not at hand.
struct MetricShape {
    std::size_t rows = 0;
    std::size_t repetitions = 0;
};
using MetricShapes = std::map<std::string, MetricShape, std::less<>>;

// The parts of it, for who writes or reads a run piece by piece: all but metrics, reasons and
// ranks; one metric, but not whether there is another of its name; sensors by their names; times
// that follow others; what points into the metrics.
void check_frame(const Run& run);
void check_metric(const TargetCounts& counts, const Metric& metric);
void check_sensors(std::span<const SensorSeries> sensors);
void check_times(std::span<const double> times, double after_s);
void check_reasons(std::span<const Reason> reasons, const MetricShapes& shapes);
void check_ranks(const std::map<std::string, RankTimes>& ranks, const MetricShapes& shapes);

}  // namespace rackproof::run_file
