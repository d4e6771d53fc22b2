#include "analysis/pairs_again.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "analysis/cells.hpp"
#include "core/index.hpp"
#include "core/pair_confirmation.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

/// A node, or the link to another one.
struct Suspect {
    std::int32_t node = -1;
    std::int32_t peer = -1;
    std::string metric;
    friend bool operator==(const Suspect&, const Suspect&) = default;
};

using PairNumbers = std::map<std::pair<std::int32_t, std::int32_t>, double>;

/// What the pairs of a metric reached, each by its nodes, smaller where it is worse.
PairNumbers numbers_of(const Run& run, const std::string& metric) {
    PairNumbers numbers;
    const auto found = std::ranges::find(run.metrics, metric, &Metric::name);
    if (found == run.metrics.end()) return numbers;
    const Survey survey{run};
    const MetricCells cells{survey, *found, static_cast<std::size_t>(found - run.metrics.begin())};
    const double sign = found->better == Direction::HigherIsBetter ? 1 : -1;
    for (const TargetCell& cell : cells.cells()) {
        if (!cell.value) continue;
        numbers[std::minmax(cell.place.node, cell.place.peer_node)] = sign * *cell.value;
    }
    return numbers;
}

class Choosing {
  public:
    Choosing(const Run& run, const Judgement& judgement, const PairsAgainQuestion& question)
        : run_{run}, judgement_{judgement}, question_{question} {
        for (const NodeVerdict& node : judgement.nodes) is_good_.push_back(is_good(node));
        for (const std::string& metric : question.metrics) {
            numbers_.emplace(metric, numbers_of(run, metric));
        }
    }

    PairsAgain chosen() {
        const std::vector<Suspect> suspects = suspected();
        PairsAgain again;
        if (suspects.empty()) return {{}, "nobody is suspected"};
        std::set<Target> due;
        for (const Suspect& suspect : suspects) {
            if (told_ == question_.most_suspects) break;
            const std::vector<Target> with = pairs_for(suspect);
            due.insert(with.begin(), with.end());
            tell(suspect, with, again.text);
        }
        if (told_ < suspects.size()) {
            again.text += fmt::format("; {} more suspects are not, since the plan allows for {}",
                                      suspects.size() - told_, question_.most_suspects);
        }
        if (!due.empty()) add_beside(due);
        std::ranges::copy_if(question_.pairs, std::back_inserter(again.pairs),
                             [&](const Target& pair) { return due.contains(pair); });
        return again;
    }

  private:
    [[nodiscard]] bool is_asked(const Finding& finding) const {
        return finding.verdict != Verdict::Pass &&
               std::ranges::find(question_.metrics, finding.metric) != question_.metrics.end();
    }

    /// By how much is known: of a rank that is late (rule skew) it is not.
    [[nodiscard]] bool is_of_slow_pairs(const Finding& finding) const {
        return is_asked(finding) && finding.kind == FindingKind::Slow &&
               finding.verdict != Verdict::NoData && finding.deviation.has_value();
    }

    /// One that is not bad, and of whose pairs nothing is said.
    [[nodiscard]] bool is_good(const NodeVerdict& node) const {
        return node.verdict != Verdict::Fail &&
               std::ranges::none_of(node.findings, [&](std::int32_t id) {
                   return is_asked(judgement_.findings[at(id)]);
               });
    }

    [[nodiscard]] std::int32_t index_of(const std::string& node) const {
        const auto found = std::ranges::find(run_.nodes, node, &Node::name);
        return found == run_.nodes.end() ? -1
                                         : static_cast<std::int32_t>(found - run_.nodes.begin());
    }

    /// Each once, the worst first; links of a suspected node are its own.
    [[nodiscard]] std::vector<Suspect> suspected() const {
        std::vector<Suspect> suspects;
        std::set<std::int32_t> nodes;
        for (const Level level : {Level::Node, Level::Link}) {
            for (const Finding& finding : judgement_.findings) {
                if (finding.level != level || !is_of_slow_pairs(finding)) continue;
                Suspect suspect{index_of(finding.node), -1, finding.metric};
                if (level == Level::Link) suspect.peer = index_of(finding.peer.value_or(""));
                const bool is_known =
                    nodes.contains(suspect.node) || nodes.contains(suspect.peer) ||
                    std::ranges::any_of(suspects, [&](const Suspect& other) {
                        return other.node == suspect.node && other.peer == suspect.peer;
                    });
                if (is_known || suspect.node < 0) continue;
                if (level == Level::Node) nodes.insert(suspect.node);
                suspects.push_back(std::move(suspect));
            }
        }
        return suspects;
    }

    [[nodiscard]] std::vector<Target> pairs_for(const Suspect& suspect) const {
        const PairNumbers& numbers = numbers_.at(suspect.metric);
        std::vector<std::pair<double, Target>> by_number;
        for (const Target& pair : question_.pairs) {
            const auto number = numbers.find(std::minmax(pair.first, pair.second));
            if (number == numbers.end()) continue;
            if (is_for(suspect, pair)) by_number.emplace_back(number->second, pair);
        }
        std::ranges::sort(by_number);
        std::vector<Target> pairs;
        for (const auto& [number, pair] : by_number) {
            if (pairs.size() < kMostPairsOfASuspect) pairs.push_back(pair);
        }
        return pairs;
    }

    [[nodiscard]] bool is_for(const Suspect& suspect, const Target& pair) const {
        if (suspect.peer >= 0) {
            return std::minmax(pair.first, pair.second) == std::minmax(suspect.node, suspect.peer);
        }
        if (pair.first != suspect.node && pair.second != suspect.node) return false;
        return is_good_[at(pair.first == suspect.node ? pair.second : pair.first)];
    }

    [[nodiscard]] std::string partner_names(const Suspect& suspect,
                                            const std::vector<Target>& pairs) const {
        std::string names;
        for (const Target& pair : pairs) {
            const std::int32_t partner = pair.first == suspect.node ? pair.second : pair.first;
            names += (names.empty() ? "" : ", ") + printable(run_.nodes[at(partner)].name);
        }
        return names;
    }

    void tell(const Suspect& suspect, const std::vector<Target>& pairs, std::string& text) {
        ++told_;
        text += text.empty() ? "" : "; ";
        const std::string name = printable(run_.nodes[at(suspect.node)].name);
        if (suspect.peer >= 0) {
            text += "the link " + name + " - " + printable(run_.nodes[at(suspect.peer)].name);
        } else if (pairs.empty()) {
            text += name + " not, which has met no known-good partner";
        } else {
            text += name + " with " + partner_names(suspect, pairs);
        }
    }

    [[nodiscard]] bool is_good_pair(const Target& pair) const {
        return is_good_[at(pair.first)] && is_good_[at(pair.second)];
    }

    /// What the suspects' pairs are held against.
    void add_beside(std::set<Target>& due) const {
        if (question_.load == PairLoad::Others) return add_rounds(due);
        std::size_t beside = 0;
        for (const Target& pair : question_.pairs) {
            if (beside == kMostPairsBeside) return;
            if (is_good_pair(pair) && due.insert(pair).second) ++beside;
        }
    }

    /// Of each round with a pair that is due, all pairs of good nodes. A round has each node once.
    void add_rounds(std::set<Target>& due) const {
        std::vector<Target> round;
        std::set<std::int32_t> nodes;
        const auto close_round = [&] {
            const bool is_due =
                std::ranges::any_of(round, [&](const Target& pair) { return due.contains(pair); });
            for (const Target& pair : round) {
                if (is_due && is_good_pair(pair)) due.insert(pair);
            }
            round.clear();
            nodes.clear();
        };
        for (const Target& pair : question_.pairs) {
            if (nodes.contains(pair.first) || nodes.contains(pair.second)) close_round();
            round.push_back(pair);
            nodes.insert({pair.first, pair.second});
        }
        close_round();
    }

    const Run& run_;
    const Judgement& judgement_;
    const PairsAgainQuestion& question_;
    std::vector<bool> is_good_;                   ///< by node
    std::map<std::string, PairNumbers> numbers_;  ///< by metric
    std::size_t told_ = 0;
};

}  // namespace

PairsAgain pairs_again(const Run& run, const Judgement& judgement,
                       const PairsAgainQuestion& question) {
    return Choosing{run, judgement, question}.chosen();
}

}  // namespace rackproof
