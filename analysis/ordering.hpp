#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace rackproof {

// Order of many finite values, in time that grows no faster than their number: a fleet's metric has
// a million of them. What comes out is what std::sort and std::nth_element give.

/// So many repetitions of one target, or devices of one node: there are millions of such groups.
inline constexpr std::size_t kFew = 12;

/// Sorts up to kFew values, ascending, without a branch that depends on them. Zeros of either sign
/// are one value.
void sort_few(std::span<double> values);

/// Sorts the values, ascending.
void sort_values(std::vector<double>& values);

/// Two neighbours of the values in ascending order.
struct Neighbours {
    double lower = 0;   ///< the one that has `rank` values before it
    double higher = 0;  ///< the next one; `lower` itself if there is none
};

/// `rank` < values.size(). The values may stand in another order afterwards.
[[nodiscard]] Neighbours neighbours_at(std::span<double> values, std::size_t rank);

/// Puts the `count` smallest values first and the `count` greatest last, both ascending.
/// 2 x count <= values.size(). Those between stand in any order.
void set_ends_apart(std::span<double> values, std::size_t count);

/// Values from all over the `values`, ascending: kSample of them, or all if there are fewer.
[[nodiscard]] std::vector<double> sorted_sample(std::span<const double> values);
inline constexpr std::size_t kSample = 2048;

}  // namespace rackproof
