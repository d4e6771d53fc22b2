#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/metric_source.hpp"
#include "core/run.hpp"

namespace rackproof {

/// What was measured of a node or of one of its devices.
struct NodeValue {
    std::string metric;
    std::string unit;
    std::optional<std::string> device;  ///< its index within the node
    double value = 0;                   ///< median of the last attempt
};

/// In the run's order of metrics; links and groups are left out.
[[nodiscard]] std::vector<NodeValue> values_of_node(const Run& facts, MetricSource& metrics,
                                                    const std::string& node);

}  // namespace rackproof
