#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/judgement.hpp"
#include "core/metric_source.hpp"
#include "core/plan.hpp"

namespace rackproof {

/// What a contract asks of a number: of each target, or, with a percentile, of a rack's targets
/// together ("the 5th percentile is at least MIN", "the 95th is at most MAX").
struct ContractLimit {
    Limit limit;
    std::optional<double> percentile;
    friend bool operator==(const ContractLimit&, const ContractLimit&) = default;
};

/// For how long each target must have been measured by some case.
struct ContractHours {
    std::string pattern;
    double hours = 0;
    std::string source;
    friend bool operator==(const ContractHours&, const ContractHours&) = default;
};

/// By what a rack is accepted as a whole. Patterns are as those of a policy.
struct Contract {
    std::string name;
    double allowed_defects = 0;  ///< share of a rack's nodes that may be defects
    std::int32_t retests = 0;    ///< of a cell, in a row, that may count after its first attempt
    std::int32_t repairs = 0;    ///< of a node, after which attempts may still count
    std::vector<ContractLimit> limits;
    std::vector<ContractHours> hours;
    friend bool operator==(const Contract&, const Contract&) = default;
};

/// One attempt at a cell. That which counts is the last one that the contract allows.
struct ContractAttempt {
    std::int32_t number = 0;
    Outcome outcome = Outcome::Lost;
    std::optional<double> value;  ///< median of the samples, if it completed
    std::optional<double> hours;  ///< from the first sample to the last
    std::string reason;           ///< of another outcome
    enum class Counts : std::uint8_t { No, Yes } counts = Counts::No;
    bool of_fewer = false;  ///< some nodes of the group took no part
};

/// A cell that took more than one attempt.
struct ContractCell {
    std::string metric;
    std::string unit;
    std::string where;  ///< "n003 device 5"
    std::vector<ContractAttempt> attempts;
};

/// One thing that a rack keeps or does not keep, in words.
struct Clause {
    Verdict verdict = Verdict::Pass;
    std::string sentence;
};

struct RackAcceptance {
    std::string rack;
    Verdict verdict = Verdict::Pass;  ///< Pass: accepted; Fail: refused; NoData: not to be said
    std::int64_t nodes = 0;
    std::map<std::string, std::string> defects;  ///< node: the first reason
    std::map<std::string, std::string> no_data;  ///< node: likewise
    std::vector<Clause> clauses;
};

struct Acceptance {
    std::string contract;
    std::string run_id;
    Verdict verdict = Verdict::Pass;    ///< the worst of the racks
    std::vector<RackAcceptance> racks;  ///< by name
    std::vector<ContractCell> retested;
    std::vector<std::string> left_out;     ///< Judgement::left_out
    std::vector<std::string> provisional;  ///< Judgement::provisional
};

/// Holds a run against a contract. A node is a defect if it fails by `judgement`, if a cell that
/// the contract names ended badly on it in the attempt that counts, or if its number there is
/// outside a limit; of pairs and groups no number may be, which is a clause on the rack. A rack is
/// refused if more of its nodes are defects than the contract allows, a clause on the rack is
/// broken, or the judgement fails it or the fleet as a whole; else nothing can be said of it if a
/// node has no data, hours are missing or the run is incomplete; else it is accepted. Throws
/// InputError if a limit's unit is not its metric's, and what `metrics` throws.
[[nodiscard]] Acceptance accept(const Contract& contract, const Run& facts, MetricSource& metrics,
                                const Judgement& judgement);

/// "accepted", "refused", "incomplete".
[[nodiscard]] std::string_view acceptance_word(Verdict verdict) noexcept;

}  // namespace rackproof
