#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/compared_metric.hpp"

namespace rackproof {

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
    std::optional<double> spread;     ///< robust standard deviation, in the metric's unit
    std::optional<double> low;        ///< the 1 % quantile
    std::optional<double> high;       ///< the 99 % quantile
    std::vector<double> quantiles{};  ///< 0, 1, ..., 100 %; none without values
};

/// Of 95 % confidence.
struct Interval {
    double low = 0;
    double high = 0;
    OuterUnit unit = OuterUnit::Rack;
    std::int64_t units_a = 0;
    std::int64_t units_b = 0;
};

/// How b stands to a.
enum class RelativeStanding : std::uint8_t {
    Better,
    Worse,
    Higher,    ///< of a metric without a direction
    Lower,     ///< likewise
    NotShown,  ///< no difference is: the interval holds 0
    Unknown,   ///< there is no interval
};
[[nodiscard]] std::string_view to_string(RelativeStanding standing) noexcept;

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

/// nullopt of a metric that was refused.
[[nodiscard]] std::optional<RelativeStanding> standing_of(const MetricComparison& metric);

/// "negligible", "small", "medium" or "large", by the bounds 0.147, 0.33 and 0.474 of Cliff's delta
/// (Romano et al. 2006).
[[nodiscard]] std::string_view effect_size(double effect) noexcept;

/// Uniformity: the width of the band that holds the middle 98 % of the values. nullopt of fewer
/// than two.
[[nodiscard]] std::optional<double> middle_band(const PopulationSummary& summary);

/// Of a metric that only one of the runs has.
[[nodiscard]] MetricComparison only_in_one(const ComparedMetric& metric, std::string_view which);

}  // namespace rackproof
