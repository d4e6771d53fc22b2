#include "analysis/acceptance.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "analysis/cells.hpp"
#include "analysis/contract_cells.hpp"
#include "analysis/robust.hpp"
#include "core/error.hpp"
#include "core/index.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

bool is_bad(Outcome outcome) {
    return outcome == Outcome::WrongAnswer || outcome == Outcome::Failed ||
           outcome == Outcome::TimedOut || outcome == Outcome::Lost;
}

bool is_outside(const Limit& limit, double value) {
    return (limit.min && value < *limit.min) || (limit.max && value > *limit.max);
}

std::string bound_text(const Limit& limit) {
    std::string text;
    if (limit.min) text += fmt::format("at least {:.6g}", *limit.min);
    if (limit.max) text += fmt::format("{}at most {:.6g}", text.empty() ? "" : " and ", *limit.max);
    text += limit.unit == "1" ? "" : " " + limit.unit;
    return limit.source.empty() ? text : text + " (" + limit.source + ")";
}

/// A number of pairs or groups says nothing of which of its nodes is a defect.
bool is_of_one_node(Scope scope) { return scope == Scope::Device || scope == Scope::Node; }

/// "n of the nodes", without a fraction of a node: what the share allows, and a hair for 0.1 x 30.
std::int64_t allowed_of(double share, std::int64_t nodes) {
    constexpr double kHair = 1e-9;
    return static_cast<std::int64_t>(std::floor(share * static_cast<double>(nodes) + kHair));
}

/// One run against one contract, rack by rack.
class Assessment {
  public:
    Assessment(const Contract& contract, const Run& facts, const Judgement& judgement)
        : contract_{&contract}, facts_{&facts}, judgement_{&judgement} {
        for (const Node& node : facts.nodes) {
            RackAcceptance& rack = racks_[node.rack];
            rack.rack = node.rack;
            ++rack.nodes;
        }
        for (const NodeVerdict& node : judgement.nodes) {
            if (node.verdict == Verdict::Fail) {
                add_defect(node.rack, node.node, "it fails by the policy " + judgement.policy.name);
            } else {
                tell_of_no_data(node);
            }
        }
    }

    void hold(const Metric& metric) {
        const std::vector<CellAttempts> cells = attempts_of(*facts_, metric, *contract_);
        for (const CellAttempts& cell : cells) {
            if (cell.told.attempts.size() > 1) retested_.push_back(cell.told);
        }
        for (std::size_t i = 0; i < contract_->limits.size(); ++i) {
            const ContractLimit& wanted = contract_->limits[i];
            if (!matches(wanted.limit.pattern, metric.name)) continue;
            met_limits_.insert(i);
            check_unit(wanted.limit, metric);
            if (wanted.percentile || !is_of_one_node(metric.scope)) {
                hold_together(wanted, metric, cells);
            } else {
                hold_each(wanted.limit, metric, cells);
            }
        }
        for (std::size_t i = 0; i < contract_->hours.size(); ++i) {
            if (!matches(contract_->hours[i].pattern, metric.name)) continue;
            met_hours_.insert(i);
            hold_hours(contract_->hours[i], metric, cells);
        }
    }

    Acceptance result() {
        tell_of_idle_clauses();
        for (auto& [name, rack] : racks_) finish(rack);
        Acceptance acceptance;
        acceptance.contract = contract_->name;
        acceptance.run_id = judgement_->run_id;
        acceptance.left_out = judgement_->left_out;
        acceptance.provisional = judgement_->provisional;
        if (racks_.empty()) acceptance.verdict = Verdict::NoData;
        for (auto& [name, rack] : racks_) {
            acceptance.verdict = worst(acceptance.verdict, rack.verdict);
            acceptance.racks.push_back(std::move(rack));
        }
        acceptance.retested = std::move(retested_);
        return acceptance;
    }

  private:
    static void check_unit(const Limit& limit, const Metric& metric) {
        if (limit.unit == metric.unit) return;
        throw InputError{"the contract's limit on '" + printable(limit.pattern) + "' is in " +
                         printable(limit.unit) + "; " + printable(metric.name) +
                         " is measured in " + printable(metric.unit)};
    }

    void add_defect(const std::string& rack, const std::string& node, const std::string& why) {
        racks_[rack].defects.emplace(node, why);
    }
    void add_no_data(const std::string& rack, const std::string& node, const std::string& why) {
        racks_[rack].no_data.emplace(node, why);
    }

    [[nodiscard]] bool names(const std::string& metric) const {
        return std::ranges::any_of(contract_->limits,
                                   [&](const ContractLimit& wanted) {
                                       return matches(wanted.limit.pattern, metric);
                                   }) ||
               std::ranges::any_of(contract_->hours, [&](const ContractHours& wanted) {
                   return matches(wanted.pattern, metric);
               });
    }

    /// What the judge has no data of; but how a cell of the contract's cases ended its rule of
    /// attempts decides: a failure that a retest did not show again is no data to the judge.
    void tell_of_no_data(const NodeVerdict& node) {
        for (const std::int32_t id : node.findings) {
            const Finding& finding = judgement_->findings[at(id)];
            const bool is_of_node = !finding.node.empty() && finding.waived.empty();
            if (finding.verdict != Verdict::NoData || !is_of_node) continue;
            if (finding.rule == "outcome" && names(finding.metric)) continue;
            add_no_data(node.rack, node.node, finding.sentence);
        }
    }

    /// On each node of the cell; a cell of a rack's nodes together counts against all of them.
    template <class Add>
    void on_nodes(const CellAttempts& cell, Add add) {
        for (const std::int32_t index : cell.nodes) {
            const Node& node = facts_->nodes[at(index)];
            add(node.rack, node.name);
        }
    }

    /// Nodes on which the metric has no cell at all: who was in no pair and no group, too.
    void tell_of_absent(const Metric& metric, const std::vector<CellAttempts>& cells) {
        std::set<std::int32_t> present;
        for (const CellAttempts& cell : cells) present.insert(cell.nodes.begin(), cell.nodes.end());
        for (std::size_t i = 0; i < facts_->nodes.size(); ++i) {
            if (present.contains(static_cast<std::int32_t>(i))) continue;
            add_no_data(facts_->nodes[i].rack, facts_->nodes[i].name,
                        metric.name + " was not measured on it");
        }
    }

    void hold_each(const Limit& limit, const Metric& metric,
                   const std::vector<CellAttempts>& cells) {
        tell_of_absent(metric, cells);
        for (const CellAttempts& cell : cells) {
            const ContractAttempt* counted = cell.counted();
            if (counted != nullptr && counted->value && is_outside(limit, *counted->value)) {
                const std::string why =
                    fmt::format("{}: {} is {:.6g}, and must be {}", cell.told.where, metric.name,
                                *counted->value, bound_text(limit));
                on_nodes(cell,
                         [&](const auto& rack, const auto& node) { add_defect(rack, node, why); });
            } else if (counted == nullptr || !counted->value) {
                tell_of_missing(metric, cell, counted);
            }
        }
    }

    /// A cell without a number that counts: what ended badly is a defect, anything else no data.
    void tell_of_missing(const Metric& metric, const CellAttempts& cell,
                         const ContractAttempt* counted) {
        const std::string how = counted == nullptr
                                    ? "was never measured in an attempt that counts"
                                    : std::string{"ended as "}.append(to_string(counted->outcome));
        const std::string why = cell.told.where + ": " + metric.name + " " + how;
        on_nodes(cell, [&](const auto& rack, const auto& node) {
            if (counted != nullptr && is_bad(counted->outcome)) {
                add_defect(rack, node, why);
            } else {
                add_no_data(rack, node, why);
            }
        });
    }

    /// How many of a rack's cells are outside, and how many have no number.
    struct Tally {
        std::int64_t all = 0;
        std::int64_t outside = 0;
        std::int64_t unknown = 0;
    };

    void hold_together(const ContractLimit& wanted, const Metric& metric,
                       const std::vector<CellAttempts>& cells) {
        tell_of_absent(metric, cells);
        std::map<std::string, Tally> tallies;
        for (const CellAttempts& cell : cells) {
            const ContractAttempt* counted = cell.counted();
            std::set<std::string> racks;
            for (const std::int32_t node : cell.nodes) racks.insert(facts_->nodes[at(node)].rack);
            for (const std::string& rack : racks) {
                Tally& tally = tallies[rack];
                ++tally.all;
                if (counted == nullptr || !counted->value) {
                    ++tally.unknown;
                } else if (is_outside(wanted.limit, *counted->value)) {
                    ++tally.outside;
                }
            }
        }
        for (const auto& [rack, tally] : tallies) {
            racks_[rack].clauses.push_back(clause_of(wanted, metric, tally));
        }
    }

    static Clause clause_of(const ContractLimit& wanted, const Metric& metric, const Tally& tally) {
        double share = 0;
        std::string which = "each";
        if (wanted.percentile) {
            share = wanted.limit.min ? *wanted.percentile / 100 : 1 - *wanted.percentile / 100;
            which = fmt::format("percentile {:.4g}", *wanted.percentile);
        }
        // However few there are: a share that all may be outside of would ask for nothing.
        const std::int64_t allowed = std::min(allowed_of(share, tally.all), tally.all - 1);
        Clause clause;
        if (tally.outside > allowed) {
            clause.verdict = Verdict::Fail;
        } else if (tally.outside + tally.unknown > allowed) {
            clause.verdict = Verdict::NoData;
        }
        clause.sentence = fmt::format(
            "{}: {} must be {}: of {} values {} are outside and {} missing; {} may be", metric.name,
            which, bound_text(wanted.limit), tally.all, tally.outside, tally.unknown, allowed);
        return clause;
    }

    void hold_hours(const ContractHours& wanted, const Metric& metric,
                    const std::vector<CellAttempts>& cells) {
        tell_of_absent(metric, cells);
        for (const CellAttempts& cell : cells) {
            const ContractAttempt* counted = cell.counted();
            if (counted == nullptr || !counted->value) {
                tell_of_missing(metric, cell, counted);
                continue;
            }
            if (counted->hours && *counted->hours >= wanted.hours) continue;
            const std::string how = counted->hours
                                        ? fmt::format("for {:.4g} h", *counted->hours)
                                        : std::string{"without the times of its samples"};
            const std::string why = fmt::format(
                "{}: {} was measured {}, and must be for {:.4g} h{}", cell.told.where, metric.name,
                how, wanted.hours, wanted.source.empty() ? "" : " (" + wanted.source + ")");
            on_nodes(cell,
                     [&](const auto& rack, const auto& node) { add_no_data(rack, node, why); });
        }
    }

    /// The manifest has no case of a stage that was left out: it may be the one that is missed.
    void tell_of_idle_clauses() {
        std::string left_out;
        for (const std::string& stage : judgement_->left_out) left_out += "; " + stage;
        const auto tell = [&](const std::string& pattern) {
            for (auto& [name, rack] : racks_) {
                rack.clauses.push_back(
                    {Verdict::NoData, "no metric of this run is named '" + pattern +
                                          "', of which the contract speaks" + left_out});
            }
        };
        for (std::size_t i = 0; i < contract_->limits.size(); ++i) {
            if (!met_limits_.contains(i)) tell(contract_->limits[i].limit.pattern);
        }
        for (std::size_t i = 0; i < contract_->hours.size(); ++i) {
            if (!met_hours_.contains(i)) tell(contract_->hours[i].pattern);
        }
    }

    /// Findings on the rack itself, and those on no node of anybody's.
    void tell_of_findings(RackAcceptance& rack) const {
        for (const Finding& finding : judgement_->findings) {
            const bool is_of_all = finding.level == Level::Fleet ||
                                   (finding.node.empty() && finding.level != Level::Rack);
            const bool is_of_rack = finding.level == Level::Rack && finding.rack == rack.rack;
            const bool is_heavy =
                finding.verdict == Verdict::Fail || finding.verdict == Verdict::NoData;
            if ((is_of_all || is_of_rack) && is_heavy && finding.waived.empty()) {
                rack.clauses.push_back({finding.verdict, finding.sentence});
            }
        }
    }

    void finish(RackAcceptance& rack) const {
        for (const auto& [node, why] : rack.defects) rack.no_data.erase(node);
        const auto defects = static_cast<std::int64_t>(rack.defects.size());
        const std::int64_t allowed = allowed_of(contract_->allowed_defects, rack.nodes);
        rack.clauses.insert(
            rack.clauses.begin(),
            {defects > allowed ? Verdict::Fail : Verdict::Pass,
             fmt::format("of {} nodes {} are defects; {} may be", rack.nodes, defects, allowed)});
        tell_of_findings(rack);
        if (!rack.no_data.empty()) {
            rack.clauses.push_back(
                {Verdict::NoData, fmt::format("{} nodes have no data", rack.no_data.size())});
        }
        if (!judgement_->run_complete) {
            rack.clauses.push_back({Verdict::NoData, "the run is incomplete"});
        }
        for (const Clause& clause : rack.clauses) {
            rack.verdict = worst(rack.verdict, clause.verdict);
        }
    }

    const Contract* contract_;
    const Run* facts_;
    const Judgement* judgement_;
    std::map<std::string, RackAcceptance> racks_;
    std::vector<ContractCell> retested_;
    std::set<std::size_t> met_limits_;
    std::set<std::size_t> met_hours_;
};

}  // namespace

Acceptance accept(const Contract& contract, const Run& facts, MetricSource& metrics,
                  const Judgement& judgement) {
    Assessment assessment{contract, facts, judgement};
    for (std::size_t i = 0; i < metrics.names().size(); ++i) assessment.hold(*metrics.metric(i));
    return assessment.result();
}

std::string_view acceptance_word(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::Pass:
        case Verdict::Watch: return "accepted";
        case Verdict::NoData: return "incomplete";
        case Verdict::Fail: return "refused";
    }
    return "incomplete";
}

}  // namespace rackproof
