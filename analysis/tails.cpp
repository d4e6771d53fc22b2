#include "analysis/tails.hpp"

#include <algorithm>
#include <cmath>

namespace rackproof {
namespace {

/// What was assumed before anything was known counts as so many populations.
constexpr double kUsualCounts = 3.0;
constexpr double kCautiousCounts = 2.0;

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

/// To where what was found and what was assumed agree; and a single step, in which little evidence
/// from each of many populations says little of all of them.
constexpr int kLikelySteps = 50;
constexpr int kCautiousSteps = 1;

/// How often each tail occurs, where `usual` was assumed and counts as `counted` populations.
Population::Tails shares_of(const std::vector<Population::Tails>& evidence,
                            const Population::Tails& usual, double counted, int steps) {
    const double all = counted + static_cast<double>(evidence.size());
    Population::Tails shares = usual;
    for (int step = 0; step < steps; ++step) {
        Population::Tails counts;
        for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = counted * usual[i];
        for (const Population::Tails& each : evidence) {
            const Population::Tails chances = chances_of(each, shares);
            for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += chances[i];
        }
        for (std::size_t i = 0; i < counts.size(); ++i) shares[i] = counts[i] / all;
    }
    return shares;
}

}  // namespace

void share_tails(const std::vector<Population*>& populations) {
    if (populations.empty()) return;
    std::vector<Population::Tails> evidence;
    for (const Population* population : populations) evidence.push_back(population->evidence());
    const Population::Assumed usual = populations.front()->usual();
    Population::Assumed assumed;
    assumed.likely = shares_of(evidence, usual.likely, kUsualCounts, kLikelySteps);
    const double heavy =
        shares_of(evidence, usual.cautious, kCautiousCounts, kCautiousSteps).back();
    assumed.cautious = with_heavy(assumed.likely, std::min(heavy, usual.cautious.back()));
    for (Population* population : populations) population->assume(assumed);
}

}  // namespace rackproof
