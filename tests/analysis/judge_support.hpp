#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/judgement.hpp"
#include "tests/support/fleet.hpp"

namespace rackproof::test {

inline Policy with_optional(const char* pattern) {
    Policy policy;
    policy.optional.emplace_back(pattern);
    return policy;
}

inline Limit limit(const char* pattern, const char* unit, std::optional<double> min,
                   std::optional<double> max) {
    return {pattern, unit, min, max, "contract 7.1"};
}

inline Policy with_limit(Limit limit) {
    Policy policy;
    policy.limits.push_back(std::move(limit));
    return policy;
}

/// The findings of one rule, in their order.
inline std::vector<Finding> by_rule(const Judgement& judgement, std::string_view rule) {
    std::vector<Finding> found;
    for (const Finding& finding : judgement.findings) {
        if (finding.rule == rule) found.push_back(finding);
    }
    return found;
}

inline Verdict verdict_of(const Judgement& judgement, std::string_view node) {
    const auto found = std::ranges::find(judgement.nodes, node, &NodeVerdict::node);
    return found == judgement.nodes.end() ? Verdict::NoData : found->verdict;
}

}  // namespace rackproof::test
