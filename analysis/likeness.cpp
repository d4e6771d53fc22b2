#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/rules.hpp"

namespace rackproof {
namespace {

/// Fewer peers that agree are no majority to be sure of.
constexpr std::size_t kClearMajority = 3;

constexpr const char* kAfterOtherDigest =
    "Take it out of service and run the case on it alone, several times: an output unlike all its "
    "peers' is a wrong one, even if it is close. Keep this run file as evidence.";
constexpr const char* kAfterUnclearDigest =
    "Run the case on it and on a third device of the same model: the one that stands alone "
    "computes wrongly.";
constexpr const char* kAfterOtherWay =
    "Find out why it ran in another way (driver, library, firmware, a fall-back to a slower "
    "transport), make it like its peers, and run again: until then its numbers cannot be compared.";

/// Of one cohort: those that have the same value of what is compared.
template <class Value>
using Camps = std::map<Value, std::vector<const TargetCell*>>;

template <class Value>
std::size_t total(const Camps<Value>& camps) {
    std::size_t count = 0;
    for (const auto& [value, members] : camps) count += members.size();
    return count;
}

/// The camp with more than half of all, or the end.
template <class Value>
auto majority(const Camps<Value>& camps) {
    const std::size_t all = total(camps);
    return std::ranges::find_if(camps,
                                [all](const auto& camp) { return 2 * camp.second.size() > all; });
}

Draft draft_of(const MetricCells& cells, const TargetCell& cell, const char* rule) {
    Draft draft;
    draft.finding.verdict = Verdict::Watch;
    draft.finding.rule = rule;
    draft.place = cell.place;
    draft.metric = cells.index();
    return draft;
}

Draft other_digest(const MetricCells& cells, const TargetCell& cell, std::size_t agreeing,
                   std::size_t all) {
    const std::string& name = cells.metric().name;
    const bool clear = agreeing >= kClearMajority;
    Draft draft = draft_of(cells, cell, "digest");
    draft.finding.kind = FindingKind::WrongAnswer;
    draft.finding.cohort = static_cast<std::int64_t>(all);
    draft.finding.action = clear ? kAfterOtherDigest : kAfterUnclearDigest;
    if (clear) {
        draft.finding.verdict = Verdict::Fail;
        draft.what = fmt::format(
            "{} computed another result than {} of its cohort of {}, which agree to the last bit",
            name, agreeing, all);
    } else {
        draft.what = fmt::format(
            "{} computed another result than others of its cohort of {}: one of them computes "
            "differently, and too few agree to say which",
            name, all);
    }
    return draft;
}

void judge_digest_camps(const MetricCells& cells, const Camps<std::string>& camps,
                        std::vector<OddDigest>& odd) {
    const auto most = majority(camps);
    const std::size_t agreeing = most == camps.end() ? 0 : most->second.size();
    for (auto camp = camps.begin(); camp != camps.end(); ++camp) {
        if (camp == most) continue;
        for (const TargetCell* cell : camp->second) {
            odd.push_back({camp->first, other_digest(cells, *cell, agreeing, total(camps))});
        }
    }
}

void judge_way_camps(const MetricCells& cells, const Survey& survey,
                     const Camps<std::int32_t>& camps, std::vector<Draft>& drafts) {
    const auto most = majority(camps);
    const std::size_t all = total(camps);
    const auto& reference = most == camps.end() ? camps.begin()->second : most->second;
    const VariantFacts* usual = survey.variant(*reference.front());
    for (auto camp = camps.begin(); camp != camps.end(); ++camp) {
        if (camp == most) continue;
        const VariantFacts* own = survey.variant(*camp->second.front());
        const std::string how = own == nullptr || usual == nullptr
                                    ? "how is recorded for only some of them"
                                : own == usual ? "no way is that of more than half"
                                               : difference(own->like, usual->like);
        for (const TargetCell* cell : camp->second) {
            Draft draft = draft_of(cells, *cell, "variant");
            draft.finding.kind = FindingKind::Hardware;
            draft.finding.cohort = static_cast<std::int64_t>(all);
            draft.finding.action = kAfterOtherWay;
            draft.what =
                fmt::format("{} was measured in another way than {} of its cohort of {}: {}",
                            cells.metric().name, most == camps.end() ? "part" : "most", all, how);
            drafts.push_back(std::move(draft));
        }
    }
}

}  // namespace

std::vector<OddDigest> judge_digests(const MetricCells& cells, const Survey& survey) {
    const bool any = std::ranges::any_of(
        survey.variants, [](const VariantFacts& facts) { return facts.digest.has_value(); });
    if (!any) return {};
    std::map<std::pair<std::int64_t, std::int32_t>, Camps<std::string>> cohorts;
    for (const TargetCell& cell : cells.cells()) {
        const VariantFacts* facts = survey.variant(cell);
        if (!cell.value || facts == nullptr || !facts->digest) continue;
        cohorts[{cell.sku, survey.way(cell)}][*facts->digest].push_back(&cell);
    }
    std::vector<OddDigest> odd;
    for (const auto& [key, camps] : cohorts) judge_digest_camps(cells, camps, odd);
    return odd;
}

void judge_likeness(const MetricCells& cells, const Survey& survey, std::vector<Draft>& drafts) {
    const auto kind = [&](const TargetCell& cell) { return std::pair{cell.sku, survey.way(cell)}; };
    std::optional<std::pair<std::int64_t, std::int32_t>> first;
    const bool several = std::ranges::any_of(cells.cells(), [&](const TargetCell& cell) {
        if (!cell.value) return false;
        if (!first) first = kind(cell);
        return kind(cell) != *first;
    });
    if (!several) return;
    std::map<std::int64_t, Camps<std::int32_t>> by_sku;
    for (const TargetCell& cell : cells.cells()) {
        if (cell.value) by_sku[cell.sku][survey.way(cell)].push_back(&cell);
    }
    for (const auto& [sku, camps] : by_sku) {
        if (camps.size() > 1) judge_way_camps(cells, survey, camps, drafts);
    }
}

}  // namespace rackproof
