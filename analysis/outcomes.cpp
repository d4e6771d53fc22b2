#include <fmt/core.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analysis/at_fault.hpp"
#include "analysis/pairs.hpp"
#include "analysis/rules.hpp"
#include "analysis/searches.hpp"

namespace rackproof {
namespace {

const char* told(Outcome outcome) {
    switch (outcome) {
        case Outcome::Completed: return "completed";
        case Outcome::WrongAnswer: return "computed a wrong answer";
        case Outcome::Failed: return "failed";
        case Outcome::TimedOut: return "did not end before its deadline";
        case Outcome::Lost: return "lost its process or node";
        case Outcome::Skipped: return "was skipped";
        case Outcome::Excluded: return "was excluded";
    }
    return "ended in an unknown way";
}

struct Ending {
    Verdict verdict;
    FindingKind kind;
    std::string what;
    const char* action;
};

constexpr const char* kAfterWrongAnswer =
    "Take it out of service, keep this run file as evidence, and run the same case on it alone "
    "for longer; if an answer is wrong again, return it to the vendor. Speed does not matter here.";
constexpr const char* kAfterTwoBreaks =
    "Drain it, read its kernel log and counters for the time of the run, power-cycle, and test "
    "again; if it breaks a third time, return it to the vendor with this record.";
constexpr const char* kAfterOneBreak =
    "Run this case on it again: without a number it cannot pass. If it breaks again when alone, it "
    "fails.";
constexpr const char* kAfterSkip =
    "Provide what the reason names and run the case again, or name the case under optional in the "
    "policy.";
constexpr const char* kAfterExclusion =
    "Deal with what took it out of the run, then run the case again.";
constexpr const char* kAfterLeftAlone = "Run this case on it again, with partners that work.";
constexpr const char* kAfterNoNumber =
    "Run this case on it again: it says that it completed, but there is no number to judge.";

std::string with_reason(const std::string& text, const std::string& reason) {
    return reason.empty() ? text : text + ": " + reason;
}

/// The first row of the cell whose outcome is one of those wanted.
template <class Wanted>
std::optional<std::size_t> first_row(const MetricCells& cells, const TargetCell& cell,
                                     Wanted wanted) {
    for (const std::size_t row : cells.rows(cell)) {
        if (wanted(cells.outcome(row))) return row;
    }
    return std::nullopt;
}

Ending after_breaking(const MetricCells& cells, const TargetCell& cell, std::size_t row) {
    const std::string& name = cells.metric().name;
    std::set<std::int32_t> broken;
    for (const std::size_t each : cells.rows(cell)) {
        if (broke(cells.outcome(each))) broken.insert(cells.attempt(each));
    }
    std::string what = name + " " + told(cells.outcome(row));
    if (broken.size() >= 2) {
        what +=
            fmt::format(", and broke again when tested alone ({} attempts broke)", broken.size());
        return {Verdict::Fail, FindingKind::Hardware, with_reason(what, cells.reason(row)),
                kAfterTwoBreaks};
    }
    const Outcome last = cells.last_outcome(cell);
    if (last == Outcome::Completed) {
        what += " once and completed afterwards, alone";
    } else if (!broke(last)) {
        what += std::string{" once and then "} + told(last);
    }
    return {Verdict::NoData, FindingKind::Missing, with_reason(what, cells.reason(row)),
            kAfterOneBreak};
}

/// How a cell ended that is worth a finding; nullopt for one that completed with a number and for
/// an optional one that was skipped.
std::optional<Ending> ending(const MetricCells& cells, const TargetCell& cell, bool optional) {
    const std::string& name = cells.metric().name;
    const auto wrong = [](Outcome outcome) { return outcome == Outcome::WrongAnswer; };
    if (const auto row = first_row(cells, cell, wrong)) {
        return Ending{Verdict::Fail, FindingKind::WrongAnswer,
                      with_reason(name + " " + told(Outcome::WrongAnswer), cells.reason(*row)),
                      kAfterWrongAnswer};
    }
    if (const auto row = first_row(cells, cell, broke)) return after_breaking(cells, cell, *row);

    const Outcome last = cells.last_outcome(cell);
    if (last == Outcome::Completed) {
        if (cell.value) return std::nullopt;
        return Ending{Verdict::NoData, FindingKind::Missing,
                      name + " completed without a single finite number", kAfterNoNumber};
    }
    if (last == Outcome::Skipped && optional) return std::nullopt;
    const std::string what =
        with_reason(name + " " + told(last), cells.reason(cells.rows(cell).back()));
    return Ending{Verdict::NoData, FindingKind::Missing, what,
                  last == Outcome::Skipped ? kAfterSkip : kAfterExclusion};
}

/// A group that was completed without those to blame: each of them broke it, and none again.
Ending after_going_on(const MetricCells& cells, std::size_t row) {
    const std::string what = cells.metric().name + " " + told(cells.outcome(row)) +
                             ", and was completed without it afterwards";
    return {Verdict::NoData, FindingKind::Missing, with_reason(what, cells.reason(row)),
            kAfterOneBreak};
}

/// Nobody knows whose answer was wrong; and a group that was never completed has no number.
std::vector<Place> counts_at(const Survey& survey, const std::set<std::int32_t>& to_blame,
                             const TargetCell& cell, FindingKind kind) {
    const bool as_a_whole =
        kind == FindingKind::WrongAnswer || (cell.place.group >= 0 && !cell.value);
    if (as_a_whole) return {cell.place};
    return places_at_fault(*survey.run, to_blame, cell.place);
}

std::string partner_text(const Survey& survey, const Place& whole, const Place& part) {
    const auto name = [&](std::int32_t node) {
        return survey.run->nodes[static_cast<std::size_t>(node)].name;
    };
    if (part == whole) return "";
    if (whole.group >= 0) return "in a group, ";
    return "with " + name(part.node == whole.node ? whole.peer_node : whole.node) + ", ";
}

/// Nodes whose pairs all broke because of others: they have no number, and are not to blame.
void judge_left_alone(const MetricCells& cells, const Survey& survey,
                      const std::set<std::int32_t>& to_blame, std::vector<Draft>& drafts) {
    std::map<std::int32_t, std::string> partners;
    std::set<std::int32_t> judged;
    for (const TargetCell& cell : cells.cells()) {
        const bool blamed_apart =
            places_at_fault(*survey.run, to_blame, cell.place).front() != cell.place;
        for (const Place& end : {first_end(cell.place), second_end(cell.place)}) {
            if (cell.value || !blamed_apart || to_blame.contains(end.node)) {
                judged.insert(end.node);
                continue;
            }
            const std::int32_t other =
                end.node == cell.place.node ? cell.place.peer_node : cell.place.node;
            std::string& names = partners[end.node];
            names += (names.empty() ? "" : ", ") +
                     survey.run->nodes[static_cast<std::size_t>(other)].name;
        }
    }
    for (const auto& [node, names] : partners) {
        if (judged.contains(node)) continue;
        drafts.push_back(no_data(
            "outcome", Place{.node = node}, cells.index(),
            cells.metric().name + " has no number: to blame was each partner (" + names + ")",
            kAfterLeftAlone));
    }
}

}  // namespace

void judge_outcomes(const MetricCells& cells, const Survey& survey, const Policy& policy,
                    std::vector<Draft>& drafts) {
    const bool optional = is_optional(policy, cells.metric().name);
    std::set<std::int32_t> to_blame = judge_broken_pairs(cells, survey, policy, drafts);
    to_blame.insert(survey.to_blame.begin(), survey.to_blame.end());
    const Searching searching{cells, survey};
    for (const TargetCell& cell : cells.cells()) {
        std::optional<Ending> seen = ending(cells, cell, optional);
        if (!seen || searching.gap(cell) != Searching::Gap::None) continue;  // judge_searches
        const std::vector<Place> at_fault = counts_at(survey, to_blame, cell, seen->kind);
        const auto row = first_row(cells, cell, broke);
        const bool went_on = cell.place.group >= 0 && at_fault.front() != cell.place;
        if (went_on && row) seen = after_going_on(cells, *row);
        for (const Place& place : at_fault) {
            Draft draft;
            draft.finding.verdict = seen->verdict;
            draft.finding.kind = seen->kind;
            draft.finding.rule = "outcome";
            draft.finding.action = seen->action;
            draft.place = place;
            draft.metric = cells.index();
            draft.what = partner_text(survey, cell.place, place) + seen->what;
            drafts.push_back(std::move(draft));
        }
    }
    if (is_pair(cells.metric().scope) && !optional)
        judge_left_alone(cells, survey, to_blame, drafts);
}

}  // namespace rackproof
