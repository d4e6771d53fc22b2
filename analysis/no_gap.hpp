#pragma once

#include <span>

namespace rackproof {

/// What two modes look like: each has at least `least_share` of the values (under half), and of the
/// third in the middle between their medians at most `most_between` of the smaller one's values.
struct TwoModes {
    double least_share;
    double most_between;
};

/// True only if no two modes can be told apart in the values; false: they have to be looked for. In
/// one pass, where looking takes a sort; the order of the values does not matter.
[[nodiscard]] bool has_no_gap(std::span<const double> values, const TwoModes& modes);

}  // namespace rackproof
