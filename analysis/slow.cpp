#include "analysis/slow.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>

#include "analysis/at_fault.hpp"
#include "analysis/curve_metrics.hpp"
#include "analysis/false_discovery.hpp"
#include "analysis/rules.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr const char* kAfterSlowDevice =
    "Retest it alone; if it stays so, compare its clocks, power limit and temperature with a "
    "neighbour's, reseat it, and return it to the vendor if that does not help.";
constexpr const char* kAfterSlowNode =
    "Retest the node; if it stays so, compare its firmware settings, power cap, coolant flow and "
    "running processes with a neighbour's.";
constexpr const char* kAfterHot =
    "Check coolant flow, cold plate and inlet temperature there, and whether it throttles under "
    "load.";
constexpr const char* kAfterSlowRack =
    "Check what the rack's nodes share: coolant supply and its temperature, power feeds and caps, "
    "switch. Its nodes are not blamed; run again when that is put right.";
constexpr const char* kAfterExplainedMode =
    "Bring these targets to the configuration of the others and run again; the nodes themselves "
    "are not blamed.";
constexpr const char* kAfterPlace =
    "Find out what this place in the node has that others have not (airflow, clocks, lanes, the "
    "processor that it hangs on): it is so in nearly all nodes, and no device is blamed for it.";
constexpr const char* kAfterMode =
    "Find out what these targets have in common that the run does not record (batch, firmware, "
    "place, power cap): they are too many to be single faults, and none of them is blamed.";

}  // namespace

std::string after_slow_link(const Run& run, const Place& link) {
    const std::string ends =
        subject(run, first_end(link)) + " and " + subject(run, second_end(link));
    return "Retest the link; if it stays so, swap the cable between " + ends +
           " (behind a switch: that of each port on their way) with a good one and see whether the "
           "fault moves with it.";
}

namespace {

/// What a thermal resistance asks for, by where it sits.
std::string after_poor_cooling(const Run& run, Level level, const Place& place) {
    if (level == Level::Rack) {
        return "Check the rack's coolant loop (flow, filters, valves, pump) and its supply: all of "
               "it is hotter at equal power. Its nodes are not blamed; burn in again when that is "
               "put right.";
    }
    if (level == Level::Node || place.device < 0) {
        return "Check the node's branch of the loop (couplings, hoses, flow), its fans, and "
               "whether "
               "its inlet sensor reads as its neighbours' do; then burn it in again.";
    }
    const Device& device = run.devices[static_cast<std::size_t>(place.device)];
    return fmt::format(
        "Check the cold plate of {} {}: mounting pressure, thermal paste, flow; "
        "burn it in again after that.",
        device.kind == "gpu" ? "GPU" : "device", device.index);
}

std::string action_for(const MetricIdentity& metric, const Run& run, Level level,
                       const Place& place) {
    if (metric.unit == kKelvinPerWatt) return after_poor_cooling(run, level, place);
    if (level == Level::Rack) return kAfterSlowRack;
    if (is_thermal(metric) || is_temperature(metric.unit)) return kAfterHot;
    if (level == Level::Link) return after_slow_link(run, place);
    return level == Level::Device ? kAfterSlowDevice : kAfterSlowNode;
}

/// The draft with its numbers; `expected`, `worse` and `unit` as a Suspect has them.
Draft slow(const Cohort& cohort, double expected, double worse, Verdict verdict, double unit = 1) {
    Draft draft;
    Finding& finding = draft.finding;
    finding.verdict = verdict;
    finding.kind = FindingKind::Slow;
    finding.rule = "cohort";
    finding.expected = cohort.value_at(expected);
    finding.observed = cohort.value_at(expected + unit * worse);
    if (cohort.has_level) {
        finding.deviation = -std::abs(*finding.observed - *finding.expected) /
                            std::max(std::abs(*finding.expected), cohort.floor * cohort.scale);
    }
    finding.cohort = static_cast<std::int64_t>(cohort.size);
    draft.metric = cohort.metric_index;
    return draft;
}

const char* after_mode(ModeCause cause) {
    switch (cause) {
        case ModeCause::None: break;
        case ModeCause::Configuration: return kAfterExplainedMode;
        case ModeCause::PlaceInNode: return kAfterPlace;
    }
    return kAfterMode;
}

/// Of a rack, wherever it was found.
std::string after_bad_rack(const MetricIdentity& metric, const Run& run) {
    return metric.unit == kKelvinPerWatt ? after_poor_cooling(run, Level::Rack, {})
                                         : kAfterSlowRack;
}

std::string times_text(double times) {
    return times < 1e4 ? fmt::format("{:.0f}", times) : fmt::format("{:.0e}", times);
}

const char* plural(Level level) {
    switch (level) {
        case Level::Rack: return "racks";
        case Level::Node: return "nodes";
        case Level::Device: return "devices";
        case Level::Link: return "links";
        case Level::Group:
        case Level::Fleet: break;
    }
    return "groups";
}

/// How sure it is: how many healthy ones there would have to be for one to look like this.
std::string evidence_text(const Contest& contest, double worse, double chance) {
    return fmt::format("{:.1f} robust standard deviations off, as one in {} healthy {} would be",
                       worse / contest.population.spread(), times_text(1 / chance),
                       plural(contest.level));
}

Draft accusation(const Contest& contest, const Cohort& cohort, const Run& run,
                 const Suspect& suspect, double chance, Verdict verdict) {
    const MetricIdentity& metric = cohort.metric;
    Draft draft = slow(cohort, suspect.expected, suspect.worse, verdict, suspect.unit);
    draft.place = suspect.place;
    draft.finding.p_value = chance;
    draft.finding.action = action_for(metric, run, contest.level, suspect.place);
    draft.watched = suspect.nodes;
    const double near = suspect.expected - contest.population.centre();
    const std::string adjusted =
        std::abs(near) > contest.population.spread()
            ? fmt::format(", beyond the {} that its surroundings explain", worse_text(cohort, near))
            : std::string{};
    draft.what =
        fmt::format("{} is {} the median of its cohort of {}{}, {}", metric.name,
                    worse_text(cohort, suspect.worse), cohort.size, adjusted,
                    evidence_text(contest, suspect.seen_as - contest.population.centre(), chance));
    return draft;
}

/// A metric's share in what all of them say of a place together: one healthy place in a hundred is
/// so bad in it.
constexpr double kAttributed = 0.01;

/// Of healthy nodes, with tails as heavy as they may be, at most this share is watched for one
/// metric alone; of racks and links fewer, for several nodes are watched with each.
constexpr double kNodesWatchedFalsely = 0.01;
constexpr double kPlacesWatchedFalsely = 0.001;

/// The cautious chance from which on a place is too likely to be healthy to be watched. `most`: to
/// fail.
double doubtful_from(Level which, const LevelEvidence& level, double most, const Run& run) {
    const auto compared = static_cast<double>(level.compared);
    if (which != Level::Node && which != Level::Device) {
        return std::max(most, kPlacesWatchedFalsely * level.places / compared);
    }
    const auto nodes = static_cast<double>(run.nodes.size());
    return std::max(kFleetsWithAFalseOne, kNodesWatchedFalsely * nodes) / compared;
}

/// Among those that are about as far out, healthy ones may be so many for each: it matters only
/// where more than some fifty are found.
constexpr double kLocalToFail = 0.05;
constexpr double kLocalToWatch = 0.1;

std::int32_t index_in(Level level, const Place& place) {
    switch (level) {
        case Level::Rack: return place.rack;
        case Level::Node: return place.node;
        case Level::Device: return place.device;
        case Level::Link:
        case Level::Group:
        case Level::Fleet: break;
    }
    return -1;
}

/// What `chance` gives for each suspect, as far as a false discovery rate may ask for it. A chance
/// is dear, and most of a million devices' suspects are too near to be found by any rate: from the
/// first of those on, which are the likelier the nearer they are, it is given as 1.
template <class Chance>
std::vector<double> chances_of(const Contest& contest, double rate_of_one, Chance chance) {
    const std::vector<Suspect>& suspects = contest.suspects;
    const double never_found = 2 * rate_of_one * static_cast<double>(suspects.size());
    std::vector<std::size_t> by_distance(suspects.size());
    std::iota(by_distance.begin(), by_distance.end(), std::size_t{0});
    std::ranges::sort(by_distance, std::ranges::greater{},
                      [&](std::size_t i) { return suspects[i].seen_as; });
    std::vector<double> chances(suspects.size(), 1.0);
    for (const std::size_t i : by_distance) {
        const double own = chance(suspects[i].seen_as);
        if (own > never_found) break;
        chances[i] = own;
    }
    return chances;
}

void add_together(const Together& together, Level level, Draft& draft) {
    draft.finding.p_value = together.chance;
    draft.finding.rule = "together";
    draft.what += fmt::format("; its {} metrics together are as of one in {} healthy {}",
                              together.metrics, times_text(1 / together.chance), plural(level));
}

std::vector<std::int32_t> nodes_of(const std::vector<Place>& places) {
    std::set<std::int32_t> nodes;
    for (const Place& place : places) {
        if (place.node >= 0) nodes.insert(place.node);
        if (place.peer_node >= 0) nodes.insert(place.peer_node);
    }
    return {nodes.begin(), nodes.end()};
}

}  // namespace

std::string worse_text(const MetricIdentity& metric, double worse) {
    const bool below = (metric.better == Direction::HigherIsBetter) == (worse >= 0);
    const char* side = below ? "below" : "above";
    if (is_temperature(metric.unit)) return fmt::format("{:.1f} K {}", std::abs(worse), side);
    return fmt::format("{:.1f} % {}", 100 * std::abs(worse), side);
}

std::string worse_text(const Cohort& cohort, double worse) {
    const MetricIdentity& metric = cohort.metric;
    if (cohort.has_level || is_temperature(metric.unit)) return worse_text(metric, worse);
    const bool below = (metric.better == Direction::HigherIsBetter) == (worse >= 0);
    return fmt::format("{:.3g} {} {}", std::abs(worse) * cohort.scale, printable(metric.unit),
                       below ? "below" : "above");
}

std::string names_of(const Run& run, const std::vector<Place>& places) {
    constexpr std::size_t kMostNames = 4;
    std::string names;
    for (std::size_t i = 0; i < std::min(places.size(), kMostNames); ++i) {
        if (i > 0) names += ", ";
        names += subject(run, places[i]);
    }
    if (places.size() > kMostNames) names += fmt::format(", {} more", places.size() - kMostNames);
    return names;
}

void accuse(const Contested& contested, const LevelEvidence& level, const Run& run,
            const Policy& policy, std::vector<Draft>& drafts) {
    const Contest& contest = contested.contest;
    const Cohort& cohort = contested.cohort;
    const Population& population = contest.population;
    const auto size = static_cast<double>(contest.size);
    const std::vector<double> chances = chances_of(
        contest, policy.watch_q / size, [&](double value) { return population.tail(value); });
    const double fails = discovery_threshold(chances, contest.size, policy.fail_q);
    const double watches = discovery_threshold(chances, contest.size, policy.watch_q);
    std::vector<double> cautious(chances.size(), 1.0);
    for (std::size_t i = 0; i < chances.size(); ++i) {
        if (chances[i] > watches) continue;
        cautious[i] = population.cautious_tail(contest.suspects[i].seen_as);
    }
    const double most = discovery_threshold(cautious, level.compared, kFleetsWithAFalseOne);
    const double of_links =
        contest.level == Level::Link
            ? discovery_threshold(cautious, contest.size, kCautionWithLinks * policy.fail_q)
            : 1.0;
    const double doubtful = doubtful_from(contest.level, level, most, run);
    const std::vector<double> local = local_false_rates(chances, contest.size);
    for (std::size_t i = 0; i < contest.suspects.size(); ++i) {
        const Suspect& suspect = contest.suspects[i];
        if (suspect.worse < cohort.min_effect) continue;
        Verdict verdict = Verdict::Pass;
        const bool watch =
            chances[i] <= watches && cautious[i] <= doubtful && local[i] <= kLocalToWatch;
        const bool fail = chances[i] <= fails && cautious[i] <= std::min(most, of_links) &&
                          local[i] <= kLocalToFail;
        if (watch) verdict = Verdict::Watch;
        if (fail) verdict = Verdict::Fail;
        const auto found = level.together.find(index_in(contest.level, suspect.place));
        const bool joined = found != level.together.end() && found->second.verdict > verdict &&
                            population.cautious_tail(suspect.seen_as) <= kAttributed;
        if (joined) verdict = found->second.verdict;
        if (verdict == Verdict::Pass) continue;
        const double chance = population.tail(suspect.seen_as);
        drafts.push_back(accusation(contest, cohort, run, suspect, chance, verdict));
        if (joined) add_together(found->second, contest.level, drafts.back());
    }
}

void tell_of_mode(const Mode& mode, const Cohort& cohort, const Survey& survey,
                  std::vector<Draft>& drafts) {
    const MetricIdentity& metric = cohort.metric;
    Draft draft = slow(cohort, 0, mode.worse, mode.sure ? Verdict::Fail : Verdict::Watch);
    draft.watched = nodes_of(mode.places);
    if (mode.racks.empty()) {
        draft.finding.rule = "population";
        draft.finding.action = after_mode(mode.cause);
        draft.what = fmt::format(
            "{} of the {} targets of {} are a population of their own, {} the others ({}): {}",
            mode.places.size(), cohort.size, metric.name, worse_text(cohort, mode.worse),
            mode.why.empty() ? "no recorded fact explains it" : mode.why,
            names_of(*survey.run, mode.places));
        drafts.push_back(std::move(draft));
        return;
    }
    draft.finding.action = after_bad_rack(metric, *survey.run);
    draft.what = fmt::format("{} is {} that of the other racks, on all of its targets", metric.name,
                             worse_text(cohort, mode.worse));
    const std::vector<std::int32_t> nodes = draft.watched;
    for (const std::int32_t rack : mode.racks) {
        draft.place.rack = rack;
        draft.watched.clear();
        for (const std::int32_t node : nodes) {
            if (survey.fleet.rack(node) == rack) draft.watched.push_back(node);
        }
        drafts.push_back(draft);
    }
}

void tell_of_two(const TwoGroups& two, const Cohort& cohort, const Survey& survey,
                 std::vector<Draft>& drafts) {
    const MetricIdentity& metric = cohort.metric;
    const Run& run = *survey.run;
    const Verdict verdict = two.sure ? Verdict::Fail : Verdict::Watch;
    Draft draft = slow(cohort, two.others_middle, two.difference, verdict);
    draft.finding.p_value = two.chance;
    const bool racks = two.level == Level::Rack;
    (racks ? draft.place.rack : draft.place.node) = two.worse;
    draft.watched = two.nodes;
    draft.finding.action = action_for(metric, run, two.level, draft.place);
    const std::string other =
        racks ? "rack " + survey.fleet.rack_name(two.other) : subject(run, {.node = two.other});
    const double apart = draft.finding.deviation ? -*draft.finding.deviation : two.difference;
    draft.what = fmt::format(
        "{} is {} that of {}, the only other one; one of the two is not as it should be, and "
        "this is the worse one ({:.1f} robust standard deviations apart, as one in {} pairs of "
        "healthy {} would be)",
        metric.name, worse_text(cohort, apart), other, two.spreads, times_text(1 / two.chance),
        plural(two.level));
    drafts.push_back(std::move(draft));
}

}  // namespace rackproof
