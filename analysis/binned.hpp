#pragma once

#include <span>
#include <vector>

namespace rackproof {

/// A value that stands for `count` of them.
struct CountedValue {
    double value;
    double count;
};

/// Finite values as points, in ascending order. Of few each is its own point. Of many those at both
/// ends are, where they matter, and means of bins between: narrow ones over the bulk, of which
/// `floor` (> 0) is the least standard deviation, however far away the others lie. The number of
/// points does not grow. `values` may stand in another order afterwards.
[[nodiscard]] std::vector<CountedValue> binned(std::span<double> values, double floor);

/// Median of the values that the points, which ascend, stand for; there is one at least.
[[nodiscard]] double median_of(std::span<const CountedValue> points);

/// Likewise the median distance from `centre`.
[[nodiscard]] double median_distance_of(std::span<const CountedValue> points, double centre);

}  // namespace rackproof
