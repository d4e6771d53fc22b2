#include "analysis/pairs.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "analysis/at_fault.hpp"
#include "analysis/false_discovery.hpp"
#include "analysis/groups.hpp"
#include "analysis/pair_effects.hpp"
#include "analysis/pair_reading.hpp"
#include "analysis/pair_speeds.hpp"
#include "analysis/pair_words.hpp"
#include "analysis/robust.hpp"
#include "analysis/slow.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

constexpr const char* kAfterTooMany =
    "Look at what chooses the way of a pair (routing, load balancing, algorithm, other traffic): "
    "so many slow pairs without a node, leaf or rack in common are no single faults, and none of "
    "the nodes is blamed. In a fabric of few nodes measure more rounds of pairs, which tell more.";

constexpr const char* kAfterBothSpeeds =
    "Look at the transport and at the hosts' processors before the fabric: Open MPI over TCP lets "
    "the two ways of a pair take turns or not, and ranks that share a core wait for each other. "
    "None of the nodes is blamed; with one rank a core and RDMA, or on hosts at rest, measure "
    "again.";

/// One metric's pairs while they are judged.
struct Judging {
    PairTold told;
    const PairValues& values;
    const PairExplanation& explanation;
    const Policy& policy;
    std::size_t ends = 0;
};

/// The class of most of the cause's slow pairs.
const PairClass& class_of(const Judging& judging, const PairCause& cause) {
    std::map<std::int32_t, std::size_t> counts;
    for (const std::size_t i : cause.slow) {
        ++counts[judging.values.class_of_cell[judging.values.cell[i]]];
    }
    const auto most = std::ranges::max_element(
        counts, [](const auto& a, const auto& b) { return a.second < b.second; });
    return judging.values.classes[at(most->first)];
}

/// What healthy parts of each kind are like: nodes and leaves differ, too. Each kind is fitted
/// once.
class HealthyParts {
  public:
    explicit HealthyParts(const Judging& judging) : judging_{judging} {}

    /// Chance of a healthy one that is so much worse. A part of whose pairs most are fine is not
    /// worse as a whole, and few groups tell nothing: those need pairs that no healthy node would
    /// slow down so much, and are not asked else.
    [[nodiscard]] double chance(const PairCause& cause) {
        constexpr double kFarSpreads = 5;
        constexpr double kFarSpreadsOfAWhole = 2.5;  // its middle is that of many pairs
        const bool is_end = cause.part == PairPart::End;
        const bool is_whole = 2 * cause.slow.size() >= cause.pairs;
        const double far =
            is_whole && cause.part != PairPart::Path ? kFarSpreadsOfAWhole : kFarSpreads;
        const double not_asked = cause.worse > far * judging_.values.spread ? 1e-300 : 1;
        if (!is_end && (cause.part == PairPart::Path || !is_whole)) return not_asked;
        const auto [known, is_new] = populations_.try_emplace(cause.grouping);
        if (is_new) known->second = fitted(is_end, cause.grouping);
        return known->second ? known->second->tail(cause.worse) : not_asked;
    }

  private:
    [[nodiscard]] std::optional<Population> fitted(bool is_end, std::int32_t grouping) const {
        constexpr std::size_t kFewestGroups = 8;
        const std::vector<double>& explained = judging_.explanation.explained;
        const EffectsOfParts effects =
            is_end ? effects_of_ends(judging_.told, explained, judging_.ends)
                   : effects_of_groups(judging_.told, explained, grouping);
        if (!is_end && effects.worse.size() < kFewestGroups) return std::nullopt;
        const auto freedom = static_cast<double>(judging_.values.observations.size()) -
                             static_cast<double>(effects.worse.size());
        return healthy_parts(effects, judging_.values.spread, freedom);
    }

    const Judging& judging_;
    std::map<std::int32_t, std::optional<Population>> populations_;  ///< by grouping; -1: ends
};

Draft slow_draft(const Judging& judging, const PairCause& cause, double chance, Verdict verdict) {
    const Metric& metric = *judging.told.metric;
    const PairClass& like = class_of(judging, cause);
    const double worse = relative(metric.better, cause.worse);
    Draft draft;
    Finding& finding = draft.finding;
    finding.verdict = verdict;
    finding.kind = FindingKind::Slow;
    finding.rule = "pairs";
    finding.expected = like.centre;
    finding.observed = metric.better == Direction::HigherIsBetter ? like.centre * (1 - worse)
                                                                  : like.centre * (1 + worse);
    finding.deviation = -worse;
    finding.p_value = chance;
    finding.cohort = static_cast<std::int64_t>(judging.values.observations.size());
    finding.action = action_after(judging.told, cause, PairTrouble::Slow);
    place_cause(judging.told, cause, draft);
    draft.what = fmt::format("{} is {} that of pairs like them {}; as by chance once in {:.0e}",
                             metric.name, worse_text(identity_of(metric), worse),
                             where_seen(judging.told, cause), 1 / chance);
    return draft;
}

/// Verdicts at the policy's false discovery rates, within the causes of one kind.
template <class MakeDraft>
void accuse_causes(const std::vector<PairCause>& causes, const std::vector<double>& chances,
                   const Policy& policy, MakeDraft make_draft) {
    for (const bool of_ends : {false, true}) {
        std::vector<double> of_kind;
        std::size_t candidates = 1;
        const auto is_of_kind = [&](const PairCause& cause) {
            return (cause.part == PairPart::End) == of_ends;
        };
        for (std::size_t i = 0; i < causes.size(); ++i) {
            if (!is_of_kind(causes[i])) continue;
            of_kind.push_back(chances[i]);
            candidates = causes[i].candidates;
        }
        const double fails = discovery_threshold(of_kind, candidates, policy.fail_q);
        const double watches = discovery_threshold(of_kind, candidates, policy.watch_q);
        for (std::size_t i = 0; i < causes.size(); ++i) {
            if (!is_of_kind(causes[i]) || chances[i] > watches) continue;
            make_draft(causes[i], chances[i], chances[i] <= fails ? Verdict::Fail : Verdict::Watch);
        }
    }
}

std::vector<double> chances_of(const Judging& judging) {
    HealthyParts healthy{judging};
    std::vector<double> chances;
    for (const PairCause& cause : judging.explanation.causes) {
        chances.push_back(std::max(std::exp(-cause.evidence), healthy.chance(cause)));
    }
    return chances;
}

/// What is left and slow beyond doubt, if it is too much: marks it as told.
void judge_unexplained(const Judging& judging, const MetricCells& cells,
                       const UnexplainedPairs& left, PairReport& report) {
    if (!are_too_many_links(left.slow.size(), left.pairs)) return;
    const std::vector<PairObservation>& pairs = judging.values.observations;
    std::vector<double> worse;
    for (const std::size_t i : left.slow) worse.push_back(pairs[i].worse);
    const Metric& metric = *judging.told.metric;
    const double usual = *median(std::move(worse));
    const double middle = relative(metric.better, usual);
    std::map<std::int32_t, std::size_t> of_end;
    for (const std::size_t i : left.slow) {
        ++of_end[pairs[i].first];
        ++of_end[pairs[i].second];
    }
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        if (pairs[i].worse >= usual / 2) report.is_told[judging.values.cell[i]] = true;
    }
    const auto most = std::ranges::max_element(
        of_end, [](const auto& a, const auto& b) { return a.second < b.second; });
    Draft draft;
    draft.finding.verdict = Verdict::Fail;
    draft.finding.kind = FindingKind::Slow;
    draft.finding.rule = "pairs";
    draft.finding.deviation = -middle;
    draft.finding.cohort = static_cast<std::int64_t>(pairs.size());
    const std::string both = both_speeds_text(cells, judging.values, usual);
    draft.finding.action = both.empty() ? kAfterTooMany : kAfterBothSpeeds;
    draft.what = fmt::format(
        "{} of {} pairs of {} are {} that of pairs like them, and no node, link or part of the "
        "fabric explains it; most often among them is {} ({} times){}",
        left.slow.size(), left.pairs, metric.name, worse_text(identity_of(metric), middle),
        name_of_end(judging.told, most->first), most->second, both);
    report.drafts.push_back(std::move(draft));
}

/// True of a finding on all of the fabric, that too many of its pairs are slow.
bool says_too_many_pairs(const Draft& draft) {
    return draft.finding.rule == "pairs" && draft.finding.kind == FindingKind::Slow &&
           draft.place == Place{} && draft.finding.group.empty();
}

void watch_at_most(Draft& draft) {
    if (draft.finding.verdict == Verdict::Fail) draft.finding.verdict = Verdict::Watch;
}

/// Where many pairs are slow and nothing explains them, a part of whose pairs some are slow may be
/// no worse than the others.
bool is_slow_in_nearly_all(const PairCause& cause) {
    constexpr double kNearlyAll = 0.8;
    return static_cast<double>(cause.slow.size()) >= kNearlyAll * static_cast<double>(cause.pairs);
}

std::size_t number_of_ends(const Survey& survey, const Metric& metric) {
    return metric.scope == Scope::DevicePair ? survey.run->devices.size()
                                             : survey.run->nodes.size();
}

std::vector<Grouping> groupings_for(const Survey& survey, const Metric& metric) {
    return metric.scope == Scope::DevicePair ? groupings_of_devices(*survey.run)
                                             : groupings_of_nodes(*survey.run);
}

}  // namespace

PairReport judge_pairs(MetricCells& cells, const Survey& survey, const Policy& policy) {
    const Metric& metric = cells.metric();
    PairReport report;
    if (!is_judged_by_pairs(metric)) return report;
    const std::vector<Grouping> groupings = groupings_for(survey, metric);
    const std::size_t ends = number_of_ends(survey, metric);
    PairReading reading = read_pairs(cells, survey, policy, groupings, ends);
    const UnexplainedPairs left = unexplained_pairs(reading);
    const bool is_doubtful = are_too_many_links(left.slow.size(), left.pairs);
    const PairExplanation explanation = std::move(reading.explanation);
    report.values = std::move(reading.values);
    for (const auto& [cell, why] : report.values.left_out) {
        cells.leave_out(cells.cells()[cell], why);
    }
    report.is_told.assign(cells.cells().size(), false);
    const std::vector<PairObservation>& pairs = report.values.observations;
    if (pairs.empty()) return report;
    const Judging judging{told_of(survey, metric, pairs, groupings, explanation, ends),
                          report.values, explanation, policy, ends};
    accuse_causes(explanation.causes, chances_of(judging), policy,
                  [&](const PairCause& cause, double chance, Verdict verdict) {
                      report.drafts.push_back(slow_draft(judging, cause, chance, verdict));
                      if (is_doubtful && !is_slow_in_nearly_all(cause)) {
                          watch_at_most(report.drafts.back());
                      }
                      for (const std::size_t i : cause.slow) {
                          report.is_told[report.values.cell[i]] = true;
                      }
                  });
    judge_unexplained(judging, cells, left, report);
    for (Draft& draft : report.drafts) draft.metric = cells.index();
    report.fit = fit_of(judging.told, report.values, explanation.explained, cells);
    return report;
}

void leave_to_links(const PairReport& report, Cohort& cohort) {
    const PairValues& values = report.values;
    std::erase_if(cohort.members, [&](const Member& member) {
        return report.is_told[member.cell] || values.class_of_cell[member.cell] < 0;
    });
    const double sign = cohort.metric.better == Direction::HigherIsBetter ? -1.0 : 1.0;
    for (Member& member : cohort.members) {
        const PairClass& like = values.classes[at(values.class_of_cell[member.cell])];
        expect(member,
               {sign * (like.centre - cohort.centre) / cohort.scale, like.centre / cohort.scale});
    }
}

void fold_too_many_links(const Contested& contested, std::size_t first,
                         std::vector<Draft>& drafts) {
    const Cohort& cohort = contested.cohort;
    const auto links = drafts.begin() + static_cast<std::ptrdiff_t>(first);
    if (std::any_of(drafts.begin(), links, says_too_many_pairs)) {
        std::for_each(links, drafts.end(), watch_at_most);
    }
    const auto slow = static_cast<std::size_t>(drafts.end() - links);
    if (!are_too_many_links(slow, contested.contest.size)) return;
    std::vector<double> deviations;
    for (auto link = links; link != drafts.end(); ++link) {
        deviations.push_back(link->finding.deviation.value_or(0.0));
    }
    drafts.erase(links, drafts.end());
    const double middle = -median(std::move(deviations)).value_or(0.0);
    Draft draft;
    draft.finding.verdict = Verdict::Fail;
    draft.finding.kind = FindingKind::Slow;
    draft.finding.rule = "pairs";
    draft.finding.deviation = -middle;
    draft.finding.cohort = static_cast<std::int64_t>(contested.contest.size);
    draft.finding.action = kAfterTooMany;
    draft.metric = cohort.metric_index;
    draft.what = fmt::format(
        "{} of {} pairs of {} are about {} that of pairs like them, and no node, link or part of "
        "the fabric explains it",
        slow, contested.contest.size, cohort.metric.name, worse_text(cohort.metric, middle));
    drafts.push_back(std::move(draft));
}

std::set<std::int32_t> judge_broken_pairs(const MetricCells& cells, const Survey& survey,
                                          const Policy& policy, std::vector<Draft>& drafts) {
    const Metric& metric = cells.metric();
    std::set<std::int32_t> nodes;
    if (metric.scope != Scope::NodePair) return nodes;
    std::vector<PairObservation> pairs;
    bool any = false;
    for (const TargetCell& cell : cells.cells()) {
        const bool is_broken = broke(cells.last_outcome(cell));
        if (!is_broken && !cell.value) continue;
        if (cell.place.node == cell.place.peer_node) continue;
        if (places_at_fault(*survey.run, survey.to_blame, cell.place).front() != cell.place) {
            continue;  // it is known why
        }
        pairs.push_back({cell.place.node, cell.place.peer_node, is_broken ? 1.0 : 0.0});
        any = any || is_broken;
    }
    if (!any) return nodes;
    const std::vector<Grouping> groupings = groupings_of_nodes(*survey.run);
    constexpr double kBroken = 0.5;
    const PairExplanation explanation = explain_pairs(pairs, survey.run->nodes.size(), groupings,
                                                      {{kBroken}, policy.watch_q, false});
    const PairTold told =
        told_of(survey, metric, pairs, groupings, explanation, survey.run->nodes.size());
    std::vector<double> chances;
    for (const PairCause& cause : explanation.causes) chances.push_back(std::exp(-cause.evidence));
    accuse_causes(explanation.causes, chances, policy,
                  [&](const PairCause& cause, double chance, Verdict verdict) {
                      Draft draft;
                      draft.finding.verdict = verdict;
                      draft.finding.kind = FindingKind::Hardware;
                      draft.finding.rule = "pairs";
                      draft.finding.p_value = chance;
                      draft.finding.cohort = static_cast<std::int64_t>(pairs.size());
                      draft.finding.action = action_after(told, cause, PairTrouble::Broken);
                      place_cause(told, cause, draft);
                      draft.metric = cells.index();
                      draft.what = metric.name + " broke " + where_seen(told, cause);
                      drafts.push_back(std::move(draft));
                      if (cause.part == PairPart::End) nodes.insert(cause.end);
                  });
    return nodes;
}

}  // namespace rackproof
