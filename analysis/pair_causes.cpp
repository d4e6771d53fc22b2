#include "analysis/pair_causes.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

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
          worse_of_end_(ends, 0.0),
          is_named_(ends, false),
          is_named_group_(groups_.size(), false) {
        found_.explained.assign(observations.size(), 0.0);
        levels_.resize(observations.size());
    }

    PairExplanation explain() {
        constexpr int kMostSteps = 1000;  // each names somebody: a bound for fabrics beyond repair
        for (int step = 0; step < kMostSteps; ++step) {
            count_all();
            const std::vector<std::optional<PairEvidence>> of_ends = weigh_all(ends_);
            if (!name_a_group(of_ends) && !name_ends(of_ends)) break;
        }
        count_all();
        for (PairCause& cause : found_.causes) reweigh(cause);
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

    /// The group that explains most beyond what its ends would explain one by one.
    bool name_a_group(const std::vector<std::optional<PairEvidence>>& of_ends) {
        const double needed =
            std::log(static_cast<double>(std::max<std::size_t>(groups_.size(), 1)) / question_.q);
        const double of_name = cost(ends_.size());
        std::ranges::fill(worse_of_end_, 0.0);
        for (std::size_t i = 0; i < ends_.size(); ++i) {
            if (!of_ends[i] || is_named_[at(ends_[i].end)]) continue;
            worse_of_end_[at(ends_[i].end)] = std::max(of_ends[i]->log_e - of_name, 0.0);
        }
        std::optional<std::size_t> best;
        PairEvidence evidence;
        double most = 0;
        for (std::size_t i = 0; i < groups_.size(); ++i) {
            if (is_named_group_[i]) continue;
            const PairCandidate& group = groups_[i];
            const auto own = weigh(group);
            if (!own || own->log_e < needed) continue;
            double one_by_one = 0;
            for (const std::int32_t end : group.ends) one_by_one += worse_of_end_[at(end)];
            const double net = own->log_e - cost(groups_.size()) - one_by_one;
            if (net <= most || !is_of_several(group, own->threshold)) continue;
            best = i;
            evidence = *own;
            most = net;
        }
        if (!best) return false;
        name(groups_[*best], evidence, groups_.size());
        is_named_group_[*best] = true;
        return true;
    }

    /// Ends whose e-values keep the false discovery rate (Wang & Ramdas 2022), the surest first.
    bool name_ends(const std::vector<std::optional<PairEvidence>>& of_ends) {
        std::vector<std::size_t> order;
        for (std::size_t i = 0; i < ends_.size(); ++i) {
            if (of_ends[i] && !is_named_[at(ends_[i].end)]) order.push_back(i);
        }
        std::ranges::stable_sort(order, std::ranges::greater{},
                                 [&](std::size_t i) { return of_ends[i]->log_e; });
        const auto needed = [&](std::size_t named) {
            return std::log(static_cast<double>(ends_.size()) /
                            (question_.q * static_cast<double>(named)));
        };
        std::size_t passing = 0;
        for (std::size_t i = 0; i < order.size(); ++i) {
            if (of_ends[order[i]]->log_e >= needed(i + 1)) passing = i + 1;
        }
        bool any = false;
        for (std::size_t i = 0; i < passing; ++i) {
            const PairCandidate& end = ends_[order[i]];
            const auto now = weigh(end);  // what those before it explain is asked no more
            if (!now || now->log_e < needed(passing)) continue;
            if (!has_several_partners(end, now->threshold)) continue;
            name(end, *now, ends_.size());
            is_named_[at(end.end)] = true;
            any = true;
        }
        return any;
    }

    [[nodiscard]] std::vector<std::size_t> slow_on(const PairCandidate& candidate,
                                                   std::size_t threshold) const {
        std::vector<std::size_t> slow;
        for (const std::size_t i : candidate.on) {
            if (levels_[i] > threshold) slow.push_back(i);
        }
        return slow;
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
        constexpr double kCovered = 0.9;  // of its slow pairs: what is worse has a further cause
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
        cause.slow = slow_on(candidate, evidence.threshold);
        std::vector<double> values;
        for (const std::size_t i : cause.slow) values.push_back(observations_[i].worse);
        cause.worse = median(values).value_or(0.0);
        const double covered = quantile(std::move(values), kCovered).value_or(0.0);
        for (const std::size_t i : cause.slow) {
            explain_otherwise(i, std::max(found_.explained[i], covered));
        }
        covered_.push_back(covered);
        found_.causes.push_back(std::move(cause));
    }

    /// Weighs a cause again as if it alone were not known yet: when it was found, others were not.
    void reweigh(PairCause& cause) {
        const auto number = static_cast<std::size_t>(&cause - found_.causes.data());
        std::vector<double> by_others(cause.slow.size(), 0.0);
        for (std::size_t other = 0; other < found_.causes.size(); ++other) {
            if (other == number) continue;
            const std::vector<std::size_t>& slow = found_.causes[other].slow;
            for (std::size_t i = 0; i < cause.slow.size(); ++i) {
                if (!std::ranges::binary_search(slow, cause.slow[i])) continue;
                by_others[i] = std::max(by_others[i], covered_[other]);
            }
        }
        std::vector<double> known;
        for (std::size_t i = 0; i < cause.slow.size(); ++i) {
            known.push_back(found_.explained[cause.slow[i]]);
            explain_otherwise(cause.slow[i], by_others[i]);
        }
        const std::vector<PairCandidate>& all = cause.part == PairPart::End ? ends_ : groups_;
        const auto same = std::ranges::find_if(all, [&](const PairCandidate& each) {
            return each.part == cause.part && each.end == cause.end &&
                   each.grouping == cause.grouping && each.group == cause.group &&
                   each.other == cause.other;
        });
        if (const auto own = weigh(*same)) cause.evidence = std::max(cause.evidence, own->log_e);
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

    std::span<const PairObservation> observations_;
    const PairQuestion& question_;
    PairScales scales_;
    std::vector<PairCandidate> ends_;
    std::vector<PairCandidate> groups_;
    std::vector<double> worse_of_end_;  ///< by end: what naming it alone would explain
    std::vector<bool> is_named_;        ///< by end
    std::vector<bool> is_named_group_;  ///< by place in `groups_`
    std::vector<std::size_t> levels_;   ///< by observation: thresholds reached beyond `explained`
    PairTally all_;
    std::vector<double> covered_;  ///< by cause: so much it explains
    PairExplanation found_;
};

}  // namespace

PairExplanation explain_pairs(std::span<const PairObservation> observations, std::size_t ends,
                              const std::vector<Grouping>& groupings,
                              const PairQuestion& question) {
    return Explaining{observations, ends, groupings, question}.explain();
}

}  // namespace rackproof
