#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/judgement.hpp"
#include "analysis/node_values.hpp"
#include "reports/reports.hpp"

namespace rackproof {

/// One run as one node saw it.
struct NodeNight {
    std::string started;
    std::string plan;
    std::optional<Verdict> verdict;  ///< none: the node was not there
    std::vector<Finding> findings;   ///< on it, its devices and links
    std::vector<std::string> events;
    std::vector<NodeValue> values;
};

/// A node's runs, oldest first: a line a metric with its numbers as a sparkline (the median of its
/// devices, and each device that a finding on that metric names), then the runs with verdict,
/// findings and events. No line wider than `columns`.
[[nodiscard]] std::string node_history(const std::string& node,
                                       const std::vector<NodeNight>& nights,
                                       const TableStyle& style);

/// Eight heights between the least and the most, which are at least 2 % apart (in ASCII the digits
/// 1 to 8); a dot for no value. A finding is never made of it: it is for the eye.
[[nodiscard]] std::string sparkline(const std::vector<std::optional<double>>& values,
                                    Charset charset = Charset::Utf8);

}  // namespace rackproof
