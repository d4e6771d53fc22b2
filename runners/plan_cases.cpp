#include "runners/plan_cases.hpp"

#include <set>
#include <string>

#include "core/error.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

/// `name` with the label behind the lead's part of it.
std::string labelled(const std::string& name, const std::string& lead, const std::string& label) {
    if (label.empty()) return name;
    if (!name.starts_with(lead)) {
        throw Error{"label case " + name, "a companion's name begins with its lead's, " + lead};
    }
    return lead + "." + label + name.substr(lead.size());
}

}  // namespace

std::vector<CaseSpec> entry_cases(const SuiteEntry& entry, std::int32_t stage,
                                  std::int32_t first_index) {
    const Suite* suite = find_suite(entry.suite);
    if (suite == nullptr) throw InputError{"there is no suite '" + entry.suite + "'"};
    std::vector<CaseSpec> cases = suite->cases(entry.parameters);
    std::vector<std::string> lead_names;
    for (const CaseSpec& spec : cases) {
        lead_names.push_back(cases.at(static_cast<std::size_t>(spec.lead)).name);
    }
    for (std::size_t i = 0; i < cases.size(); ++i) {
        CaseSpec& spec = cases[i];
        spec.name = labelled(spec.name, lead_names[i], entry.label);
        spec.suite = entry.suite;
        spec.stage = stage;
        spec.lead += first_index;
        if (entry.deadline_s) spec.deadline_s = *entry.deadline_s;
    }
    return cases;
}

std::vector<CaseSpec> plan_cases(const Plan& plan) {
    std::vector<CaseSpec> all;
    std::set<std::string> names;
    for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
        for (const SuiteEntry& entry : plan.stages[stage].suites) {
            for (CaseSpec& spec : entry_cases(entry, static_cast<std::int32_t>(stage),
                                              static_cast<std::int32_t>(all.size()))) {
                if (!names.insert(spec.name).second) {
                    throw InputError{"two cases are named " + spec.name +
                                     "; give one of them a label"};
                }
                all.push_back(std::move(spec));
            }
        }
    }
    return all;
}

}  // namespace rackproof
