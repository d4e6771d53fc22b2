#pragma once

#include <string>
#include <string_view>

#include "core/metric.hpp"

namespace rackproof::logs {

/// What a metric of SuperBench is; its results say only the number.
struct SuperbenchMetric {
    std::string_view pattern;  ///< of "BENCHMARK/METRIC" without the rank, with '*'
    std::string_view unit;     ///< base unit; empty if it is not known
    int shift = 0;             ///< power of ten from SuperBench's unit to it
    Direction better = Direction::None;
    bool by_device = false;  ///< ":N" at the end is the GPU; else a number of something else
};

/// The first that matches; one of no known unit and no direction if none does.
[[nodiscard]] const SuperbenchMetric& superbench_metric(std::string_view name);

}  // namespace rackproof::logs
