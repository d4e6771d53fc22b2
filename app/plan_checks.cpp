#include "app/plan_checks.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "analysis/curve_metrics.hpp"
#include "core/utf8.hpp"
#include "runners/pins.hpp"
#include "runners/plan_cases.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

/// The cases of one entry, behind those before it, with its place in what is wrong with them.
std::vector<CaseSpec> cases_at(const Plan& plan, std::size_t stage, const SuiteEntry& entry,
                               const std::vector<CaseSpec>& before, const InputPlace& place) {
    try {
        std::vector<CaseSpec> cases =
            entry_cases(plan.stages[stage], entry, static_cast<std::int32_t>(stage),
                        static_cast<std::int32_t>(before.size()));
        for (const CaseSpec& spec : cases) require_calibration(before, spec);
        return cases;
    } catch (const InputError& error) {
        throw InputError{place, error.what()};
    }
}

void check_stage(const std::vector<CaseSpec>& cases, const Stage& stage, const InputPlace& place) {
    const auto stray = std::ranges::find_if(cases, [&](const CaseSpec& spec) {
        return device_kind(spec) != device_kind(cases.front());
    });
    if (stray != cases.end()) {
        throw InputError{
            place, "stage '" + stage.name + "' mixes kinds of devices: " + cases.front().name +
                       " runs on a " + device_kind(cases.front()) + ", " + stray->name + " on a " +
                       device_kind(*stray) + "; put them into stages of their own"};
    }
    const auto other = std::ranges::find_if(
        cases, [&](const CaseSpec& spec) { return spec.scope != cases.front().scope; });
    if (other == cases.end()) return;
    throw InputError{place, "stage '" + stage.name + "' mixes scopes: " + cases.front().name +
                                " is measured on a " + std::string{to_string(cases.front().scope)} +
                                ", " + other->name + " on a " +
                                std::string{to_string(other->scope)} +
                                "; put them into stages of their own"};
}

/// What a search is for is measured before it, on several nodes together.
void check_search(const Plan& plan, std::size_t number, const InputPlace& place) {
    const Stage& search = plan.stages[number];
    if (search.only_if_short.empty()) return;
    const auto before = plan.stages.begin() + static_cast<std::ptrdiff_t>(number);
    const auto named = std::find_if(plan.stages.begin(), before, [&](const Stage& stage) {
        return stage.name == search.only_if_short;
    });
    const bool fits = named != before && (named->over == Over::Group || named->over == Over::Rack);
    if (fits) return;
    throw InputError{place, "stage '" + search.name + "' is a search for what slows stage '" +
                                search.only_if_short +
                                "'; expected a stage before it with over = \"group\" or \"rack\""};
}

/// A load that is felt beyond the machine has a ceiling, and a stage of its own: what goes wrong
/// with it is not tried again, which must hold for nothing else.
void check_ceiling(const Stage& stage, const SuiteEntry& entry, const InputPlace& place) {
    if (!needs_site_consent(entry.suite)) return;
    if (!(entry.parameters.real(kCeilingParameter) > 0)) {
        throw InputError{place, "suite '" + entry.suite + "' needs '" +
                                    std::string{kCeilingParameter} +
                                    "': the watts of all its devices together at which it stops"};
    }
    if (stage.suites.size() > 1) {
        throw InputError{place, "stage '" + stage.name + "' has other suites beside '" +
                                    entry.suite + "'; put it into a stage of its own"};
    }
}

/// All cases by name; checks names and stages on the way.
std::map<std::string, CaseSpec> checked_cases(const Plan& plan, const PlanPlaces& places) {
    std::map<std::string, CaseSpec> by_name;
    std::vector<CaseSpec> all;
    std::set<std::string> stage_names;
    for (std::size_t s = 0; s < plan.stages.size(); ++s) {
        const Stage& stage = plan.stages[s];
        if (!stage_names.insert(stage.name).second) {
            throw InputError{places.stages[s], "a second stage named '" + stage.name + "'"};
        }
        std::vector<CaseSpec> of_stage;
        for (std::size_t e = 0; e < stage.suites.size(); ++e) {
            const InputPlace& place = places.suites[s][e];
            check_ceiling(stage, stage.suites[e], place);
            for (CaseSpec& spec : cases_at(plan, s, stage.suites[e], all, place)) {
                if (!by_name.emplace(spec.name, spec).second) {
                    throw InputError{place, "a second case named " + spec.name +
                                                "; give this suite entry a label"};
                }
                all.push_back(spec);
                of_stage.push_back(std::move(spec));
            }
        }
        check_stage(of_stage, stage, places.stages[s]);
        check_search(plan, s, places.stages[s]);
    }
    return by_name;
}

void check_limit(const Limit& limit, const std::map<std::string, CaseSpec>& cases,
                 const InputPlace& place) {
    bool found = false;
    for (const auto& [name, spec] : cases) {
        if (!matches(limit.pattern, name)) continue;
        found = true;
        if (spec.unit != limit.unit) {
            throw InputError{place, "the limit for '" + printable(limit.pattern) + "' is in " +
                                        limit.unit + ", but " + name + " is measured in " +
                                        spec.unit};
        }
    }
    if (!found) {
        throw InputError{
            place, "the limit for '" + printable(limit.pattern) + "' matches no case of this plan"};
    }
}

/// And what the judge makes of the curves of burn-ins, by name and unit.
std::map<std::string, CaseSpec> with_curves(std::map<std::string, CaseSpec> cases) {
    std::vector<CurveCase> curves;
    for (const auto& [name, spec] : cases) {
        const bool is_lead = spec.suite == "burnin" && spec.unit == symbol(Unit::FlopsPerSecond);
        if (is_lead) std::ranges::move(curve_cases(name), std::back_inserter(curves));
    }
    for (CurveCase& curve : curves) {
        CaseSpec spec;
        spec.unit = std::move(curve.unit);
        cases.emplace(std::move(curve.name), std::move(spec));
    }
    return cases;
}

}  // namespace

void check_plan(const Plan& plan, const PlanPlaces& places) {
    const std::map<std::string, CaseSpec> cases = with_curves(checked_cases(plan, places));
    for (std::size_t i = 0; i < plan.policy.limits.size(); ++i) {
        check_limit(plan.policy.limits[i], cases, places.limits[i]);
    }
    for (const std::string& pattern : plan.policy.optional) {
        const bool found = std::ranges::any_of(
            cases, [&](const auto& named) { return matches(pattern, named.first); });
        if (!found) {
            throw InputError{places.policy, "'" + printable(pattern) +
                                                "' in 'optional' matches no case of this plan"};
        }
    }
}

}  // namespace rackproof
