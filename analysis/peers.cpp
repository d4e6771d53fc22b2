#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/pair_samples.hpp"
#include "analysis/pairs.hpp"
#include "analysis/robust.hpp"
#include "analysis/rules.hpp"
#include "analysis/slow.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

constexpr const char* kAfterSlowWay =
    "Bring these targets to the way in which the others run (driver, library, firmware, transport) "
    "and run again; the nodes themselves are not blamed.";

using Members = std::vector<TargetCell*>;

void leave_out(MetricCells& cells, const Members& members, const std::string& why) {
    for (TargetCell* cell : members) cells.leave_out(*cell, why);
}

/// A cohort that was judged, and what is healthy in it.
struct JudgedCohort {
    Cohort cohort;  ///< without its members
    Population population;
};

std::string gradient_text(const MetricIdentity& metric, double gradient) {
    const char* side = gradient > 0 ? "worse" : "better";
    const double step = std::abs(gradient);
    return is_temperature(metric.unit)
               ? fmt::format("{:.2f} K {} with each slot upwards", step, side)
               : fmt::format("{:.2f} % {} with each slot upwards", 100 * step, side);
}

/// False of a pair that is near or far in the fabric as too few others are.
bool has_peers(const MetricCells& cells, const PairReport& pairs, const TargetCell& cell) {
    if (!is_judged_by_pairs(cells.metric())) return true;
    return pairs.values.class_of_cell[static_cast<std::size_t>(&cell - cells.cells().data())] >= 0;
}

/// What is compared in a cohort, from the top: populations, racks, nodes, devices. Of pairs, only
/// links that nothing else explains are left.
Levels levels_in(const MetricCells& cells, const Survey& survey, const PairReport& pairs,
                 Cohort& cohort, std::vector<Draft>& drafts) {
    if (!is_judged_by_pairs(cells.metric())) {
        for (const Mode& mode : take_off_modes(cohort, survey.fleet)) {
            tell_of_mode(mode, cohort, survey, drafts);
        }
        Levels levels = levels_of(cohort, survey.fleet);
        if (levels.two) tell_of_two(*levels.two, cohort, survey, drafts);
        return levels;
    }
    leave_to_links(pairs, cohort);
    if (cohort.members.empty()) return {};
    return levels_of(cohort, survey.fleet);
}

/// Nodes, and devices, that pairs accuse themselves.
std::set<Place> accused_by_pairs(const PairReport& pairs) {
    std::set<Place> accused;
    for (const Draft& draft : pairs.drafts) {
        if (draft.place.node >= 0 && draft.place.peer_node < 0) accused.insert(draft.place);
    }
    return accused;
}

/// True if one end of the pair is among the places, by its device or by its node.
bool has_end_in(const Place& pair, const std::set<Place>& places) {
    const auto is_there = [&places](std::int32_t node, std::int32_t device) {
        Place place;
        place.node = node;
        if (places.contains(place)) return true;
        place.device = device;
        return places.contains(place);
    };
    return is_there(pair.node, pair.device) || is_there(pair.peer_node, pair.peer_device);
}

/// A pair that a node or a part of the fabric explains scatters for their sake, too, and so does a
/// pair of an accused node that is slow in some samples only: that is no fault of the link, nor of
/// the node at its other end.
void leave_scatter_to_causes(const MetricCells& cells, const PairReport& pairs, std::size_t first,
                             std::vector<Draft>& drafts) {
    std::set<Place> told;
    for (std::size_t i = 0; i < pairs.is_told.size(); ++i) {
        if (pairs.is_told[i]) told.insert(cells.cells()[i].place);
    }
    const std::set<Place> accused = accused_by_pairs(pairs);
    const auto is_explained = [&](const Draft& draft) {
        return told.contains(draft.place) ||
               (draft.place.peer_node >= 0 && has_end_in(draft.place, accused));
    };
    const auto scatters = drafts.begin() + static_cast<std::ptrdiff_t>(first);
    drafts.erase(std::remove_if(scatters, drafts.end(), is_explained), drafts.end());
}

std::optional<JudgedCohort> judge_cohort(MetricCells& cells, const Survey& survey,
                                         const Policy& policy, const PairReport& pairs,
                                         const Members& members, PeerReport& report) {
    const auto needed = static_cast<std::size_t>(std::max(policy.min_cohort, 3));
    if (members.size() < needed) {
        leave_out(cells, members,
                  fmt::format("a cohort of {}; at least {} are needed", members.size(), needed));
        return std::nullopt;
    }
    std::optional<Cohort> cohort = cohort_of(cells, policy, members);
    if (!cohort) {
        leave_out(cells, members, "a cohort whose centre or spread gives no scale");
        return std::nullopt;
    }
    for (TargetCell* cell : members) cell->judged.by_peers = has_peers(cells, pairs, *cell);
    Levels levels = levels_in(cells, survey, pairs, *cohort, report.drafts);
    cohort->members.clear();
    cohort->members.shrink_to_fit();
    if (levels.gradient) report.gradient = gradient_text(cohort->metric, *levels.gradient);
    const std::size_t before = report.drafts.size();
    judge_scatter(cells, policy, *cohort, members, report.drafts);
    leave_scatter_to_causes(cells, pairs, before, report.drafts);
    const auto is_of_values = [](const Contest& each) { return each.compared == Compared::Values; };
    if (!is_judged_by_pairs(cells.metric()) &&
        std::ranges::none_of(levels.contests, is_of_values)) {
        for (TargetCell* cell : members) cell->judged.by_peers = false;
        leave_out(cells, members, "a cohort whose values no population fits");
    }
    std::optional<JudgedCohort> judged;
    if (!levels.contests.empty()) judged = {*cohort, levels.contests.back().population};
    for (Contest& contest : levels.contests) {
        report.contests.push_back({std::move(contest), *cohort});
    }
    return judged;
}

/// The few that were measured in another way, held as a group against the many: a recorded fact
/// explains them, so the fleet fails and none of them is blamed.
void judge_other_way(const MetricCells& cells, const Survey& survey, const Policy& policy,
                     const JudgedCohort& most, std::size_t size, const Members& members,
                     std::vector<Draft>& drafts) {
    const Metric& metric = cells.metric();
    std::vector<double> values;
    std::vector<Place> places;
    for (const TargetCell* cell : members) {
        values.push_back(*cell->value);
        places.push_back(cell->place);
    }
    const double value = *median(std::move(values));
    const double sign = metric.better == Direction::HigherIsBetter ? -1.0 : 1.0;
    const double worse = sign * (value - most.cohort.centre) / most.cohort.scale;
    if (!(worse >= most.cohort.min_effect)) return;
    const double chance = most.population.tail(worse);
    if (chance > policy.fail_q / static_cast<double>(size)) return;
    Draft draft;
    Finding& finding = draft.finding;
    finding.verdict = Verdict::Fail;
    finding.kind = FindingKind::Slow;
    finding.rule = "variant";
    finding.observed = value;
    finding.expected = most.cohort.centre;
    if (most.cohort.has_level) finding.deviation = -worse;
    finding.p_value = chance;
    finding.cohort = static_cast<std::int64_t>(size);
    finding.action = kAfterSlowWay;
    draft.metric = cells.index();
    draft.what = fmt::format(
        "{} targets measured {} in another way and are {} the median of the other {}: {}",
        members.size(), metric.name, worse_text(most.cohort, worse), size,
        names_of(*survey.run, places));
    drafts.push_back(std::move(draft));
}

/// One sku: a cohort for each way in which its targets were measured.
void judge_sku(MetricCells& cells, const Survey& survey, const Policy& policy,
               const PairReport& pairs, const std::map<std::int32_t, Members>& ways,
               PeerReport& report) {
    std::size_t all = 0;
    for (const auto& [way, members] : ways) all += members.size();
    std::map<std::int32_t, std::optional<JudgedCohort>> cohorts;
    for (const auto& [way, members] : ways) {
        cohorts[way] = judge_cohort(cells, survey, policy, pairs, members, report);
    }
    for (const auto& [usual, cohort] : cohorts) {
        const std::size_t size = ways.at(usual).size();
        if (!cohort || 2 * size <= all) continue;
        for (const auto& [way, members] : ways) {
            if (way == usual) continue;
            judge_other_way(cells, survey, policy, *cohort, size, members, report.drafts);
        }
    }
}

}  // namespace

namespace {

std::vector<PairNumber> usual_of(const MetricCells& cells, const PairReport& pairs) {
    std::vector<PairNumber> usual;
    if (cells.metric().scope != Scope::NodePair) return usual;
    for (const std::size_t cell : pairs.values.cell) {
        const Place& place = cells.cells()[cell].place;
        const PairClass& like = pairs.values.classes[at(pairs.values.class_of_cell[cell])];
        usual.push_back({place.node, place.peer_node, like.centre});
    }
    return usual;
}

}  // namespace

PeerReport judge_peers(MetricCells& cells, const Survey& survey, const Policy& policy) {
    const std::string confirmed = confirmed_metric(cells.metric());
    if (!confirmed.empty()) {
        for (TargetCell& cell : cells.cells()) {
            cells.leave_out(cell, "measured again to confirm what was found in " + confirmed);
        }
        return {};
    }
    PairReport pairs = judge_pairs(cells, survey, policy);
    PeerReport report;
    report.drafts = pairs.drafts;
    report.pairs = std::move(pairs.fit);
    report.lossy_pairs = judge_pair_samples(cells, survey, policy, pairs);
    report.usual = usual_of(cells, pairs);
    std::map<std::int64_t, std::map<std::int32_t, Members>> skus;
    for (TargetCell& cell : cells.cells()) {
        if (!cell.value) continue;
        if (cells.metric().better == Direction::None) {
            cells.leave_out(cell, "neither more nor less of it is better");
            continue;
        }
        skus[cell.sku][survey.way(cell)].push_back(&cell);
    }
    for (const auto& [sku, ways] : skus) judge_sku(cells, survey, policy, pairs, ways, report);
    return report;
}

}  // namespace rackproof
