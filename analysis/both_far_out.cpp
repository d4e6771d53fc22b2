#include "analysis/both_far_out.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/ordering.hpp"

namespace rackproof {
namespace {

/// Tails that come independently: nothing falls off faster but by luck.
constexpr double kLeastMean = 0.5;

/// The last hundred; of few places no more than 30 %, of many 2 %: the farther out, the nearer to
/// how the tail goes on.
std::size_t in_tail(std::size_t places) {
    constexpr double kMostShare = 0.3;
    constexpr double kLeastShare = 0.02;
    constexpr double kUsual = 100;
    const auto n = static_cast<double>(places);
    return static_cast<std::size_t>(std::max(kLeastShare * n, std::min(kMostShare * n, kUsual)));
}

/// Mean of an exponential of which only what is below `end` was seen, `seen` on average: by
/// maximum likelihood, the root of mean - end / (exp(end / mean) - 1) = seen. nullopt where it does
/// not fall off.
std::optional<double> untruncated_mean(double seen, double end) {
    constexpr int kHalvings = 50;
    constexpr double kMostMean = 10;
    double low = 0;
    double high = kMostMean;
    const auto truncated = [&](double mean) { return mean - end / std::expm1(end / mean); };
    if (truncated(kMostMean) <= seen) return std::nullopt;
    for (int i = 0; i < kHalvings; ++i) {
        const double middle = (low + high) / 2;
        (truncated(middle) < seen ? low : high) = middle;
    }
    return high;
}

}  // namespace

std::optional<BothFarOut> BothFarOut::fitted(std::vector<double> smaller) {
    constexpr std::size_t kFewest = 100;
    std::erase_if(smaller, [](double each) { return each >= kDoubted; });
    if (smaller.size() < kFewest) return std::nullopt;
    sort_values(smaller);
    const std::size_t count = in_tail(smaller.size());
    BothFarOut tail;
    tail.from_ = smaller[smaller.size() - count - 1];
    double sum = 0;
    for (std::size_t i = smaller.size() - count; i < smaller.size(); ++i) {
        sum += smaller[i] - tail.from_;
    }
    tail.known_ = static_cast<double>(count);
    tail.share_ = tail.known_ / static_cast<double>(smaller.size());
    const auto mean = untruncated_mean(sum / tail.known_, kDoubted - tail.from_);
    if (!mean) return std::nullopt;
    tail.mean_ = std::max(*mean, kLeastMean);
    return tail;
}

/// With the uncertainty of the mean, as of a gamma distribution: a Pareto distribution.
double BothFarOut::chance(double smaller) const {
    return share_ * std::pow(1 + (smaller - from_) / (known_ * mean_), -known_);
}

}  // namespace rackproof
