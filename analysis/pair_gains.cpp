#include "analysis/pair_gains.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/index.hpp"

namespace rackproof {
namespace {

constexpr double kNothing = -1e300;

PairCounts sum(const PairCounts& a, const PairCounts& b) {
    return {a.slow + b.slow, a.fine + b.fine};
}

/// True if all ends of the part are in the whole, too, and fewer of its pairs.
bool is_part_of(const PairCandidate& part, const PairCandidate& whole) {
    return part.part != PairPart::Path && part.on.size() < whole.on.size() &&
           std::ranges::includes(whole.ends, part.ends);
}

}  // namespace

double name_cost(std::size_t candidates) {
    return std::log(static_cast<double>(std::max<std::size_t>(candidates, 1))) + 1;
}

/// What it makes the rest likelier that these are taken out of it.
double PairGains::beside(const PairCounts& taken, std::size_t threshold) const {
    const PairCounts all = counted(counting_.all().free, threshold);
    return likelihood_if_usual({all.slow - taken.slow, all.fine - taken.fine}) -
           likelihood_if_usual(all);
}

std::size_t PairGains::clearest_threshold(const PairCandidate& group) const {
    const PairTally tally = counting_.tally_of(group, {});
    std::size_t clearest = 0;
    double most = 0;
    for (std::size_t t = 0; t < counting_.thresholds(); ++t) {
        const PairCounts on = counted(tally.free, t);
        const double gain = likelihood_if_bad(on) + beside(on, t);
        if (gain <= most) continue;
        clearest = t;
        most = gain;
    }
    return clearest;
}

double PairGains::of_group(const PairCandidate& group, std::size_t threshold) const {
    const std::vector<bool> taken(counting_.observations().size(), false);
    const PairCounts whole = counting_.free_on(group, threshold, taken);
    return likelihood_if_bad(whole) + beside(whole, threshold) - name_cost(groups_.size());
}

double PairGains::of_ends(const PairCandidate& group, std::size_t threshold) const {
    std::vector<bool> taken(counting_.observations().size(), false);
    std::vector<std::pair<double, std::size_t>> by_slow;
    for (const std::int32_t end : group.ends) {
        const std::size_t place = place_of_end_[at(end)];
        const PairCounts on = counting_.free_on(ends_[place], threshold, taken);
        by_slow.emplace_back(on.slow / std::max(on.slow + on.fine, 1.0), place);
    }
    std::ranges::sort(by_slow, std::ranges::greater{});
    PairCounts of_ends;
    double own = 0;
    double named = 0;
    double most = 0;
    for (const auto& [share, place] : by_slow) {
        const PairCounts on = counting_.free_on(ends_[place], threshold, taken);
        if (on.slow == 0) continue;
        own += likelihood_if_bad(on) - name_cost(ends_.size()) + std::log(++named);
        of_ends = sum(of_ends, on);
        most = std::max(most, own + beside(of_ends, threshold));
        for (const std::size_t i : ends_[place].on) taken[i] = true;
    }
    return most;
}

std::vector<PairGains::Part> PairGains::parts_of(const PairCandidate& group,
                                                 const std::vector<bool>& is_named) const {
    std::vector<Part> parts;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        if (is_named[i] || !is_part_of(groups_[i], group)) continue;
        parts.emplace_back(&groups_[i], name_cost(groups_.size()));
    }
    if (parts.empty()) return parts;
    for (const std::int32_t end : group.ends) {
        parts.emplace_back(&ends_[place_of_end_[at(end)]], name_cost(ends_.size()));
    }
    return parts;
}

double PairGains::of_parts(const PairCandidate& group, std::size_t threshold,
                           const std::vector<bool>& is_named) const {
    constexpr int kMostParts = 3;
    const std::vector<Part> parts = parts_of(group, is_named);
    std::vector<bool> taken(counting_.observations().size(), false);
    PairCounts of_parts;
    double own = 0;
    double most = 0;
    for (int step = 1; step <= kMostParts && !parts.empty(); ++step) {
        const PairCandidate* best = nullptr;
        PairCounts of_best;
        double own_of_best = 0;
        double most_of_best = kNothing;
        for (const auto& [part, cost] : parts) {
            const PairCounts on = counting_.free_on(*part, threshold, taken);
            const double gain = likelihood_if_bad(on) - cost;
            const double in_all = gain + beside(sum(of_parts, on), threshold);
            if (on.slow == 0 || in_all <= most_of_best) continue;
            best = part;
            of_best = on;
            own_of_best = gain;
            most_of_best = in_all;
        }
        if (best == nullptr) break;
        own += own_of_best + std::log(step);  // the order of the names tells nothing
        of_parts = sum(of_parts, of_best);
        most = std::max(most, own + beside(of_parts, threshold));
        for (const std::size_t i : best->on) taken[i] = true;
    }
    return most;
}

}  // namespace rackproof
