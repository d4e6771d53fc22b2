#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/cells.hpp"
#include "core/run.hpp"

namespace rackproof {

/// One metric of one run, with what must agree before it may be held against another run's.
struct ComparedMetric {
    MetricIdentity identity;
    Scope scope = Scope::Device;
    std::string parameters;      ///< of the case
    Variant like;                ///< how most targets were measured; its library may differ
    std::string clocks;          ///< the power limit against the default, as most devices have it
    std::vector<double> values;  ///< of each target measured like most, its median
    std::vector<std::int32_t> node;  ///< of each value; -1 for pairs and groups
    std::vector<std::int32_t> rack;  ///< likewise; -1 for none
    std::int64_t missing = 0;        ///< targets without a number
    std::int64_t left_out = 0;       ///< targets measured otherwise than most
};

[[nodiscard]] ComparedMetric compared_metric(const Survey& survey, const Metric& metric);

/// "100 %" of its default, as most GPUs of the run have their power limit; empty if it is not
/// known.
[[nodiscard]] std::string clocks_policy(const Run& facts);

/// What units a run's values are resampled by: what lies outermost and is there often enough.
enum class OuterUnit : std::uint8_t { Rack, Node };
[[nodiscard]] std::string_view to_string(OuterUnit unit) noexcept;

/// Fewer units than so many in either population: no interval.
inline constexpr std::int64_t kFewestUnits = 20;

struct PopulationSummary {
    std::int64_t targets = 0;
    std::int64_t missing = 0;
    std::int64_t left_out = 0;
    std::optional<double> median;
    std::optional<double> spread;  ///< robust standard deviation, in the metric's unit
    std::optional<double> low;     ///< the 1 % quantile
    std::optional<double> high;    ///< the 99 % quantile
};

/// Of 95 % confidence.
struct Interval {
    double low = 0;
    double high = 0;
    OuterUnit unit = OuterUnit::Rack;
    std::int64_t units_a = 0;
    std::int64_t units_b = 0;
};

/// One metric of two runs.
struct MetricComparison {
    MetricIdentity identity;
    std::string refused;  ///< why they may not be compared; empty if they are
    std::string note;     ///< what differs and does not forbid it
    PopulationSummary a;
    PopulationSummary b;
    enum class Scale : std::uint8_t { Relative, Absolute } scale = Scale::Relative;
    std::optional<double> difference;  ///< b against a: relative, or in the metric's unit
    std::optional<Interval> interval;  ///< of the difference
    std::string no_interval;           ///< why there is none
    std::optional<double> effect;      ///< Cliff's delta: above 0 where b is better
};

/// Holds b against a. The interval is that of Student's t around the difference of the medians, by
/// the standard error that resampling whole racks (else nodes) gives: targets in one unit share its
/// luck, and count together. The same populations give the same numbers. See docs/compare.md.
[[nodiscard]] MetricComparison compare(const ComparedMetric& a, const ComparedMetric& b);

/// Of a metric that only one of the runs has.
[[nodiscard]] MetricComparison only_in_one(const ComparedMetric& metric, std::string_view which);

}  // namespace rackproof
