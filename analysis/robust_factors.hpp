#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <numbers>

namespace rackproof {

// What the statistics of robust.hpp are multiplied with, by how many values there are.

/// b_n of Croux & Rousseeuw 1992, so that the MAD is unbiased for a normal distribution. n >= 2.
inline double small_sample_factor(std::size_t n) {
    constexpr double kFactors[] = {1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107};
    if (n - 2 < std::size(kFactors)) return kFactors[n - 2];
    const auto count = static_cast<double>(n);
    return count / (count - 0.8);
}

/// Of a median against a mean of normal values: sqrt(pi / 2) times its standard error.
inline const double kMedianLoss = std::sqrt(std::numbers::pi / 2);

/// What is left of a normal sample's standard deviation without its farthest value.
inline double trimmed_share(std::size_t n) {
    constexpr std::size_t kTabulated = 64;
    const auto share = [](std::size_t count) {
        return 1 - 1.1 * std::pow(static_cast<double>(count), -0.75);
    };
    static const auto kShares = [&] {
        std::array<double, kTabulated> shares{};
        for (std::size_t i = 1; i < kTabulated; ++i) shares[i] = share(i);
        return shares;
    }();
    return n < kTabulated ? kShares[n] : share(n);
}

}  // namespace rackproof
