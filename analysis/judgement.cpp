#include "analysis/judgement.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "analysis/cells.hpp"
#include "analysis/confirmation.hpp"
#include "analysis/curve_metrics.hpp"
#include "analysis/draft.hpp"
#include "analysis/drift.hpp"
#include "analysis/exposure.hpp"
#include "analysis/joint.hpp"
#include "analysis/pair_words.hpp"
#include "analysis/pairs.hpp"
#include "analysis/parallel.hpp"
#include "analysis/rate_fall.hpp"
#include "analysis/ring_rates.hpp"
#include "analysis/rules.hpp"
#include "analysis/searches.hpp"
#include "analysis/sensitivity.hpp"
#include "analysis/skew.hpp"
#include "analysis/slow.hpp"
#include "analysis/tails.hpp"
#include "analysis/verdicts.hpp"
#include "core/amendment.hpp"
#include "core/event_codes.hpp"
#include "core/index.hpp"

namespace rackproof {

namespace {

/// What one metric adds to the judgement, small enough to be kept for all metrics of a fleet.
struct MetricPart {
    MetricIdentity identity;
    std::vector<Draft> drafts;
    std::vector<OddDigest> digests;
    std::vector<Contested> contests;
    std::vector<Draft> lossy_pairs;
    Presence presence;
    Coverage coverage;
    std::vector<CellCounts> counts;
    std::vector<Sensitivity> sensitivity;
    std::optional<PairFit> pairs;
    std::vector<PairNumber> usual;
    MeasuredAgain again;
    LinkRates links;
    RingRates rings;
    SearchGap gap;
    DriftReport drift;
};

MetricPart judge_metric(const Survey& survey, const Metric& metric, std::size_t index,
                        const Policy& policy, Past* past) {
    MetricCells cells{survey, metric, index};
    MetricPart part;
    part.identity = identity_of(metric);
    judge_outcomes(cells, survey, policy, part.drafts);
    judge_likeness(cells, survey, part.drafts);
    PeerReport peers = judge_peers(cells, survey, policy);
    std::ranges::move(peers.drafts, std::back_inserter(part.drafts));
    part.contests = std::move(peers.contests);
    part.lossy_pairs = std::move(peers.lossy_pairs);
    judge_limits(cells, survey, policy, part.drafts);
    judge_skew(cells, survey, policy, part.drafts);
    part.digests = judge_digests(cells, survey);
    part.presence = presence_of(cells, survey, policy);
    part.coverage = coverage_of(cells, policy);
    part.coverage.gradient = std::move(peers.gradient);
    part.pairs = std::move(peers.pairs);
    part.usual = std::move(peers.usual);
    part.again = measured_again(cells);
    part.links = link_rates(cells, survey.run->nodes.size());
    part.rings = ring_rates(cells);
    part.gap = search_gap(cells, survey);
    part.coverage.exposure = exposure_text(survey, cells);
    if (part.pairs) part.coverage.pairs = pair_coverage_text(*part.pairs);
    part.counts = counts_of(cells, survey.run->nodes.size());
    if (past != nullptr) part.drift = judge_drift(cells, survey, *past, policy);
    return part;
}

/// Each metric's part, in the run's order, whoever of the threads worked on it.
std::vector<MetricPart> judge_metrics(const Survey& survey, WithCurves& source,
                                      const Policy& policy, std::size_t threads, Past* past) {
    std::vector<MetricPart> parts(source.names().size());
    for_each_index(parts.size(), threads, [&](std::size_t i) {
        const bool measured = !source.is_curve(i);
        parts[i] = judge_metric(survey, *source.metric(i), i, policy, measured ? past : nullptr);
        if (measured) return;
        parts[i].counts.assign(survey.run->nodes.size(), {});  // no cell of the manifest
        parts[i].presence.optional = true;  // who has no value has a finding that says why
    });
    return parts;
}

/// Links that scatter, and that nothing has accused by now: once each.
void tell_of_lossy_pairs(MetricPart& part) {
    for (Draft& lossy : part.lossy_pairs) {
        const bool is_accused = std::ranges::any_of(part.drafts, [&](const Draft& draft) {
            return draft.place == lossy.place && draft.finding.kind == FindingKind::Slow;
        });
        if (!is_accused) part.drafts.push_back(std::move(lossy));
    }
}

/// Accuses the suspects of all metrics, with what they together say of healthy tails.
void accuse_all(std::vector<MetricPart>& parts, const Run& run, const Policy& policy,
                std::size_t threads) {
    Alike alike;
    std::map<Level, std::vector<const Contest*>> by_level;
    for (MetricPart& part : parts) {
        for (auto& [contest, cohort] : part.contests) {
            std::vector<Population*>& populations = alike[{contest.level, contest.compared}];
            if (shares_its_tail(contest, cohort)) populations.push_back(&contest.population);
            by_level[contest.level].push_back(&contest);
        }
    }
    for (auto& [kind, populations] : alike) share_tails(populations);
    LevelsEvidence levels;
    for (const auto& [level, contests] : by_level) {
        LevelEvidence& evidence = levels[level];
        for (const Contest* contest : contests) {
            const auto size = static_cast<double>(contest->size);
            evidence.compared += contest->size;
            evidence.places = std::max(evidence.places, size);
        }
        evidence.together = judge_together(contests, policy, threads);
    }
    for_each_index(parts.size(), threads, [&](std::size_t i) {
        MetricPart& part = parts[i];
        for (const Contested& each : part.contests) {
            const std::size_t before = part.drafts.size();
            accuse(each, levels.at(each.contest.level), run, policy, part.drafts);
            if (each.contest.level == Level::Link) fold_too_many_links(each, before, part.drafts);
        }
        tell_of_lossy_pairs(part);
        const auto completed = part.coverage.outcomes.find(Outcome::Completed);
        if (completed == part.coverage.outcomes.end() || completed->second == 0) return;
        part.sensitivity = sensitivity_of(part.identity, part.contests, levels, alike, policy);
    });
}

/// What was found of pairs, in the light of what was measured again for it.
void tell_of_confirmations(std::vector<MetricPart>& parts, const Run& run) {
    std::map<std::string, std::vector<MetricPart*>> again;
    for (MetricPart& part : parts) {
        if (!part.again.of.empty()) again[part.again.of].push_back(&part);
    }
    for (MetricPart& part : parts) {
        const auto found = again.find(part.identity.name);
        if (found == again.end()) continue;
        std::vector<MeasuredAgain> measured;
        for (MetricPart* confirming : found->second) {
            count_at_suspects(run, part.drafts, confirming->drafts);
            measured.push_back(std::move(confirming->again));
        }
        tell_of_confirmation(run, part.identity, part.usual, measured, part.drafts);
    }
}

/// Collectives, in the light of what the pairs of the same run reach.
void hold_against_links(std::vector<MetricPart>& parts, const Run& run) {
    std::vector<LinkRates> links;
    for (MetricPart& part : parts) {
        if (part.links.bytes > 0) links.push_back(std::move(part.links));
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        MetricPart& part = parts[i];
        judge_rings(run, links, part.rings, part.identity, i, part.drafts);
    }
}

/// All metrics' drafts, with each odd output told of once.
std::vector<Draft> drafts_of(std::vector<MetricPart>& parts) {
    std::vector<Draft> drafts;
    std::set<std::tuple<Place, std::string, Verdict>> told;
    for (MetricPart& part : parts) {
        std::ranges::move(part.drafts, std::back_inserter(drafts));
        std::ranges::move(part.drift.drafts, std::back_inserter(drafts));
        for (OddDigest& odd : part.digests) {
            const auto what = std::tuple{odd.draft.place, odd.digest, odd.draft.finding.verdict};
            if (told.insert(what).second) drafts.push_back(std::move(odd.draft));
        }
    }
    return drafts;
}

/// "Held against 29 earlier runs, from 2026-01-01 to 2026-01-29."
std::string past_text(const std::vector<Night>& nights) {
    constexpr std::size_t kDay = 10;
    if (nights.empty()) return "There is no earlier run.";
    const bool enough = nights.size() + 1 >= 2 * kFewestNights;
    return "Held against " + std::to_string(nights.size()) + " earlier runs, from " +
           nights.front().started.substr(0, kDay) + " to " + nights.back().started.substr(0, kDay) +
           (enough ? "." : ": too few, " + std::to_string(2 * kFewestNights - 1) + " are needed.");
}

/// In whole or in part; each once, also where a run that went on has told of it again.
std::vector<std::string> stages_left_out(const Run& facts) {
    std::vector<std::string> told;
    for (const Event& event : facts.events) {
        if (event.code != event_code::kStageLeftOut && event.code != event_code::kSearchNotDue &&
            event.code != event_code::kSearchCut) {
            continue;
        }
        if (std::ranges::find(told, event.text) == told.end()) told.push_back(event.text);
    }
    return told;
}

}  // namespace

Judgement judge(const Run& run, const Policy& policy) {
    HeldMetrics metrics{run};
    return judge(run, metrics, policy, 1);
}

Judgement judge(const Run& facts, MetricSource& metrics, const Policy& policy, std::size_t threads,
                Past* past) {
    check_policy(policy);
    const Survey survey{facts};
    CurveReport curves = curve_report(survey, metrics, policy);
    WithCurves all{metrics, std::move(curves.metrics)};
    std::vector<MetricPart> parts = judge_metrics(survey, all, policy, threads, past);
    accuse_all(parts, facts, policy, threads);
    tell_of_confirmations(parts, facts);
    hold_against_links(parts, facts);
    std::vector<Draft> drafts = drafts_of(parts);
    std::ranges::move(curves.drafts, std::back_inserter(drafts));

    Judgement judgement;
    judgement.run_id = facts.run_id;
    judgement.run_complete = facts.complete;
    judgement.policy = policy;
    for (const Event& event : facts.events) {
        if (event.code == kAmendedCode) judgement.amendments.push_back(event.text);
    }
    judgement.left_out = stages_left_out(facts);
    judgement.provisional = provisional_notes(policy);
    judgement.nodes = node_verdicts(facts);
    std::vector<Presence> presences;
    std::vector<MetricIdentity> identities;
    std::vector<Shift> shifts;
    std::vector<SearchGap> gaps;
    if (past != nullptr) judgement.history.push_back(past_text(past->nights()));
    for (MetricPart& part : parts) {
        add_counts(part.identity.suite, part.counts, judgement.nodes);
        presences.push_back(std::move(part.presence));
        std::ranges::move(part.drift.shifts, std::back_inserter(shifts));
        if (!part.drift.note.empty()) judgement.history.push_back(std::move(part.drift.note));
        identities.push_back(std::move(part.identity));
        judgement.coverage.push_back(std::move(part.coverage));
        std::ranges::move(part.sensitivity, std::back_inserter(judgement.sensitivity));
        gaps.push_back(std::move(part.gap));
        if (part.pairs) judgement.pairs.push_back(std::move(*part.pairs));
    }
    if (past != nullptr) {
        tell_of_shifts(shifts, identities, survey, past->nights(), policy, drafts);
    }
    judge_searches(gaps, judgement.coverage, drafts);
    judge_idle_limits(all.names(), policy, drafts);
    judge_absences(survey, presences, drafts);
    judge_events(facts, drafts);
    judge_unjudged(facts, presences, policy, drafts);
    judge_inventory(survey, policy, threads, drafts);
    say_when_rates_fell(curves.falls, identities, drafts);
    drafts = thermal_findings_once(survey, identities, std::move(drafts));
    drafts = collapsed(facts, std::move(drafts));
    finish(survey, identities, drafts);
    add_findings(drafts, identities, judgement.nodes);
    judgement.racks = rack_verdicts(judgement.nodes, drafts);
    for (Draft& draft : drafts) judgement.findings.push_back(std::move(draft.finding));
    return judgement;
}

Verdict overall_verdict(const Judgement& judgement) {
    Verdict verdict = judgement.run_complete ? Verdict::Pass : Verdict::NoData;
    for (const Finding& finding : judgement.findings) {
        verdict = worst(verdict, finding.waived.empty() ? finding.verdict : Verdict::Watch);
    }
    return verdict;
}

Verdict worst_finding(const NodeVerdict& node, const Judgement& judgement,
                      const std::function<bool(const Finding&)>& counts) {
    Verdict verdict = Verdict::Pass;
    for (const std::int32_t id : node.findings) {
        const Finding& finding = judgement.findings[at(id)];
        if (!counts(finding)) continue;
        const bool in_full = finding.waived.empty() && !finding.node.empty();
        verdict = worst(verdict, in_full ? finding.verdict : Verdict::Watch);
    }
    return verdict;
}

int exit_status(const Judgement& judgement) {
    const Verdict verdict = overall_verdict(judgement);
    return verdict == Verdict::Fail ? 1 : verdict == Verdict::NoData ? 3 : 0;
}

}  // namespace rackproof
