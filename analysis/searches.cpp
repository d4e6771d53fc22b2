#include "analysis/searches.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "analysis/confirmation.hpp"
#include "core/event_codes.hpp"
#include "core/manifest.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr const char* kAfterCut =
    "Run the search again with a larger budget_s (or fewer rounds, or racks): who slows the "
    "collective was not found out.";
constexpr const char* kAfterNotDue =
    "Run it again under this policy: it was well by the one it was run with, so that nobody was "
    "searched for.";

/// The metrics that this one was a search for; empty if it was none.
std::vector<std::string> searched_by(const Metric& metric) {
    const auto parameters = nlohmann::json::parse(metric.parameters, nullptr, false);
    if (!parameters.is_object()) return {};
    const auto found = parameters.find(kSearchOf);
    if (found == parameters.end() || !found->is_array()) return {};
    std::vector<std::string> names;
    for (const nlohmann::json& name : *found) {
        if (name.is_string()) names.push_back(name.get<std::string>());
    }
    return names;
}

std::int64_t count_of(const Coverage& coverage, Outcome outcome) {
    const auto found = coverage.outcomes.find(outcome);
    return found == coverage.outcomes.end() ? 0 : found->second;
}

/// A finding that what was measured now is not well.
bool tells_of_tonight(const Finding& finding) {
    return finding.verdict != Verdict::Pass && finding.rule != kHistoryRule;
}

/// The first of these metrics that is not known to be well, and why. `found` says what was found of
/// a metric, by its place in `coverage`.
template <class Found>
std::string why_not_well(const std::vector<std::string>& metrics,
                         const std::vector<Coverage>& coverage, Found found) {
    if (metrics.empty()) return "what it searches for was not to be measured";
    for (const std::string& name : metrics) {
        const auto known = std::ranges::find(coverage, name, &Coverage::metric);
        if (known == coverage.end()) return printable(name) + " was not measured";
        std::string why =
            why_short(*known, found(static_cast<std::size_t>(known - coverage.begin())));
        if (!why.empty()) return why;
    }
    return {};
}

/// As why_search_is_due, of a judgement in the making.
std::string why_due(const std::vector<std::string>& metrics, const std::vector<Coverage>& coverage,
                    const std::vector<Draft>& drafts) {
    return why_not_well(metrics, coverage, [&](std::size_t metric) -> std::string {
        const auto found = std::ranges::find_if(drafts, [&](const Draft& draft) {
            return draft.metric == metric && tells_of_tonight(draft.finding);
        });
        return found == drafts.end() ? "" : found->what;
    });
}

}  // namespace

Searching::Searching(const MetricCells& cells, const Survey& survey)
    : cells_{&cells},
      reasons_{&survey.reasons_of(cells.metric().name)},
      of_{searched_by(cells.metric())} {
    const bool confirms = !confirmed_metric(cells.metric()).empty();
    if (of_.empty() && !confirms) return;
    for (const Event& event : survey.run->events) {
        if (confirms && event.code == event_code::kConfirmationNotDue) {
            texts_.emplace(event.text, Gap::NotDue);
        }
        if (confirms) continue;
        if (event.code == event_code::kSearchCut) texts_.emplace(event.text, Gap::Cut);
        if (event.code == event_code::kSearchNotDue) texts_.emplace(event.text, Gap::NotDue);
    }
}

Searching::Gap Searching::gap(const TargetCell& cell) const {
    if (texts_.empty() || cells_->last_outcome(cell) != Outcome::Skipped) return Gap::None;
    const auto reason = reasons_->find(cells_->rows(cell).back());
    if (reason == reasons_->end()) return Gap::None;
    const auto told = texts_.find(reason->second);
    return told == texts_.end() ? Gap::None : told->second;
}

SearchGap search_gap(const MetricCells& cells, const Survey& survey) {
    const Searching searching{cells, survey};
    SearchGap gap;
    gap.of = searching.of();
    if (gap.of.empty()) return gap;
    gap.cells = cells.cells().size();
    std::set<std::int32_t> measured;
    for (const TargetCell& cell : cells.cells()) {
        const Searching::Gap why = searching.gap(cell);
        if (why == Searching::Gap::NotDue) ++gap.not_due;
        std::set<std::int32_t>& nodes = cell.value ? measured : gap.silent;
        if (why == Searching::Gap::Cut) {
            ++gap.cut;
            gap.cut_texts.insert(cells.reason(cells.rows(cell).back()));
        } else if (!cell.value) {
            continue;
        }
        nodes.insert(cell.place.node);
        nodes.insert(cell.place.peer_node);
    }
    std::erase_if(gap.silent,
                  [&](std::int32_t node) { return node < 0 || measured.contains(node); });
    return gap;
}

std::string why_short(const Coverage& coverage, const std::string& finding) {
    if (!finding.empty()) return finding;
    std::int64_t cells = 0;
    for (const auto& [outcome, count] : coverage.outcomes) cells += count;
    const std::int64_t asked = cells - count_of(coverage, Outcome::Skipped);
    const bool may_be_skipped = cells > 0 && !coverage.required;
    if (asked == 0) {
        return may_be_skipped ? "" : printable(coverage.metric) + " was measured nowhere";
    }
    if (coverage.judged == asked) return {};
    return fmt::format("{} was held against nothing in {} of {} cells: {}",
                       printable(coverage.metric), asked - coverage.judged, asked,
                       coverage.not_judged.empty() ? coverage.not_completed : coverage.not_judged);
}

std::string why_search_is_due(const Judgement& judgement, const std::vector<std::string>& metrics) {
    const std::vector<Coverage>& coverage = judgement.coverage;
    return why_not_well(metrics, coverage, [&](std::size_t metric) -> std::string {
        const auto found = std::ranges::find_if(judgement.findings, [&](const Finding& finding) {
            return finding.metric == coverage[metric].metric && tells_of_tonight(finding);
        });
        return found == judgement.findings.end() ? "" : found->sentence;
    });
}

void judge_searches(const std::vector<SearchGap>& gaps, const std::vector<Coverage>& coverage,
                    std::vector<Draft>& drafts) {
    std::set<std::string> told;
    const std::vector<Draft> before = drafts;
    const auto tell = [&](const Place& place, std::size_t metric, const std::string& what,
                          const char* action) {
        if (!told.insert(fmt::format("{} {}", place.node, what)).second) return;
        drafts.push_back(no_data("coverage", place, metric, what, action));
    };
    for (std::size_t i = 0; i < gaps.size(); ++i) {
        const SearchGap& gap = gaps[i];
        for (const std::string& text : gap.cut_texts) {
            tell({}, i, text, kAfterCut);
            for (const std::int32_t node : gap.silent) {
                tell(Place{.node = node}, i, "is in no pair that was measured: " + text, kAfterCut);
            }
        }
        if (gap.not_due == 0) continue;
        const std::string why = why_due(gap.of, coverage, before);
        if (why.empty()) continue;
        tell({}, i, "nobody was searched for, though there is reason to: " + why, kAfterNotDue);
    }
}

}  // namespace rackproof
