#include "analysis/skewed_tail.hpp"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "analysis/in_double.hpp"

namespace rackproof {

SkewedTail::SkewedTail(double skewness) {
    constexpr double kLeastSkewness = 0.02;
    constexpr double kLeastChance = 1e-300;
    const double root = 2 / std::max(skewness, kLeastSkewness);
    for (std::size_t i = 0; i < logs_.size(); ++i) {
        const double z = static_cast<double>(i) / kSteps;
        const double chance = boost::math::gamma_q(root * root, root * (root + z), InDouble{});
        logs_[i] = std::log(std::max(chance, kLeastChance));
    }
}

double SkewedTail::chance(double z) const {
    const double at = z * kSteps;
    const auto last = static_cast<double>(logs_.size() - 2);
    const auto below = static_cast<std::size_t>(std::clamp(at, 0.0, last));
    const double step = logs_[below + 1] - logs_[below];
    return std::exp(logs_[below] + (at - static_cast<double>(below)) * step);
}

}  // namespace rackproof
