#include "analysis/pair_counting.hpp"

#include <algorithm>
#include <utility>

#include "analysis/robust.hpp"

namespace rackproof {

PairCounting::PairCounting(std::span<const PairObservation> observations,
                           std::vector<double> thresholds)
    : observations_{observations},
      thresholds_{std::move(thresholds)},
      explained_(observations.size(), 0.0),
      levels_(observations.size(), 0) {
    for (std::size_t i = 0; i < observations_.size(); ++i) {
        levels_[i] = level_beyond(i, 0);
        add(i, all_);
    }
}

std::size_t PairCounting::level_beyond(std::size_t i, double explained) const {
    const auto reached = std::ranges::upper_bound(thresholds_, observations_[i].worse - explained);
    return static_cast<std::size_t>(reached - thresholds_.begin());
}

void PairCounting::add(std::size_t i, PairTally& tally) const {
    ++(is_free(i) ? tally.free : tally.masked)[levels_[i]];
}

void PairCounting::explain(std::size_t i, double explained) {
    --(is_free(i) ? all_.free : all_.masked)[levels_[i]];
    explained_[i] = explained;
    levels_[i] = level_beyond(i, explained);
    add(i, all_);
}

/// How much worse the candidate's free slow ones are; nullopt if there are none.
std::optional<double> PairCounting::own_worse(const PairCandidate& candidate) const {
    std::vector<double> worse;
    for (const std::size_t i : candidate.on) {
        if (is_free(i) && levels_[i] > 0) worse.push_back(observations_[i].worse);
    }
    return median_in_place(worse);
}

PairTally PairCounting::tally_of(const PairCandidate& candidate,
                                 std::span<const std::size_t> beside) const {
    const bool any_explained =
        std::ranges::any_of(candidate.on, [this](std::size_t i) { return !is_free(i); });
    const std::optional<double> own = any_explained ? own_worse(candidate) : std::nullopt;
    PairTally tally;
    for (const std::size_t i : candidate.on) {
        const bool is_hidden = own && !is_free(i) && *own < explained_[i] + thresholds_.front();
        if (!is_hidden && !std::ranges::binary_search(beside, i)) add(i, tally);
    }
    return tally;
}

PairCounts PairCounting::free_on(const PairCandidate& candidate, std::size_t threshold,
                                 const std::vector<bool>& taken) const {
    PairCounts counts;
    for (const std::size_t i : candidate.on) {
        if (is_free(i) && !taken[i]) (levels_[i] > threshold ? counts.slow : counts.fine) += 1;
    }
    return counts;
}

std::vector<std::size_t> PairCounting::slow_on(const PairCandidate& candidate,
                                               std::size_t threshold) const {
    std::vector<std::size_t> slow;
    for (const std::size_t i : candidate.on) {
        if (levels_[i] > threshold) slow.push_back(i);
    }
    return slow;
}

std::vector<double> PairCounting::worse_of(const std::vector<std::size_t>& on) const {
    std::vector<double> values;
    values.reserve(on.size());
    for (const std::size_t i : on) values.push_back(observations_[i].worse);
    return values;
}

}  // namespace rackproof
