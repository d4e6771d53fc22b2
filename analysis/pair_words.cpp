#include "analysis/pair_words.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "core/index.hpp"

namespace rackproof {
namespace {

std::string group_name(const PairTold& told, const PairCause& cause, std::int32_t group) {
    const Grouping& grouping = (*told.groupings)[at(cause.grouping)];
    return grouping.name + " " + grouping.names[at(group)];
}

std::int32_t partner_in(const PairObservation& pair, std::int32_t end) {
    return pair.first == end ? pair.second : pair.first;
}

/// Whom the cause's slow pairs are with, each once.
std::set<std::int32_t> partners(const PairTold& told, const PairCause& cause) {
    std::set<std::int32_t> ends;
    for (const std::size_t i : cause.slow) {
        ends.insert(partner_in((*told.observations)[i], cause.end));
    }
    return ends;
}

std::string listed(const PairTold& told, const std::set<std::int32_t>& ends) {
    constexpr std::size_t kMostNames = 3;
    std::string text;
    std::size_t count = 0;
    for (const std::int32_t end : ends) {
        if (count == kMostNames) break;
        text += (count++ > 0 ? ", " : "") + name_of_end(told, end);
    }
    if (ends.size() > count) text += fmt::format(" and {} more", ends.size() - count);
    return text;
}

/// The nodes of the cause's group that its slow pairs touch.
std::vector<std::int32_t> touched_nodes(const PairTold& told, const PairCause& cause) {
    const std::vector<std::int32_t>& group_of = (*told.groupings)[at(cause.grouping)].group_of;
    std::set<std::int32_t> nodes;
    for (const std::size_t i : cause.slow) {
        const PairObservation& pair = (*told.observations)[i];
        for (const std::int32_t end : {pair.first, pair.second}) {
            const std::int32_t group = group_of[at(end)];
            if (group != cause.group && group != cause.other) continue;
            if (group >= 0) nodes.insert(place_of_end(told, end).node);
        }
    }
    return {nodes.begin(), nodes.end()};
}

}  // namespace

PairTold told_of(const Survey& survey, const Metric& metric,
                 const std::vector<PairObservation>& observations,
                 const std::vector<Grouping>& groupings, const PairExplanation& explanation,
                 std::size_t ends) {
    PairTold told{&survey, &metric, &observations, &groupings, &explanation.causes, {}};
    told.does_well.assign(ends, false);
    for (std::size_t i = 0; i < observations.size(); ++i) {
        if (explanation.explained[i] > 0) continue;
        told.does_well[at(observations[i].first)] = true;
        told.does_well[at(observations[i].second)] = true;
    }
    for (const PairCause& cause : explanation.causes) {
        if (cause.part == PairPart::End) told.does_well[at(cause.end)] = false;
    }
    return told;
}

Place place_of_end(const PairTold& told, std::int32_t end) {
    Place place;
    if (told.metric->scope != Scope::DevicePair) {
        place.node = end;
        return place;
    }
    place.device = end;
    place.node = told.survey->run->devices[at(end)].node;
    return place;
}

std::string name_of_end(const PairTold& told, std::int32_t end) {
    return subject(*told.survey->run, place_of_end(told, end));
}

void place_cause(const PairTold& told, const PairCause& cause, Draft& draft) {
    if (cause.part == PairPart::End) {
        draft.place = place_of_end(told, cause.end);
        return;
    }
    const std::string group = group_name(told, cause, cause.group);
    std::vector<std::int32_t> nodes = touched_nodes(told, cause);
    const std::string& kind = (*told.groupings)[at(cause.grouping)].name;
    if (cause.part == PairPart::Path) {
        draft.finding.group = group + " - " + group_name(told, cause, cause.other);
        draft.of = "the way between " + group + " and " + group_name(told, cause, cause.other);
    } else {
        draft.of = cause.part == PairPart::Uplink ? "what leads out of " + group : group;
        if (kind == "node") {
            draft.place.node = nodes.front();
            nodes.clear();
        } else if (kind == "rack") {
            draft.place.rack = told.survey->fleet.rack(nodes.front());
        } else {
            draft.finding.group = group;
        }
    }
    draft.watched = std::move(nodes);
}

std::string where_seen(const PairTold& told, const PairCause& cause) {
    const std::string counts = fmt::format("{} of {} pairs", cause.slow.size(), cause.pairs);
    if (cause.part == PairPart::End) {
        const std::set<std::int32_t> with = partners(told, cause);
        std::string text = fmt::format("in {} of its {} pairs (with {})", cause.slow.size(),
                                       cause.pairs, listed(told, with));
        const bool all_well =
            std::ranges::all_of(with, [&](std::int32_t end) { return told.does_well[at(end)]; });
        if (all_well) text += ", which do well with others";
        return text;
    }
    const std::string of = cause.part == PairPart::Uplink ? "in " + counts + " that leave it"
                           : cause.part == PairPart::Path ? "in " + counts + " that take it"
                           : cause.is_inside              ? "in " + counts + " with both ends in it"
                                                          : "in " + counts + " with an end in it";
    std::set<std::int32_t> nodes;
    for (const std::int32_t node : touched_nodes(told, cause)) nodes.insert(node);
    return fmt::format("{}, on {} of its nodes", of, nodes.size());
}

std::string action_after(const PairTold& told, const PairCause& cause, PairTrouble trouble) {
    if (cause.part == PairPart::End) {
        const std::string end = name_of_end(told, cause.end);
        if (trouble == PairTrouble::Broken) {
            return "NIC of " + end +
                   ": look whether its link is up, at its driver, firewall and name service, and "
                   "run its pairs again with other partners; leave the partners alone.";
        }
        return "NIC of " + end +
               ": compare its port's counters, link width and speed with a neighbour's, swap its "
               "cable with a good one, and run its pairs again with other partners; leave these "
               "partners alone.";
    }
    const std::string group = group_name(told, cause, cause.group);
    if (cause.part == PairPart::Path) {
        return "Compare the ports and cables on the way from " + group + " to " +
               group_name(told, cause, cause.other) +
               " with another way (counters, speed); their nodes are not blamed.";
    }
    if (cause.part == PairPart::Uplink) {
        return "Uplinks of " + group +
               ": compare their counters and speeds, swap the cable of the one that differs; the "
               "nodes behind them are not blamed.";
    }
    const std::string doubt =
        cause.tells_inside ? std::string{} : ", or its uplinks (no pair inside of it was measured)";
    return "Look at " + group + " itself" + doubt +
           ": its load, port counters, firmware and power; the nodes on it are not blamed.";
}

std::string pair_coverage_text(const PairFit& fit) {
    const double share =
        fit.possible > 0 ? static_cast<double>(fit.met) / static_cast<double>(fit.possible) : 0.0;
    std::string text = fmt::format("{} of {} pairs met", fit.met, fit.possible);
    if (fit.met < fit.possible) {
        text += fmt::format(", a given one with a chance of {:.2g} %", 100 * share);
    }
    return text + fmt::format(" ({} {})", fit.rounds, fit.rounds == 1 ? "round" : "rounds");
}

}  // namespace rackproof
