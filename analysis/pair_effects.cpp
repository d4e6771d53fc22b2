#include "analysis/pair_effects.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "analysis/groups.hpp"
#include "analysis/robust.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

/// The part that a cause is of: its end, or its group in a grouping; -1 if it is of another kind.
std::int32_t fabric_part(const PairCause& cause, std::optional<std::int32_t> grouping) {
    if (!grouping) return cause.part == PairPart::End ? cause.end : -1;
    const bool is_of_it = cause.part == PairPart::Group || cause.part == PairPart::Uplink;
    return is_of_it && cause.grouping == *grouping ? cause.group : -1;
}

/// Medians of what is not explained; of what a cause names, those of its slow pairs.
EffectsOfParts summarised(const PairTold& told, std::optional<std::int32_t> grouping,
                          std::vector<std::vector<double>> unexplained,
                          std::vector<std::size_t> pairs) {
    EffectsOfParts effects{{}, {}, std::move(pairs)};
    for (std::vector<double>& values : unexplained) {
        effects.of.push_back(values.size());
        effects.worse.push_back(median_in_place(values));
    }
    for (const PairCause& cause : *told.causes) {
        const std::int32_t part = fabric_part(cause, grouping);
        if (part < 0) continue;
        effects.of[at(part)] = cause.slow.size();
        effects.worse[at(part)] = cause.worse;
    }
    return effects;
}

std::size_t usual_size(const EffectsOfParts& effects) {
    std::vector<double> sizes;
    for (std::size_t i = 0; i < effects.worse.size(); ++i) {
        if (effects.worse[i]) sizes.push_back(static_cast<double>(effects.of[i]));
    }
    return static_cast<std::size_t>(median_in_place(sizes).value_or(1));
}

std::string short_name(const PairTold& told, std::int32_t end) {
    const Run& run = *told.survey->run;
    if (told.metric->scope != Scope::DevicePair) return run.nodes[at(end)].name;
    const Device& device = run.devices[at(end)];
    return run.nodes[at(device.node)].name + "/" + std::to_string(device.index);
}

bool is_named(const PairTold& told, std::optional<std::int32_t> grouping, std::int32_t part) {
    return std::ranges::any_of(
        *told.causes, [&](const PairCause& cause) { return fabric_part(cause, grouping) == part; });
}

PairEffect effect_of(const PairTold& told, const EffectsOfParts& effects,
                     std::optional<std::int32_t> grouping, std::int32_t part) {
    PairEffect effect;
    effect.of = grouping ? (*told.groupings)[at(*grouping)].name + " " +
                               (*told.groupings)[at(*grouping)].names[at(part)]
                         : short_name(told, part);
    if (effects.worse[at(part)]) {
        effect.effect = -relative(told.metric->better, *effects.worse[at(part)]);
    }
    effect.pairs = static_cast<std::int64_t>(effects.pairs[at(part)]);
    effect.named = is_named(told, grouping, part);
    return effect;
}

/// The pairs themselves, where they are few: by the ends' places in `numbers`.
std::vector<PairCell> cells_of(const PairTold& told, const MetricCells& cells,
                               const PairValues& values,
                               const std::map<std::int32_t, std::int32_t>& numbers) {
    std::vector<std::optional<double>> effect(cells.cells().size());
    for (std::size_t i = 0; i < values.observations.size(); ++i) {
        effect[values.cell[i]] = -relative(told.metric->better, values.observations[i].worse);
    }
    std::vector<PairCell> found;
    for (std::size_t i = 0; i < cells.cells().size(); ++i) {
        const TargetCell& cell = cells.cells()[i];
        const Place& place = cell.place;
        const auto first = numbers.find(end_number(told.metric->scope, place.node, place.device));
        const auto second =
            numbers.find(end_number(told.metric->scope, place.peer_node, place.peer_device));
        if (first == numbers.end() || second == numbers.end() || first == second) continue;
        if (!effect[i] && cell.value) continue;
        found.push_back({first->second, second->second, effect[i]});
    }
    return found;
}

/// How many ends are in some pair, how many pairs met, how often at the most.
void add_coverage(const PairTold& told, const MetricCells& cells, std::set<std::int32_t>& ends,
                  PairFit& fit) {
    std::set<std::pair<std::int32_t, std::int32_t>> met;
    std::set<std::pair<std::int32_t, std::int32_t>> tried;
    for (const TargetCell& cell : cells.cells()) {
        const Place& place = cell.place;
        const std::int32_t a = end_number(told.metric->scope, place.node, place.device);
        const std::int32_t b = end_number(told.metric->scope, place.peer_node, place.peer_device);
        if (a == b) continue;
        ends.insert({a, b});
        tried.insert(std::minmax(a, b));
        if (cell.value) met.insert(std::minmax(a, b));
        if (broke(cells.last_outcome(cell))) ++fit.broke;
    }
    std::map<std::int32_t, std::int64_t> rounds;
    for (const auto& [a, b] : tried) {
        fit.rounds = std::max({fit.rounds, ++rounds[a], ++rounds[b]});
    }
    const auto count = static_cast<std::int64_t>(ends.size());
    fit.met = static_cast<std::int64_t>(met.size());
    fit.possible = count * (count - 1) / 2;
}

}  // namespace

EffectsOfParts effects_of_ends(const PairTold& told, const std::vector<double>& explained,
                               std::size_t ends) {
    std::vector<std::vector<double>> values(ends);
    std::vector<std::size_t> pairs(ends, 0);
    for (std::size_t i = 0; i < told.observations->size(); ++i) {
        const PairObservation& pair = (*told.observations)[i];
        for (const std::int32_t end : {pair.first, pair.second}) {
            ++pairs[at(end)];
            if (explained[i] == 0) values[at(end)].push_back(pair.worse);
        }
    }
    return summarised(told, std::nullopt, std::move(values), std::move(pairs));
}

EffectsOfParts effects_of_groups(const PairTold& told, const std::vector<double>& explained,
                                 std::int32_t grouping) {
    const Grouping& groups = (*told.groupings)[at(grouping)];
    std::vector<std::vector<double>> values(groups.names.size());
    std::vector<std::size_t> pairs(groups.names.size(), 0);
    for (std::size_t i = 0; i < told.observations->size(); ++i) {
        const PairObservation& pair = (*told.observations)[i];
        std::set<std::int32_t> touched{groups.group_of[at(pair.first)],
                                       groups.group_of[at(pair.second)]};
        touched.erase(-1);
        for (const std::int32_t group : touched) {
            ++pairs[at(group)];
            if (explained[i] == 0) values[at(group)].push_back(pair.worse);
        }
    }
    return summarised(told, grouping, std::move(values), std::move(pairs));
}

std::optional<Population> healthy_parts(const EffectsOfParts& effects, double spread,
                                        double freedom) {
    constexpr double kHealthyDifference = 0.3;  // of the spread of pairs: parts differ, too
    constexpr double kMostPriorWeight = 10;
    constexpr double kNearlyNormal = 0.97;  // middles of several values are
    constexpr double kLeastSpread = 0.001;
    const std::size_t usual = usual_size(effects);
    const double variance = median_variance(usual) + kHealthyDifference * kHealthyDifference;
    Prior prior;
    prior.floor = kLeastSpread;
    prior.scale = std::max(spread * std::sqrt(variance), kLeastSpread);
    prior.weight = std::clamp(freedom, 0.0, kMostPriorWeight);
    prior.normal = kNearlyNormal;
    std::vector<double> values;
    for (std::size_t i = 0; i < effects.worse.size(); ++i) {
        if (effects.worse[i] && 2 * effects.of[i] >= usual) values.push_back(*effects.worse[i]);
    }
    return Population::fitted(std::move(values), prior);
}

PairFit fit_of(const PairTold& told, const PairValues& values, const std::vector<double>& explained,
               const MetricCells& cells) {
    PairFit fit;
    fit.metric = told.metric->name;
    fit.suite = told.metric->suite;
    fit.spread = relative(told.metric->better, values.spread);
    std::set<std::int32_t> ends;
    add_coverage(told, cells, ends, fit);
    if (ends.empty()) return fit;
    const EffectsOfParts of_ends = effects_of_ends(told, explained, at(*ends.rbegin()) + 1);
    std::map<std::int32_t, std::int32_t> places;
    for (const std::int32_t end : ends) {
        places.emplace(end, static_cast<std::int32_t>(places.size()));
        fit.ends.push_back(effect_of(told, of_ends, std::nullopt, end));
    }
    for (std::size_t i = 0; i < told.groupings->size(); ++i) {
        const auto grouping = static_cast<std::int32_t>(i);
        const EffectsOfParts of_groups = effects_of_groups(told, explained, grouping);
        for (std::size_t group = 0; group < of_groups.worse.size(); ++group) {
            if (of_groups.pairs[group] == 0) continue;
            fit.groups.push_back(
                effect_of(told, of_groups, grouping, static_cast<std::int32_t>(group)));
        }
    }
    if (fit.ends.size() > kMostEndsOfHeatMap) return fit;
    fit.cells = cells_of(told, cells, values, places);
    return fit;
}

}  // namespace rackproof
