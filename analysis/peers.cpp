#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/robust.hpp"
#include "analysis/rules.hpp"

namespace rackproof {
namespace {

/// No spread is believed to be smaller than this: relative to the centre, and for temperatures
/// absolute, as most sensors show whole degrees.
constexpr double kLeastRelativeSpread = 0.001;
constexpr double kLeastSpreadKelvin = 0.5;
/// The practical effect for temperatures, whose zero is arbitrary; Policy::min_effect elsewhere.
constexpr double kMinEffectKelvin = 5.0;

/// How many of a healthy cohort's values may at the most be expected to stand out as far as one
/// that is named (Bonferroni): what keeps a cohort of four from failing by chance.
constexpr double kFalseFailsPerCohort = 0.005;
constexpr double kFalseWatchesPerCohort = 0.05;

constexpr const char* kAfterSlowDevice =
    "Retest it alone; if it stays so, compare its clocks, power limit and temperature with a "
    "neighbour's, reseat it, and return it to the vendor if that does not help.";
constexpr const char* kAfterSlowNode =
    "Retest the node; if it stays so, compare its firmware settings, power cap, coolant flow and "
    "running processes with a neighbour's.";
constexpr const char* kAfterSlowLink =
    "Retest the link; if it stays so, swap its cable with a good one and see whether the fault "
    "moves with it.";
constexpr const char* kAfterHot =
    "Check coolant flow, cold plate and inlet temperature there, and whether it throttles under "
    "load.";
constexpr const char* kAfterSlowWay =
    "Bring these targets to the way in which the others run (driver, library, firmware, transport) "
    "and run again; the nodes themselves are not blamed.";

struct Cohort {
    double centre = 0;
    double spread = 0;
    std::size_t size = 0;
};

/// How much worse `value` is than `centre`, in the metric's unit; negative if it is better.
double worse_by(const Metric& metric, double value, double centre) {
    return metric.better == Direction::HigherIsBetter ? centre - value : value - centre;
}

using Members = std::vector<TargetCell*>;

/// Spread over the targets, floored by what the repetitions say of
/// each value's own error (the cohort's median) and by the least believable one. nullopt if there
/// is no spread to be had.
std::optional<Cohort> cohort_of(const Metric& metric, const Members& members) {
    std::vector<double> values;
    std::vector<double> errors;
    for (const TargetCell* cell : members) {
        values.push_back(*cell->value);
        if (cell->error) errors.push_back(*cell->error);
    }
    const std::optional<double> centre = median(values);
    const std::optional<double> spread = robust_spread(values);
    if (!centre || !spread) return std::nullopt;
    const double least =
        is_temperature(metric) ? kLeastSpreadKelvin : kLeastRelativeSpread * std::abs(*centre);
    const double floor = std::max(least, median(errors).value_or(0.0));
    const Cohort cohort{*centre, std::max(*spread, floor), members.size()};
    const bool usable = std::isfinite(cohort.centre) && std::isfinite(cohort.spread);
    if (!usable || cohort.spread <= 0.0) return std::nullopt;
    return cohort;
}

/// nullopt unless the deviation is large enough to matter and rare enough to be no chance.
std::optional<Verdict> verdict_on(const Metric& metric, const Policy& policy, const Cohort& cohort,
                                  double value) {
    const double worse = worse_by(metric, value, cohort.centre);
    const double least =
        is_temperature(metric) ? kMinEffectKelvin : policy.min_effect * std::abs(cohort.centre);
    if (!(worse >= least)) return std::nullopt;
    const double z = worse / cohort.spread;
    const double expected = static_cast<double>(cohort.size) * outlier_probability(z, cohort.size);
    if (z >= policy.fail_z && expected <= kFalseFailsPerCohort) return Verdict::Fail;
    if (z >= policy.watch_z && expected <= kFalseWatchesPerCohort) return Verdict::Watch;
    return std::nullopt;
}

std::string deviation_text(const Metric& metric, double value, double centre) {
    const double distance = std::abs(value - centre);
    const char* side = value < centre ? "below" : "above";
    if (is_temperature(metric)) return fmt::format("{:.1f} K {}", distance, side);
    return fmt::format("{:.1f} % {}", 100 * distance / std::abs(centre), side);
}

const char* action_for(const Metric& metric, Level level) {
    if (is_temperature(metric)) return kAfterHot;
    if (level == Level::Link) return kAfterSlowLink;
    return level == Level::Device ? kAfterSlowDevice : kAfterSlowNode;
}

Draft slow(const MetricCells& cells, const Cohort& cohort, double value, Verdict verdict) {
    const Metric& metric = cells.metric();
    const double worse = worse_by(metric, value, cohort.centre);
    Draft draft;
    Finding& finding = draft.finding;
    finding.verdict = verdict;
    finding.kind = FindingKind::Slow;
    finding.observed = value;
    finding.expected = cohort.centre;
    if (!is_temperature(metric)) finding.deviation = -worse / std::abs(cohort.centre);
    finding.p_value = outlier_probability(worse / cohort.spread, cohort.size);
    finding.rule = "cohort";
    finding.cohort = static_cast<std::int64_t>(cohort.size);
    draft.metric = cells.index();
    return draft;
}

void judge_member(const MetricCells& cells, const Policy& policy, const Cohort& cohort,
                  TargetCell& cell, std::vector<Draft>& drafts) {
    const Metric& metric = cells.metric();
    cell.judged.by_peers = true;
    const auto verdict = verdict_on(metric, policy, cohort, *cell.value);
    if (!verdict) return;
    Draft draft = slow(cells, cohort, *cell.value, *verdict);
    draft.place = cell.place;
    draft.finding.action = action_for(metric, level_of(cell.place));
    const double z = worse_by(metric, *cell.value, cohort.centre) / cohort.spread;
    draft.what = fmt::format(
        "{} is {} the median of its cohort of {}, {:.1f} robust standard "
        "deviations off",
        metric.name, deviation_text(metric, *cell.value, cohort.centre), cohort.size, z);
    drafts.push_back(std::move(draft));
}

void leave_out(const Members& members, const std::string& why) {
    for (TargetCell* cell : members) cell->judged.why_not_peers = why;
}

std::optional<Cohort> judge_cohort(const MetricCells& cells, const Policy& policy,
                                   const Members& members, std::vector<Draft>& drafts) {
    const auto needed = static_cast<std::size_t>(std::max(policy.min_cohort, 0));
    if (members.size() < needed) {
        leave_out(members, fmt::format("a cohort of {}; at least {} are needed", members.size(),
                                       policy.min_cohort));
        return std::nullopt;
    }
    const std::optional<Cohort> cohort = cohort_of(cells.metric(), members);
    if (!cohort || (cohort->centre == 0.0 && !is_temperature(cells.metric()))) {
        leave_out(members, "a cohort whose centre or spread gives no scale");
        return std::nullopt;
    }
    for (TargetCell* cell : members) judge_member(cells, policy, *cohort, *cell, drafts);
    return cohort;
}

/// The few that were measured in another way, held as a group against the many: a recorded fact
/// explains them, so the fleet fails and none of them is blamed.
void judge_other_way(const MetricCells& cells, const Survey& survey, const Policy& policy,
                     const Cohort& most, const Members& members, std::vector<Draft>& drafts) {
    constexpr std::size_t kMostNames = 4;
    std::vector<double> values;
    std::string names;
    for (std::size_t i = 0; i < members.size(); ++i) {
        values.push_back(*members[i]->value);
        if (i >= kMostNames) continue;
        if (i > 0) names += ", ";
        names += subject(*survey.run, members[i]->place);
    }
    if (members.size() > kMostNames) names += fmt::format(", {} more", members.size() - kMostNames);
    const double value = *median(std::move(values));
    if (verdict_on(cells.metric(), policy, most, value) != Verdict::Fail) return;
    Draft draft = slow(cells, most, value, Verdict::Fail);
    draft.finding.rule = "variant";
    draft.finding.action = kAfterSlowWay;
    draft.what = fmt::format(
        "{} targets measured {} in another way and are {} the median of the "
        "other {}: {}",
        members.size(), cells.metric().name, deviation_text(cells.metric(), value, most.centre),
        most.size, names);
    drafts.push_back(std::move(draft));
}

/// One sku: a cohort for each way in which its targets were measured.
void judge_sku(const MetricCells& cells, const Survey& survey, const Policy& policy,
               const std::map<std::int32_t, Members>& ways, std::vector<Draft>& drafts) {
    std::size_t all = 0;
    for (const auto& [way, members] : ways) all += members.size();
    std::map<std::int32_t, std::optional<Cohort>> cohorts;
    for (const auto& [way, members] : ways) {
        cohorts[way] = judge_cohort(cells, policy, members, drafts);
    }
    for (const auto& [usual, cohort] : cohorts) {
        if (!cohort || 2 * ways.at(usual).size() <= all) continue;
        for (const auto& [way, members] : ways) {
            if (way != usual) judge_other_way(cells, survey, policy, *cohort, members, drafts);
        }
    }
}

}  // namespace

void judge_peers(MetricCells& cells, const Survey& survey, const Policy& policy,
                 std::vector<Draft>& drafts) {
    std::map<std::string, std::map<std::int32_t, Members>> skus;
    for (TargetCell& cell : cells.cells()) {
        if (!cell.value) continue;
        if (cells.metric().better == Direction::None) {
            cell.judged.why_not_peers = "neither more nor less of it is better";
            continue;
        }
        skus[sku_of(*survey.run, cell.place)][survey.way(cell)].push_back(&cell);
    }
    for (const auto& [sku, ways] : skus) judge_sku(cells, survey, policy, ways, drafts);
}

}  // namespace rackproof
