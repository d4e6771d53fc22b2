#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analysis/compare.hpp"
#include "core/outcome.hpp"
#include "reports/reports.hpp"

namespace rackproof {

/// One run beside others: its name, and how its nodes did by the policy common to all.
struct ComparedRun {
    std::string name;
    std::map<Verdict, std::int64_t> nodes;
};

/// A run held against the first one.
struct ComparedPair {
    ComparedRun a;
    ComparedRun b;
    std::vector<MetricComparison> metrics;
    std::string no_energy{};  ///< why there is no energy per operation; empty if there is
};

/// Each pair: yield, then a paragraph a metric, then what was refused and why. No line wider than
/// the style's columns.
[[nodiscard]] std::string comparison_text(const std::vector<ComparedPair>& pairs,
                                          const TableStyle& style);

/// In all of the run.
[[nodiscard]] std::int64_t nodes_of(const ComparedRun& run);
[[nodiscard]] std::int64_t nodes_at(const ComparedRun& run, Verdict verdict);

/// The same, a line a metric and pair, refused ones included, with a header.
[[nodiscard]] std::string comparison_csv(const std::vector<ComparedPair>& pairs);

}  // namespace rackproof
