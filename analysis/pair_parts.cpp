#include "analysis/pair_parts.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "core/index.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kFewestEnds = 3;
constexpr std::size_t kFewestOnPath = 4;
constexpr std::size_t kFewestInside = 4;

/// Ends of the observations, each once.
std::set<std::int32_t> ends_of(std::span<const PairObservation> observations,
                               const std::vector<std::size_t>& on) {
    std::set<std::int32_t> ends;
    for (const std::size_t i : on) {
        ends.insert(observations[i].first);
        ends.insert(observations[i].second);
    }
    return ends;
}

/// Of the observations of one grouping.
struct Sorted {
    std::vector<PairCandidate> groups;
    std::vector<PairCandidate> uplinks;
    std::map<std::pair<std::int32_t, std::int32_t>, std::vector<std::size_t>> paths;
};

Sorted sorted(std::span<const PairObservation> observations, const Grouping& grouping,
              std::int32_t number) {
    Sorted all;
    for (std::size_t group = 0; group < grouping.names.size(); ++group) {
        PairCandidate candidate;
        candidate.grouping = number;
        candidate.group = static_cast<std::int32_t>(group);
        candidate.part = PairPart::Group;
        all.groups.push_back(candidate);
        candidate.part = PairPart::Uplink;
        all.uplinks.push_back(candidate);
    }
    for (std::size_t i = 0; i < observations.size(); ++i) {
        const std::int32_t a = grouping.group_of[at(observations[i].first)];
        const std::int32_t b = grouping.group_of[at(observations[i].second)];
        if (a >= 0) all.groups[at(a)].on.push_back(i);
        if (a == b) {
            if (a >= 0) all.groups[at(a)].tells_inside = true;
            continue;
        }
        if (b >= 0) all.groups[at(b)].on.push_back(i);
        if (a >= 0) all.uplinks[at(a)].on.push_back(i);
        if (b >= 0) all.uplinks[at(b)].on.push_back(i);
        if (a >= 0 && b >= 0) all.paths[std::minmax(a, b)].push_back(i);
    }
    return all;
}

/// Of a group, only what lies inside.
PairCandidate inside_of(std::span<const PairObservation> observations, const Grouping& grouping,
                        const PairCandidate& group) {
    PairCandidate within = group;
    within.is_inside = true;
    std::erase_if(within.on, [&](std::size_t i) {
        return grouping.group_of[at(observations[i].first)] !=
               grouping.group_of[at(observations[i].second)];
    });
    return within;
}

}  // namespace

std::vector<PairCandidate> candidate_ends(std::span<const PairObservation> observations,
                                          std::size_t ends) {
    std::vector<PairCandidate> candidates(ends);
    for (std::size_t i = 0; i < ends; ++i) candidates[i].end = static_cast<std::int32_t>(i);
    for (std::size_t i = 0; i < observations.size(); ++i) {
        candidates[at(observations[i].first)].on.push_back(i);
        candidates[at(observations[i].second)].on.push_back(i);
    }
    std::erase_if(candidates, [](const PairCandidate& each) { return each.on.empty(); });
    return candidates;
}

std::vector<PairCandidate> candidate_groups(std::span<const PairObservation> observations,
                                            const std::vector<Grouping>& groupings) {
    std::vector<PairCandidate> candidates;
    std::set<std::pair<PairPart, std::vector<std::size_t>>> known;
    const auto add = [&](PairCandidate candidate) {
        if (!known.emplace(candidate.part, candidate.on).second) return;  // it has a name already
        candidates.push_back(std::move(candidate));
    };
    for (std::size_t number = 0; number < groupings.size(); ++number) {
        const Grouping& grouping = groupings[number];
        Sorted all = sorted(observations, grouping, static_cast<std::int32_t>(number));
        const bool several = grouping.names.size() > 2;  // of two, what leads out is one path
        for (std::size_t group = 0; group < all.groups.size(); ++group) {
            std::vector<std::int32_t> inside;
            for (const std::int32_t end : ends_of(observations, all.groups[group].on)) {
                if (at(grouping.group_of[at(end)]) == group) inside.push_back(end);
            }
            if (inside.size() < kFewestEnds) continue;
            all.groups[group].ends = inside;
            all.uplinks[group].ends = std::move(inside);
            // without a pair inside, the two are the same pairs: one of them stands for both
            if (several && all.groups[group].tells_inside) {
                add(std::move(all.uplinks[group]));
            }
            PairCandidate within = inside_of(observations, grouping, all.groups[group]);
            const bool is_apart = within.on.size() < all.groups[group].on.size();
            add(std::move(all.groups[group]));
            if (is_apart && within.on.size() >= kFewestInside) add(std::move(within));
        }
        for (auto& [groups, on] : all.paths) {
            if (on.size() < kFewestOnPath) continue;
            const std::set<std::int32_t> ends = ends_of(observations, on);
            PairCandidate path;
            path.part = PairPart::Path;
            path.grouping = static_cast<std::int32_t>(number);
            std::tie(path.group, path.other) = groups;
            path.on = std::move(on);
            path.ends.assign(ends.begin(), ends.end());
            add(std::move(path));
        }
    }
    return candidates;
}

}  // namespace rackproof
