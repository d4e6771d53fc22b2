#include "analysis/pair_causes.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "analysis/pair_evidence.hpp"
#include "analysis/pair_parts.hpp"
#include "analysis/robust.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

/// Explains slow pairs step by step: the best part first, and what it explains is asked no more.
class Explaining {
  public:
    Explaining(std::span<const PairObservation> observations, std::size_t ends,
               const std::vector<Grouping>& groupings, const PairQuestion& question)
        : observations_{observations},
          question_{question},
          scales_{observations.size()},
          ends_{candidate_ends(observations, ends)},
          groups_{candidate_groups(observations, groupings)},
          is_named_(ends, false),
          is_named_group_(groups_.size(), false) {
        found_.explained.assign(observations.size(), 0.0);
        levels_.resize(observations.size());
    }

    PairExplanation explain() {
        constexpr int kMostSteps = 1000;  // each names somebody: a bound for fabrics beyond repair
        for (int step = 0; step < kMostSteps; ++step) {
            count_all();
            if (!name_a_group() && !name_ends(weigh_all(ends_))) break;
        }
        drop_the_unsure();
        return std::move(found_);
    }

  private:
    [[nodiscard]] std::size_t level(std::size_t i, double explained) const {
        const auto& thresholds = question_.thresholds;
        const auto reached =
            std::ranges::upper_bound(thresholds, observations_[i].worse - explained);
        return static_cast<std::size_t>(reached - thresholds.begin());
    }

    void add(std::size_t i, PairTally& tally) const {
        ++(found_.explained[i] > 0 ? tally.masked : tally.free)[levels_[i]];
    }

    void count_all() {
        all_ = {};
        for (std::size_t i = 0; i < observations_.size(); ++i) {
            levels_[i] = level(i, found_.explained[i]);
            add(i, all_);
        }
    }

    [[nodiscard]] std::optional<PairEvidence> weigh(const PairCandidate& candidate) const {
        PairTally tally;
        for (const std::size_t i : candidate.on) add(i, tally);
        return scales_.weigh(tally, all_, question_.thresholds.size());
    }

    [[nodiscard]] std::vector<std::optional<PairEvidence>> weigh_all(
        const std::vector<PairCandidate>& candidates) const {
        std::vector<std::optional<PairEvidence>> evidence;
        evidence.reserve(candidates.size());
        for (const PairCandidate& each : candidates) evidence.push_back(weigh(each));
        return evidence;
    }

    /// What naming one of so many costs: the length of its name, and a nat for its being bad.
    static double cost(std::size_t candidates) {
        return std::log(static_cast<double>(std::max<std::size_t>(candidates, 1))) + 1;
    }

    /// The group that explains most, of those that explain more than their ends one by one.
    bool name_a_group() {
        std::optional<std::size_t> best;
        PairEvidence evidence;
        double most = 0;
        for (std::size_t i = 0; i < groups_.size(); ++i) {
            if (is_named_group_[i]) continue;
            const PairCandidate& group = groups_[i];
            const auto own = weigh(group);
            if (!own) continue;
            if (own->log_e < cost(groups_.size())) continue;
            const Gain gain = gain_of_group(group, own->threshold);
            if (gain.own <= std::max(most, gain.one_by_one) ||
                !is_of_several(group, own->threshold))
                continue;
            best = i;
            evidence = *own;
            most = gain.own;
        }
        if (!best) return false;
        name(groups_[*best], evidence, groups_.size());
        is_named_group_[*best] = true;
        return true;
    }

    struct Gain {
        double own = 0;         ///< what the group explains, less its name
        double one_by_one = 0;  ///< what bad ends of it would explain, each less its name
    };

    /// A pair with both ends in the group is shared by the two.
    [[nodiscard]] Gain gain_of_group(const PairCandidate& group, std::size_t threshold) const {
        PairCounts whole;
        std::map<std::int32_t, PairCounts> of_ends;
        for (const std::size_t i : group.on) {
            if (found_.explained[i] > 0) continue;
            const bool is_slow = levels_[i] > threshold;
            (is_slow ? whole.slow : whole.fine) += 1;
            const PairObservation& pair = observations_[i];
            const bool first = std::ranges::binary_search(group.ends, pair.first);
            const bool second = std::ranges::binary_search(group.ends, pair.second);
            const double part = first && second ? 0.5 : 1.0;
            for (const auto& [end, is_inside] :
                 {std::pair{pair.first, first}, std::pair{pair.second, second}}) {
                PairCounts& counts = of_ends[end];
                if (is_inside) (is_slow ? counts.slow : counts.fine) += part;
            }
        }
        const PairCounts all = counted(all_.free, threshold);
        const double slow_elsewhere = all.slow - whole.slow;
        const double fine_elsewhere = all.fine - whole.fine;
        const double rate = (slow_elsewhere + 1) / (slow_elsewhere + fine_elsewhere + 2);
        Gain gain{gain_of(whole, rate) - cost(groups_.size()), 0};
        for (const auto& [end, counts] : of_ends) {
            gain.one_by_one += std::max(0.0, gain_of(counts, rate) - cost(ends_.size()));
        }
        return gain;
    }

    /// Ends that explain more than their names cost, the surest first. Some of them by chance:
    /// while other faults are unexplained, none of them is sure.
    bool name_ends(const std::vector<std::optional<PairEvidence>>& of_ends) {
        const double needed = cost(ends_.size());
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
            name(end, *now, ends_.size());
            is_named_[at(end.end)] = true;
            any = true;
        }
        return any;
    }

    /// Drops what was named and, with all others known, is not sure enough: the weakest first, for
    /// what it leaves behind may make another one surer.
    void drop_the_unsure() {
        while (true) {
            count_all();
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
                        (question_.q * static_cast<double>(found)));
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
        std::ranges::fill(found_.explained, 0.0);
        for (std::size_t cause = 0; cause < found_.causes.size(); ++cause) {
            for (const std::size_t i : found_.causes[cause].slow) {
                found_.explained[i] = std::max(found_.explained[i], named_[cause].covered);
            }
        }
    }

    [[nodiscard]] std::vector<std::size_t> slow_on(const PairCandidate& candidate,
                                                   std::size_t threshold) const {
        std::vector<std::size_t> slow;
        for (const std::size_t i : candidate.on) {
            if (levels_[i] > threshold) slow.push_back(i);
        }
        return slow;
    }

    [[nodiscard]] std::vector<double> worse_of(const std::vector<std::size_t>& on) const {
        std::vector<double> values;
        for (const std::size_t i : on) values.push_back(observations_[i].worse);
        return values;
    }

    /// A link that is slow both ways is two observations, and no more than a link.
    [[nodiscard]] bool has_several_partners(const PairCandidate& end, std::size_t threshold) const {
        std::set<std::int32_t> partners;
        for (const std::size_t i : slow_on(end, threshold)) {
            const PairObservation& pair = observations_[i];
            partners.insert(pair.first == end.end ? pair.second : pair.first);
        }
        return partners.size() > 1;
    }

    /// True if the slow pairs are those of several of the group's ends.
    [[nodiscard]] bool is_of_several(const PairCandidate& group, std::size_t threshold) const {
        std::set<std::int32_t> slow;
        for (const std::size_t i : slow_on(group, threshold)) {
            for (const std::int32_t end : {observations_[i].first, observations_[i].second}) {
                if (std::ranges::binary_search(group.ends, end)) slow.insert(end);
            }
        }
        return slow.size() > 2;
    }

    void name(const PairCandidate& candidate, const PairEvidence& evidence,
              std::size_t candidates) {
        constexpr double kCovered = 0.9;    // of its slow pairs: what is worse has a further cause
        constexpr double kSameFault = 0.5;  // of the usual one: what is less is slow for itself
        PairCause cause;
        cause.part = candidate.part;
        cause.end = candidate.end;
        cause.grouping = candidate.grouping;
        cause.group = candidate.group;
        cause.other = candidate.other;
        cause.tells_inside = candidate.tells_inside;
        cause.pairs = candidate.on.size();
        cause.candidates = candidates;
        cause.evidence = evidence.log_e;
        const double usual = median(worse_of(slow_on(candidate, evidence.threshold))).value_or(0.0);
        for (const std::size_t i : slow_on(candidate, 0)) {
            if (observations_[i].worse >= kSameFault * usual) cause.slow.push_back(i);
        }
        std::vector<double> values = worse_of(cause.slow);
        cause.worse = median(values).value_or(0.0);
        const double covered = quantile(std::move(values), kCovered).value_or(0.0);
        for (const std::size_t i : cause.slow) {
            explain_otherwise(i, std::max(found_.explained[i], covered));
        }
        named_.push_back({&candidate, covered});
        found_.causes.push_back(std::move(cause));
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
    void reweigh(std::size_t number, const std::vector<std::vector<std::size_t>>& causes_of) {
        PairCause& cause = found_.causes[number];
        std::vector<double> known;
        for (const std::size_t i : cause.slow) {
            known.push_back(found_.explained[i]);
            double by_others = 0;
            for (const std::size_t other : causes_of[i]) {
                if (other != number) by_others = std::max(by_others, named_[other].covered);
            }
            explain_otherwise(i, by_others);
        }
        if (const auto own = weigh(*named_[number].candidate)) cause.evidence = own->log_e;
        for (std::size_t i = 0; i < cause.slow.size(); ++i) {
            explain_otherwise(cause.slow[i], known[i]);
        }
    }

    /// Puts what is explained of one observation to `explained`, and counts it there.
    void explain_otherwise(std::size_t i, double explained) {
        --(found_.explained[i] > 0 ? all_.masked : all_.free)[levels_[i]];
        found_.explained[i] = explained;
        levels_[i] = level(i, explained);
        add(i, all_);
    }

    struct Named {
        const PairCandidate* candidate;
        double covered;  ///< so much it explains
    };

    std::span<const PairObservation> observations_;
    const PairQuestion& question_;
    PairScales scales_;
    std::vector<PairCandidate> ends_;
    std::vector<PairCandidate> groups_;
    std::vector<bool> is_named_;        ///< by end
    std::vector<bool> is_named_group_;  ///< by place in `groups_`
    std::vector<std::size_t> levels_;   ///< by observation: thresholds reached beyond `explained`
    PairTally all_;
    std::vector<Named> named_;  ///< by cause
    PairExplanation found_;
};

}  // namespace

PairExplanation explain_pairs(std::span<const PairObservation> observations, std::size_t ends,
                              const std::vector<Grouping>& groupings,
                              const PairQuestion& question) {
    return Explaining{observations, ends, groupings, question}.explain();
}

}  // namespace rackproof
