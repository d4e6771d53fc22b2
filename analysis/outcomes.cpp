#include <fmt/core.h>

#include <optional>
#include <set>
#include <string>

#include "analysis/rules.hpp"

namespace rackproof {
namespace {

/// Ended without an answer, for a reason that may lie in the hardware.
bool broke(Outcome outcome) {
    return outcome == Outcome::Failed || outcome == Outcome::TimedOut || outcome == Outcome::Lost;
}

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
constexpr const char* kAfterNoNumber =
    "Run this case on it again: it says that it completed, but there is no number to judge.";

std::string with_reason(std::string text, const std::string& reason) {
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

}  // namespace

void judge_outcomes(const MetricCells& cells, const Policy& policy, std::vector<Draft>& drafts) {
    const bool optional = is_optional(policy, cells.metric().name);
    for (const TargetCell& cell : cells.cells()) {
        std::optional<Ending> seen = ending(cells, cell, optional);
        if (!seen) continue;
        Draft draft;
        draft.finding.verdict = seen->verdict;
        draft.finding.kind = seen->kind;
        draft.finding.rule = "outcome";
        draft.finding.action = seen->action;
        draft.place = cell.place;
        draft.metric = cells.index();
        draft.what = std::move(seen->what);
        drafts.push_back(std::move(draft));
    }
}

}  // namespace rackproof
