#include "analysis/pair_causes.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "analysis/pair_counting.hpp"
#include "analysis/pair_evidence.hpp"
#include "analysis/pair_gains.hpp"
#include "analysis/pair_parts.hpp"
#include "analysis/robust.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

/// Of a cause's usual slowness: what is less is slow for itself, what is more has a further cause.
constexpr double kSameFault = 0.5;
constexpr double kCovered = 1.5;

/// Explains slow pairs step by step: the best part first, and what it explains is asked no more.
class Explaining {
  public:
    Explaining(std::span<const PairObservation> observations, std::size_t ends,
               const std::vector<Grouping>& groupings, const PairQuestion& question)
        : observations_{observations},
          q_{question.q},
          may_lie_in_the_fabric_{question.may_lie_in_the_fabric},
          groupings_{static_cast<std::int32_t>(groupings.size())},
          scales_{observations.size()},
          ends_{candidate_ends(observations, ends)},
          groups_{candidate_groups(observations, groupings)},
          place_of_end_(ends, 0),
          is_named_(ends, false),
          is_named_group_(groups_.size(), false),
          counting_{observations, question.thresholds},
          gains_{counting_, ends_, groups_, place_of_end_} {
        for (std::size_t i = 0; i < ends_.size(); ++i) place_of_end_[at(ends_[i].end)] = i;
    }

    Explaining(const Explaining&) = delete;
    Explaining& operator=(const Explaining&) = delete;

    PairExplanation explain() {
        name_what_explains();
        name_groups_anew();
        drop_the_unsure();
        if (may_lie_in_the_fabric_) drop_what_most_ways_share();
        found_.explained = counting_.explained();
        return std::move(found_);
    }

  private:
    void name_what_explains() {
        constexpr int kMostSteps = 1000;  // each names somebody: a bound for fabrics beyond repair
        for (int step = 0; step < kMostSteps; ++step) {
            if (!name_a_group() && !name_ends(weigh_all(ends_))) break;
        }
    }

    /// The first group was named while others were not known: a rack that has pairs of a bad leaf
    /// and of a neighbour's bad uplink. Each is let go, and with all others known named again, or
    /// another one that shares an end with it.
    void name_groups_anew() {
        constexpr std::ptrdiff_t kMostGroups = 8;
        const auto is_group = [](const PairCause& cause) { return cause.part != PairPart::End; };
        const auto groups = std::ranges::count_if(found_.causes, is_group);
        if (groups < 2) return;
        bool any_other = false;
        for (std::ptrdiff_t turn = 0; turn < std::min(groups, kMostGroups); ++turn) {
            const auto first = std::ranges::find_if(found_.causes, is_group);
            if (first == found_.causes.end()) break;
            const auto number = static_cast<std::size_t>(first - found_.causes.begin());
            const PairCandidate& group = *named_[number].candidate;
            is_named_group_[at_group(group)] = false;
            drop(number);
            name_a_group(&group);  // those named anew stand behind the others
            any_other = any_other || !is_named_group_[at_group(group)];
        }
        if (any_other) name_what_explains();
    }

    /// True if some end lies in both.
    static bool share_an_end(const PairCandidate& a, const PairCandidate& b) {
        return std::ranges::any_of(
            a.ends, [&](std::int32_t end) { return std::ranges::binary_search(b.ends, end); });
    }

    [[nodiscard]] std::size_t at_group(const PairCandidate& group) const {
        return static_cast<std::size_t>(&group - groups_.data());
    }

    [[nodiscard]] std::optional<PairEvidence> weigh(const PairCandidate& candidate) const {
        return scales_.weigh(counting_.tally_of(candidate, {}), counting_.all(),
                             counting_.thresholds());
    }

    [[nodiscard]] std::vector<std::optional<PairEvidence>> weigh_all(
        const std::vector<PairCandidate>& candidates) const {
        std::vector<std::optional<PairEvidence>> evidence;
        evidence.reserve(candidates.size());
        for (const PairCandidate& each : candidates) evidence.push_back(weigh(each));
        return evidence;
    }

    /// The group that explains most, of those that explain more than ends or parts of theirs. If
    /// `near` is given, one that shares an end with it.
    bool name_a_group(const PairCandidate* near = nullptr) {
        std::optional<std::size_t> best;
        std::size_t threshold = 0;
        double most = 0;
        for (std::size_t i = 0; i < groups_.size(); ++i) {
            const PairCandidate& group = groups_[i];
            if (near != nullptr && !share_an_end(*near, group)) continue;
            const auto own = is_named_group_[i] ? std::nullopt : weigh(group);
            if (!own || own->log_e < name_cost(groups_.size())) continue;
            const std::size_t clearest = gains_.clearest_threshold(group);
            const double gain = gains_.of_group(group, clearest);
            if (gain <= std::max(most, gains_.of_ends(group, clearest))) continue;
            if (!is_of_several(group, clearest)) continue;
            if (group.is_inside && !is_slow_unlike_its_like(group, clearest)) continue;
            if (gain <= gains_.of_parts(group, clearest, is_named_group_)) continue;
            best = i;
            threshold = clearest;
            most = gain;
        }
        if (!best) return false;
        name(groups_[*best], threshold, groups_.size());
        is_named_group_[*best] = true;
        return true;
    }

    /// Ends that explain more than their names cost, the surest first. Some of them by chance:
    /// while other faults are unexplained, none of them is sure.
    bool name_ends(const std::vector<std::optional<PairEvidence>>& of_ends) {
        const double needed = name_cost(ends_.size());
        std::vector<std::size_t> order;
        for (std::size_t i = 0; i < ends_.size(); ++i) {
            const bool is_new = of_ends[i] && !is_named_[at(ends_[i].end)];
            if (is_new && of_ends[i]->log_e >= needed) order.push_back(i);
        }
        std::ranges::stable_sort(order, std::ranges::greater{},
                                 [&](std::size_t i) { return of_ends[i]->log_e; });
        bool any = false;
        for (const std::size_t i : order) {
            const PairCandidate& end = ends_[i];
            const auto now = weigh(end);  // what those before it explain is asked no more
            if (!now || now->log_e < needed) continue;
            if (!has_several_partners(end, now->threshold)) continue;
            name(end, now->threshold, ends_.size());
            is_named_[at(end.end)] = true;
            any = true;
        }
        return any;
    }

    /// Drops what was named and, with all others known, is not sure enough: the weakest first, for
    /// what it leaves behind may make another one surer.
    void drop_the_unsure() {
        while (true) {
            const auto causes_of = causes_of_observations();
            for (std::size_t i = 0; i < found_.causes.size(); ++i) reweigh(i, causes_of);
            std::optional<std::size_t> weakest;
            double least = 0;
            const double needed_of_ends = needed_of_found_ends();
            for (std::size_t i = 0; i < found_.causes.size(); ++i) {
                const PairCause& cause = found_.causes[i];
                const double needed = cause.part == PairPart::End
                                          ? needed_of_ends
                                          : sure(cause.candidates, std::size_t{1});
                if (cause.evidence - needed >= least) continue;
                least = cause.evidence - needed;
                weakest = i;
            }
            if (!weakest) return;
            drop(*weakest);
        }
    }

    /// So large an e-value keeps the false discovery rate where so many are found (Wang & Ramdas
    /// 2022).
    [[nodiscard]] double sure(std::size_t candidates, std::size_t found) const {
        return std::log(static_cast<double>(std::max<std::size_t>(candidates, 1)) /
                        (q_ * static_cast<double>(found)));
    }

    /// Where nearly all pairs from one group to another are slow, that is how the fabric is, or has
    /// another cause: no fault of what leads out of each.
    void drop_what_most_ways_share() {
        constexpr double kNearlyAll = 0.85;  // what leads out of 2 of 4 groups is 5 of 6 ways
        for (std::int32_t grouping = 0; grouping < groupings_; ++grouping) {
            const auto is_way = [&](const PairCause& cause) {
                return cause.grouping == grouping &&
                       (cause.part == PairPart::Uplink || cause.part == PairPart::Path);
            };
            if (std::ranges::none_of(found_.causes, is_way)) continue;
            std::vector<const PairCandidate*> slow;
            for (std::size_t i = 0; i < found_.causes.size(); ++i) {
                if (is_way(found_.causes[i])) slow.push_back(named_[i].candidate);
            }
            std::vector<const PairCandidate*> all;
            for (const PairCandidate& each : groups_) {
                const bool leads_out = each.part == PairPart::Uplink && each.grouping == grouping;
                if (leads_out) all.push_back(&each);
            }
            const auto most = kNearlyAll * static_cast<double>(observations_on(all));
            if (all.empty() || static_cast<double>(observations_on(slow)) <= most) continue;
            for (std::size_t i = found_.causes.size(); i-- > 0;) {
                if (is_way(found_.causes[i])) drop(i);
            }
        }
    }

    /// How many observations lie on some of these.
    [[nodiscard]] std::ptrdiff_t observations_on(
        const std::vector<const PairCandidate*>& candidates) const {
        std::vector<bool> is_on(observations_.size(), false);
        for (const PairCandidate* each : candidates) {
            for (const std::size_t i : each->on) is_on[i] = true;
        }
        return std::ranges::count(is_on, true);
    }

    [[nodiscard]] double needed_of_found_ends() const {
        std::vector<double> evidence;
        for (const PairCause& cause : found_.causes) {
            if (cause.part == PairPart::End) evidence.push_back(cause.evidence);
        }
        std::ranges::sort(evidence, std::ranges::greater{});
        std::size_t passing = 1;
        for (std::size_t i = 0; i < evidence.size(); ++i) {
            if (evidence[i] >= sure(ends_.size(), i + 1)) passing = i + 1;
        }
        return sure(ends_.size(), passing);
    }

    void drop(std::size_t number) {
        found_.causes.erase(found_.causes.begin() + static_cast<std::ptrdiff_t>(number));
        named_.erase(named_.begin() + static_cast<std::ptrdiff_t>(number));
        std::vector<double> explained(observations_.size(), 0.0);
        for (std::size_t cause = 0; cause < found_.causes.size(); ++cause) {
            for (const std::size_t i : found_.causes[cause].slow) {
                explained[i] = std::max(explained[i], named_[cause].covered);
            }
        }
        for (std::size_t i = 0; i < explained.size(); ++i) counting_.explain(i, explained[i]);
    }

    /// A link that is slow both ways is two observations, and no more than a link.
    [[nodiscard]] bool has_several_partners(const PairCandidate& end, std::size_t threshold) const {
        std::set<std::int32_t> partners;
        for (const std::size_t i : counting_.slow_on(end, threshold)) {
            const PairObservation& pair = observations_[i];
            partners.insert(pair.first == end.end ? pair.second : pair.first);
        }
        return partners.size() > 1;
    }

    /// True if the slow pairs are those of several of the group's ends.
    [[nodiscard]] bool is_of_several(const PairCandidate& group, std::size_t threshold) const {
        std::set<std::int32_t> slow;
        for (const std::size_t i : counting_.slow_on(group, threshold)) {
            for (const std::int32_t end : {observations_[i].first, observations_[i].second}) {
                if (std::ranges::binary_search(group.ends, end)) slow.insert(end);
            }
        }
        return slow.size() > 2;
    }

    /// Of what lies inside of a group there is no one of several cables: its pairs share all of it,
    /// and most are slow, where what lies inside of the others is not.
    [[nodiscard]] bool is_slow_unlike_its_like(const PairCandidate& group,
                                               std::size_t threshold) const {
        constexpr double kMost = 0.7;
        constexpr double kFew = 0.3;
        const std::vector<bool> taken(observations_.size(), false);
        const PairCounts own = counting_.free_on(group, threshold, taken);
        PairCounts others;
        for (const PairCandidate& each : groups_) {
            if (!each.is_inside || each.grouping != group.grouping || &each == &group) continue;
            const PairCounts one = counting_.free_on(each, threshold, taken);
            others.slow += one.slow;
            others.fine += one.fine;
        }
        return own.slow >= kMost * (own.slow + own.fine) &&
               others.slow <= kFew * (others.slow + others.fine);
    }

    void name(const PairCandidate& candidate, std::size_t threshold, std::size_t candidates) {
        PairCause cause;
        cause.part = candidate.part;
        cause.end = candidate.end;
        cause.grouping = candidate.grouping;
        cause.group = candidate.group;
        cause.other = candidate.other;
        cause.tells_inside = candidate.tells_inside;
        cause.is_inside = candidate.is_inside;
        cause.pairs = candidate.on.size();
        cause.candidates = candidates;
        const std::vector<std::size_t> slowest = counting_.slow_on(candidate, threshold);
        const double usual = median(counting_.worse_of(slowest)).value_or(0.0);
        for (const std::size_t i : counting_.slow_on(candidate, 0)) {
            if (observations_[i].worse >= kSameFault * usual) cause.slow.push_back(i);
        }
        cause.worse = median(counting_.worse_of(cause.slow)).value_or(0.0);
        const double covered = covered_by(cause);
        for (const std::size_t i : candidate.on) {  // what others explain may be its, too
            const double worse = observations_[i].worse;
            const bool is_alike = worse >= kSameFault * cause.worse && worse <= covered;
            if (counting_.level(i) == 0 && counting_.level_alone(i) > 0 && is_alike) {
                cause.slow.push_back(i);
            }
        }
        std::ranges::sort(cause.slow);
        for (const std::size_t i : cause.slow) {
            counting_.explain(i, std::max(counting_.explained()[i], covered));
        }
        named_.push_back({&candidate, covered});
        found_.causes.push_back(std::move(cause));
    }

    /// So slow a pair may be for its sake: half as slow again; of many pairs that are alike, as far
    /// as they scatter.
    [[nodiscard]] double covered_by(const PairCause& cause) const {
        constexpr double kScatters = 6;
        constexpr std::size_t kMany = 16;
        const double most = kCovered * cause.worse;
        if (cause.slow.size() < kMany) return most;
        std::vector<double> distances = counting_.worse_of(cause.slow);
        for (double& each : distances) each = std::abs(each - cause.worse);
        const double scatter = kMadToSigma * median_in_place(distances).value_or(0.0);
        return std::min(most, cause.worse + kScatters * scatter);
    }

    /// Which causes explain each observation, by number.
    [[nodiscard]] std::vector<std::vector<std::size_t>> causes_of_observations() const {
        std::vector<std::vector<std::size_t>> causes(observations_.size());
        for (std::size_t number = 0; number < found_.causes.size(); ++number) {
            for (const std::size_t i : found_.causes[number].slow) causes[i].push_back(number);
        }
        return causes;
    }

    /// Weighs a cause again as if it alone were not known yet: when it was found, others were not.
    /// Its pairs that others explain as well tell neither for it nor against it.
    void reweigh(std::size_t number, const std::vector<std::vector<std::size_t>>& causes_of) {
        PairCause& cause = found_.causes[number];
        std::vector<double> known;
        std::vector<std::size_t> shared;
        for (const std::size_t i : cause.slow) {
            known.push_back(counting_.explained()[i]);
            double by_others = 0;
            for (const std::size_t other : causes_of[i]) {
                if (other != number) by_others = std::max(by_others, named_[other].covered);
            }
            counting_.explain(i, by_others);
            if (!counting_.is_free(i) && counting_.level(i) == 0) shared.push_back(i);
        }
        const PairTally tally = counting_.tally_of(*named_[number].candidate, shared);
        const auto own = scales_.weigh(tally, counting_.all(), counting_.thresholds());
        cause.evidence = own ? own->log_e : 0;
        for (std::size_t i = 0; i < cause.slow.size(); ++i) {
            counting_.explain(cause.slow[i], known[i]);
        }
    }

    struct Named {
        const PairCandidate* candidate;
        double covered;  ///< so much it explains
    };

    std::span<const PairObservation> observations_;
    double q_;
    bool may_lie_in_the_fabric_;
    std::int32_t groupings_;
    PairScales scales_;
    std::vector<PairCandidate> ends_;
    std::vector<PairCandidate> groups_;
    std::vector<std::size_t> place_of_end_;  ///< by end: in `ends_`
    std::vector<bool> is_named_;             ///< by end
    std::vector<bool> is_named_group_;       ///< by place in `groups_`
    PairCounting counting_;
    PairGains gains_;
    std::vector<Named> named_;  ///< by cause
    PairExplanation found_;
};

}  // namespace

PairExplanation explain_pairs(std::span<const PairObservation> observations, std::size_t ends,
                              const std::vector<Grouping>& groupings,
                              const PairQuestion& question) {
    Explaining explaining{observations, ends, groupings, question};
    return explaining.explain();
}

}  // namespace rackproof
