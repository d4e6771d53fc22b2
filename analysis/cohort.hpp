#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/cells.hpp"
#include "core/plan.hpp"

namespace rackproof {

/// One value of a cohort. "Worse" counts in the worse direction, relative to the cohort's centre;
/// for temperatures, whose zero is arbitrary, in kelvin.
struct Member {
    Place place;
    std::size_t cell = 0;  ///< MetricCells::cells
    double worse = 0;      ///< than what is expected of it; levels take their shares off
    double expected = 0;   ///< how much worse than the centre it may be: those shares
    double doubt = 0;      ///< standard error of its own, where that is far beyond the cohort's
    double unit = 1;       ///< of `worse`, in the cohort's: who belongs to a group that is off by
                           ///< itself counts relative to that group
};

/// Targets that may be compared: the same metric, parameters, sku and way of measuring.
struct Cohort {
    MetricIdentity metric;
    std::size_t metric_index = 0;
    double centre = 0;           ///< in the metric's unit
    double scale = 1;            ///< of one "worse": |centre|, the usual distance from 0, or 1 K
    bool has_level = true;       ///< false where 0 is no end of the scale: temperatures, and values
                                 ///< on either side of it
    std::optional<double> step;  ///< in which values come (value_step), as `worse` counts
    double floor = 0;            ///< no spread is believed to be smaller
    double min_effect = 0;       ///< smaller deviations do not matter
    std::size_t size = 0;        ///< how many members there are
    std::vector<Member> members;  ///< in the order of their places

    /// The value, in the metric's unit, of what is so much worse than the centre.
    [[nodiscard]] double value_at(double worse) const;
};

/// The members' values about their median. nullopt if that gives no scale: a centre of zero (but of
/// values on either side of it), values too large to subtract, no spread.
[[nodiscard]] std::optional<Cohort> cohort_of(const MetricCells& cells, const Policy& policy,
                                              const std::vector<TargetCell*>& members);

/// The smallest deviation that matters for the metric: relative, or in kelvin.
[[nodiscard]] double min_effect_of(const Metric& metric, const Policy& policy);

/// What a group explains of its members.
struct Share {
    double worse = 0;  ///< in their units
    double unit = 1;   ///< in which they are counted from then on, in those of before ...
    double about = 0;  ///< ... from here
};

/// Takes the share off the member.
inline void expect(Member& member, const Share& share) {
    const double left = member.worse - share.worse;
    member.expected += member.unit * (share.worse + share.about * (1 - share.unit));
    member.worse = share.about + (left - share.about) / share.unit;
    member.doubt /= share.unit;
    member.unit *= share.unit;
}

}  // namespace rackproof
