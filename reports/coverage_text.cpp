#include "reports/coverage_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

using Outcomes = std::map<Outcome, std::int64_t>;

std::int64_t total(const Outcomes& outcomes) {
    std::int64_t sum = 0;
    for (const auto& [outcome, count] : outcomes) sum += count;
    return sum;
}

/// "26 cells: 24 completed, 2 skipped".
std::string counts_text(const Outcomes& outcomes) {
    const std::int64_t all = total(outcomes);
    std::string text = fmt::format("{} {}", all, all == 1 ? "cell" : "cells");
    const char* separator = ": ";
    for (const auto& [outcome, count] : outcomes) {
        if (count == 0) continue;
        text += fmt::format("{}{} {}", separator, count, to_string(outcome));
        separator = ", ";
    }
    return text;
}

/// Metrics of one suite that may be told of together.
struct Alike {
    std::vector<const Coverage*> metrics;
    Outcomes outcomes;
    std::int64_t attempts = 0;
    std::int64_t judged = 0;
};

std::vector<Alike> alike(const std::vector<Coverage>& coverage) {
    const auto key = [](const Coverage& each) {
        return std::tie(each.suite, each.outcomes, each.attempts, each.required, each.judged,
                        each.not_judged, each.not_completed, each.pairs, each.exposure);
    };
    std::vector<Alike> groups;
    for (const Coverage& each : coverage) {
        auto group = std::ranges::find_if(
            groups, [&](const Alike& known) { return key(*known.metrics.front()) == key(each); });
        if (group == groups.end()) group = groups.insert(groups.end(), Alike{});
        group->metrics.push_back(&each);
        for (const auto& [outcome, count] : each.outcomes) group->outcomes[outcome] += count;
        group->attempts += each.attempts;
        group->judged += each.judged;
    }
    return groups;
}

std::string names(const Alike& group) {
    constexpr std::size_t kMostNames = 3;
    const std::size_t listed = std::min(group.metrics.size(), kMostNames);
    std::string text;
    for (std::size_t i = 0; i < listed; ++i) {
        if (i > 0) text += ", ";
        text += clean(group.metrics[i]->metric);
    }
    if (group.metrics.size() > listed) {
        text += fmt::format(" and {} more", group.metrics.size() - listed);
    }
    return text;
}

std::string told(const Alike& group) {
    const Coverage& first = *group.metrics.front();
    std::string text = names(group);
    text += first.required ? " - " : " (optional) - ";
    text += counts_text(group.outcomes);
    const std::int64_t retests = group.attempts - total(group.outcomes);
    if (retests > 0) text += fmt::format("; {} {}", retests, retests == 1 ? "retest" : "retests");
    text += fmt::format("; {} judged", group.judged);
    if (!first.pairs.empty()) text += "; " + clean(first.pairs);
    if (!first.exposure.empty()) text += "; " + clean(first.exposure);
    const bool several = group.metrics.size() > 1;
    if (!first.not_judged.empty()) text += "; not judged: " + clean(first.not_judged);
    if (!first.not_completed.empty()) text += "; not completed: " + clean(first.not_completed);
    if (several && !(first.not_judged.empty() && first.not_completed.empty())) text += ", each";
    return text;
}

}  // namespace

std::string coverage_text(const Judgement& judgement, std::size_t columns) {
    std::string text;
    for (const Alike& group : alike(judgement.coverage)) {
        text += paragraph("  ", 6, told(group), columns);
    }
    return text;
}

std::string cell_counts(const Judgement& judgement) {
    Outcomes outcomes;
    std::int64_t judged = 0;
    for (const Coverage& coverage : judgement.coverage) {
        for (const auto& [outcome, count] : coverage.outcomes) outcomes[outcome] += count;
        judged += coverage.judged;
    }
    const std::string text = counts_text(outcomes);
    if (judged == 0) return text + "; nothing was held against peers or a limit";
    return text + fmt::format("; {} judged", judged);
}

}  // namespace rackproof
