#include "analysis/false_discovery.hpp"

#include <algorithm>

namespace rackproof {

double discovery_threshold(std::vector<double> p_values, std::size_t compared, double q) {
    const auto allowed = [&](std::size_t rank) {
        return q * static_cast<double>(rank) / static_cast<double>(compared);
    };
    // Most of a million are no discovery at any rank, and need no order.
    std::erase_if(p_values, [most = allowed(p_values.size())](double p) { return p > most; });
    std::ranges::sort(p_values);
    double threshold = -1;
    for (std::size_t i = 0; i < p_values.size(); ++i) {
        if (p_values[i] <= allowed(i + 1)) threshold = p_values[i];
    }
    return threshold;
}

std::vector<double> local_false_rates(const std::vector<double>& p_values, std::size_t compared) {
    constexpr double kRarer = 10;
    std::vector<double> sorted = p_values;
    std::ranges::sort(sorted);
    std::vector<double> rates;
    rates.reserve(p_values.size());
    for (const double p : p_values) {
        const auto near = std::ranges::upper_bound(sorted, p);
        const auto far = std::ranges::lower_bound(sorted, p / kRarer);
        const double expected = (1 - 1 / kRarer) * p * static_cast<double>(compared);
        rates.push_back(expected / static_cast<double>(near - far));
    }
    return rates;
}

}  // namespace rackproof
