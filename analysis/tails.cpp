#include "analysis/tails.hpp"

#include <algorithm>
#include <cmath>

namespace rackproof {
namespace {

/// What is usual counts as so many populations.
constexpr double kUsualCounts = 3.0;

/// Chance of each tail for one population.
Population::Tails chances_of(const Population::Tails& evidence, const Population::Tails& before) {
    const double most = *std::ranges::max_element(evidence);
    Population::Tails chances;
    double sum = 0;
    for (std::size_t i = 0; i < chances.size(); ++i) {
        chances[i] = before[i] * std::exp(evidence[i] - most);
        sum += chances[i];
    }
    for (double& chance : chances) chance /= sum;
    return chances;
}

}  // namespace

void share_tails(const std::vector<Population*>& populations) {
    constexpr int kSteps = 50;
    std::vector<Population::Tails> evidence;
    for (const Population* population : populations) evidence.push_back(population->evidence());
    if (populations.empty()) return;
    const Population::Tails usual = populations.front()->usual_tails();
    const double all = kUsualCounts + static_cast<double>(populations.size());
    Population::Tails shares = usual;
    for (int step = 0; step < kSteps; ++step) {
        Population::Tails counts;
        for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = kUsualCounts * usual[i];
        for (const Population::Tails& each : evidence) {
            const Population::Tails chances = chances_of(each, shares);
            for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += chances[i];
        }
        for (std::size_t i = 0; i < counts.size(); ++i) shares[i] = counts[i] / all;
    }
    for (Population* population : populations) population->assume(shares);
}

}  // namespace rackproof
