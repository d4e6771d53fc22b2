#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "analysis/judgement.hpp"
#include "analysis/rules.hpp"
#include "core/error.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

void refuse(const Limit& limit, const char* problem) {
    throw InputError{"the limit on '" + printable(limit.pattern) + "' " + problem};
}

void check_limit(const Limit& limit) {
    if (!limit.min && !limit.max) refuse(limit, "has neither min nor max; expected at least one");
    for (const auto& bound : {limit.min, limit.max}) {
        if (bound && !std::isfinite(*bound)) refuse(limit, "is no finite number");
    }
    if (limit.min && limit.max && *limit.min > *limit.max) {
        refuse(limit, "has a min above its max");
    }
}

void check_number(const char* name, double value) {
    if (std::isfinite(value) && value >= 0) return;
    throw InputError{std::string{"the policy's "} + name + " is " + fmt::format("{}", value) +
                     "; expected a number of at least 0"};
}

}  // namespace

bool is_optional(const Policy& policy, std::string_view metric_name) {
    return std::ranges::any_of(
        policy.optional, [&](const std::string& pattern) { return matches(pattern, metric_name); });
}

std::vector<std::string> provisional_notes(const Policy& policy) {
    std::vector<std::pair<std::string, std::vector<std::string>>> by_source;
    for (const Limit& limit : policy.limits) {
        if (!limit.provisional) continue;
        auto known =
            std::ranges::find(by_source, limit.source, [](auto& each) { return each.first; });
        if (known == by_source.end()) known = by_source.insert(known, {limit.source, {}});
        known->second.push_back(printable(limit.pattern));
    }
    std::vector<std::string> notes;
    notes.reserve(by_source.size() + policy.profiles.size());
    for (const auto& [source, patterns] : by_source) {
        notes.push_back((patterns.size() == 1 ? "limit on " : "limits on ") + some_of(patterns) +
                        ", from " + printable(source));
    }
    for (const Profile& profile : policy.profiles) {
        if (!profile.provisional) continue;
        notes.push_back("profile " + printable(profile.name) + ", from " +
                        printable(profile.source));
    }
    return notes;
}

void check_policy(const Policy& policy) {
    check_number("min_effect", policy.min_effect);
    check_number("min_effect_kelvin", policy.min_effect_kelvin);
    check_number("fail_q", policy.fail_q);
    check_number("watch_q", policy.watch_q);
    check_number("unstable_cv", policy.unstable_cv);
    check_number("unstable_ratio", policy.unstable_ratio);
    if (policy.fail_q > policy.watch_q) {
        throw InputError{"the policy's fail_q is above its watch_q; expected at most that"};
    }
    for (const MetricRule& rule : policy.metrics) {
        if (rule.min_effect) check_number("min_effect", *rule.min_effect);
    }
    for (const Limit& limit : policy.limits) check_limit(limit);
}

}  // namespace rackproof
