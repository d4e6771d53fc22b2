#include "analysis/false_discovery.hpp"

#include <algorithm>

namespace rackproof {

double discovery_threshold(std::vector<double> p_values, std::size_t compared, double q) {
    std::ranges::sort(p_values);
    double threshold = -1;
    for (std::size_t i = 0; i < p_values.size(); ++i) {
        const double allowed = q * static_cast<double>(i + 1) / static_cast<double>(compared);
        if (p_values[i] <= allowed) threshold = p_values[i];
    }
    return threshold;
}

}  // namespace rackproof
