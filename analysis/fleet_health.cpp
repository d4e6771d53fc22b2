#include "analysis/fleet_health.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "core/index.hpp"

namespace rackproof {
namespace {

using NodeNights = std::vector<std::optional<Verdict>>;
using PlacesByName = std::map<std::pair<std::string, std::string>, PlaceHealth>;  // by row and rack

bool is_of_the_night(const Finding& finding) { return finding.rule != kHistoryRule; }

/// The verdict on the night alone: its own past counts in no night, so that all are alike.
Verdict verdict_of(const NodeVerdict& node, const Judgement& judgement) {
    const bool has_past = std::ranges::any_of(node.findings, [&](std::int32_t id) {
        return !is_of_the_night(judgement.findings[at(id)]);
    });
    if (!has_past) return node.verdict;
    return std::min(node.verdict, worst_finding(node, judgement, is_of_the_night));
}

Verdict overall_of_the_night(const Judgement& judgement) {
    Judgement night;
    night.run_complete = judgement.run_complete;
    std::ranges::copy_if(judgement.findings, std::back_inserter(night.findings), is_of_the_night);
    return overall_verdict(night);
}

std::optional<Transition> transition_to_pass(const NodeNights& nights) {
    const std::optional<Verdict>& before = nights[nights.size() - 2];
    if (!before) {
        const auto is_seen = [](const auto& night) { return night.has_value(); };
        const bool was_seen = std::any_of(nights.begin(), nights.end() - 1, is_seen);
        return was_seen ? Transition::Returned : Transition::FirstSeen;
    }
    if (*before == Verdict::Pass) return std::nullopt;
    return *before == Verdict::Watch ? Transition::WatchLifted : Transition::Recovered;
}

std::optional<Transition> transition_of(const NodeNights& nights) {
    if (nights.size() < 2) return std::nullopt;
    const std::optional<Verdict>& before = nights[nights.size() - 2];
    const std::optional<Verdict>& now = nights.back();
    const bool is_same = before == now;
    if (!now) return is_same ? Transition::StillAbsent : Transition::NewlyAbsent;
    switch (*now) {
        case Verdict::Fail: return is_same ? Transition::StillFails : Transition::NewlyFailed;
        case Verdict::NoData: return is_same ? Transition::StillNoData : Transition::NewlyNoData;
        case Verdict::Watch:
            return is_same ? std::nullopt : std::optional{Transition::NewlyWatched};
        case Verdict::Pass: return transition_to_pass(nights);
    }
    return std::nullopt;
}

VerdictCounts counts_of_nights(const NodeNights& nights) {
    VerdictCounts counts;
    for (const auto& verdict : nights) counts.add(verdict);
    return counts;
}

std::int64_t bad_nights(const VerdictCounts& counts) {
    return counts.of(Verdict::Fail) + counts.of(Verdict::NoData) + counts.of(Verdict::Watch);
}

void add_to(PlaceHealth& place, const NodeNights& nights) {
    ++place.nodes;
    if (std::ranges::find(nights, Verdict::Fail) != nights.end()) ++place.ever_failed;
    for (const auto& verdict : nights) place.period.add(verdict);
    place.last.add(nights.back());
}

/// Worst first, those that are equally bad by name.
std::vector<PlaceHealth> sorted_places(const PlacesByName& places) {
    std::vector<PlaceHealth> sorted;
    sorted.reserve(places.size());
    for (const auto& [name, place] : places) {
        PlaceHealth& named = sorted.emplace_back(place);
        named.row = name.first;
        named.rack = name.second;
    }
    std::ranges::stable_sort(sorted, [](const PlaceHealth& a, const PlaceHealth& b) {
        const auto badness = [](const PlaceHealth& place) {
            return std::tuple{place.period.fail_share().value_or(0), place.last.of(Verdict::Fail),
                              place.period.unjudged_share()};
        };
        return badness(a) > badness(b);
    });
    return sorted;
}

}  // namespace

void VerdictCounts::add(const std::optional<Verdict>& verdict) {
    if (verdict) {
        ++by_verdict[*verdict];
    } else {
        ++absent;
    }
}

std::int64_t VerdictCounts::of(Verdict verdict) const {
    const auto found = by_verdict.find(verdict);
    return found == by_verdict.end() ? 0 : found->second;
}

std::int64_t VerdictCounts::all() const {
    std::int64_t all = absent;
    for (const auto& [verdict, count] : by_verdict) all += count;
    return all;
}

std::optional<double> VerdictCounts::fail_share() const {
    const std::int64_t judged = all() - absent - of(Verdict::NoData);
    if (judged == 0) return std::nullopt;
    return static_cast<double>(of(Verdict::Fail)) / static_cast<double>(judged);
}

double VerdictCounts::unjudged_share() const {
    const std::int64_t count = all();
    const std::int64_t unjudged = absent + of(Verdict::NoData);
    return count == 0 ? 0 : static_cast<double>(unjudged) / static_cast<double>(count);
}

std::string_view to_string(Transition transition) noexcept {
    switch (transition) {
        case Transition::NewlyFailed: return "newly_failed";
        case Transition::NewlyNoData: return "newly_no_data";
        case Transition::NewlyAbsent: return "newly_absent";
        case Transition::NewlyWatched: return "newly_watched";
        case Transition::StillFails: return "still_fails";
        case Transition::StillNoData: return "still_no_data";
        case Transition::StillAbsent: return "still_absent";
        case Transition::Recovered: return "recovered";
        case Transition::WatchLifted: return "watch_lifted";
        case Transition::Returned: return "returned";
        case Transition::FirstSeen: return "first_seen";
    }
    return "unknown";
}

void FleetPast::begin_night() {
    nights_.emplace_back();
    nights_.back().verdicts.resize(nodes_.size());
}

std::int32_t FleetPast::blame_of(const Finding& finding) {
    const auto [known, is_new] = blame_index_.emplace(RuleAndMetric{finding.rule, finding.metric},
                                                      static_cast<std::int32_t>(blames_.size()));
    if (is_new) blames_.push_back(known->first);
    return known->second;
}

void FleetPast::add(const DatedRun& run, const Judgement& judgement) {
    KeptNight& night = nights_.back();
    NightSummary& summary = night.summary;
    if (summary.runs == 0) summary.started = run.started;
    ++summary.runs;
    summary.plans.insert(run.plan);
    summary.complete = summary.complete && judgement.run_complete;
    summary.overall = worst(summary.overall, overall_of_the_night(judgement));
    for (std::size_t i = 0; i < judgement.nodes.size(); ++i) {
        const NodeVerdict& node = judgement.nodes[i];
        const std::int32_t index = run.nodes[i];
        std::optional<Verdict>& verdict = night.verdicts[at(index)];
        verdict = worst(verdict.value_or(Verdict::Pass), verdict_of(node, judgement));
        std::vector<std::int32_t> blamed;
        for (const std::int32_t id : node.findings) {
            const Finding& finding = judgement.findings[at(id)];
            if (is_of_the_night(finding)) blamed.push_back(blame_of(finding));
        }
        if (blamed.empty()) continue;
        std::vector<std::int32_t>& all = night.blamed[index];
        all.insert(all.end(), blamed.begin(), blamed.end());
        std::ranges::sort(all);
        all.erase(std::unique(all.begin(), all.end()), all.end());
    }
}

FleetPast::NodeNights FleetPast::nights_of_node(std::size_t node) const {
    NodeNights nights;
    nights.reserve(nights_.size());
    for (const KeptNight& night : nights_) nights.push_back(night.verdicts[node]);
    return nights;
}

std::vector<std::pair<RuleAndMetric, std::int64_t>> FleetPast::blamed(std::size_t node) const {
    std::map<std::int32_t, std::int64_t> nights_by_blame;
    for (const KeptNight& night : nights_) {
        const auto found = night.blamed.find(static_cast<std::int32_t>(node));
        if (found == night.blamed.end()) continue;
        for (const std::int32_t blame : found->second) ++nights_by_blame[blame];
    }
    std::vector<std::pair<RuleAndMetric, std::int64_t>> sorted;
    sorted.reserve(nights_by_blame.size());
    for (const auto& [blame, count] : nights_by_blame)
        sorted.emplace_back(blames_[at(blame)], count);
    std::ranges::sort(sorted, [](const auto& a, const auto& b) {
        return std::tie(b.second, a.first) < std::tie(a.second, b.first);
    });
    return sorted;
}

void FleetPast::add_offender(std::size_t node, const NodeNights& nights,
                             FleetHealth& health) const {
    constexpr std::int64_t kFewestBadNights = 2;
    const VerdictCounts counts = counts_of_nights(nights);
    if (bad_nights(counts) < kFewestBadNights) return;
    health.offenders.push_back({nodes_[node], nights, counts, blamed(node)});
}

FleetHealth FleetPast::health() const {
    FleetHealth health;
    for (const KeptNight& night : nights_) health.nights.push_back(night.summary);
    PlacesByName racks;
    PlacesByName rows;
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
        const PlacedNode& place = nodes_[node];
        const NodeNights nights = nights_of_node(node);
        const bool is_seen = std::ranges::any_of(nights, &std::optional<Verdict>::has_value);
        if (!is_seen) continue;  // of another fleet, or of older nights
        ++health.nodes;
        for (std::size_t i = 0; i < nights.size(); ++i) health.nights[i].nodes.add(nights[i]);
        if (const auto transition = transition_of(nights)) {
            health.transitions[*transition].push_back(place.name);
        }
        add_offender(node, nights, health);
        add_to(racks[{place.row, place.rack}], nights);
        add_to(rows[{place.row, ""}], nights);
    }
    for (auto& [transition, names] : health.transitions) std::ranges::sort(names);
    std::ranges::sort(health.offenders, [](const Offender& a, const Offender& b) {
        const auto badness = [](const Offender& offender) {
            return std::tuple{offender.counts.of(Verdict::Fail), bad_nights(offender.counts)};
        };
        return std::tuple{badness(b), a.node.name} < std::tuple{badness(a), b.node.name};
    });
    health.racks = sorted_places(racks);
    health.rows = sorted_places(rows);
    return health;
}

Verdict overall_verdict(const FleetHealth& health) {
    const NightSummary& last = health.nights.back();
    Verdict verdict = last.overall;
    const auto is_in_last_night = [&](Verdict each) { return last.nodes.of(each) > 0; };
    for (const Verdict each : {Verdict::Watch, Verdict::NoData, Verdict::Fail}) {
        if (is_in_last_night(each)) verdict = worst(verdict, each);
    }
    if (last.nodes.absent > 0) verdict = worst(verdict, Verdict::NoData);
    for (const Finding& finding : health.drift) {
        verdict = worst(verdict, finding.waived.empty() ? finding.verdict : Verdict::Watch);
    }
    return verdict;
}

int exit_status(const FleetHealth& health) {
    const Verdict verdict = overall_verdict(health);
    return verdict == Verdict::Fail ? 1 : verdict == Verdict::NoData ? 3 : 0;
}

}  // namespace rackproof
