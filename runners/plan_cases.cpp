#include "runners/plan_cases.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

std::string in_quotes(std::string_view text) { return std::string{"'"}.append(text).append("'"); }

void check_label(const SuiteEntry& entry) {
    const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; };
    if (std::ranges::all_of(entry.label, fits)) return;
    throw InputError{"suite " + in_quotes(entry.suite) + ": the label " + in_quotes(entry.label) +
                     " has characters other than letters, digits, '_' and '-'"};
}

std::string labelled(const std::string& name, const std::string& lead, const std::string& label) {
    if (label.empty()) return name;
    if (name == lead || name.starts_with(lead + ".")) {
        return lead + "." + label + name.substr(lead.size());
    }
    return name + "." + label;
}

std::string place_of(const CaseSpec& spec, const Plan& plan) {
    return "suite " + in_quotes(spec.suite) + " of stage " +
           in_quotes(plan.stages.at(static_cast<std::size_t>(spec.stage)).name);
}

/// The one scope of a stage's cases.
Scope scope_of(const std::string& stage, const std::vector<const CaseSpec*>& cases) {
    const Scope scope = cases.front()->scope;
    for (const CaseSpec* spec : cases) {
        if (spec->scope != Scope::Device && spec->scope != Scope::Node) {
            throw InputError{"stage " + in_quotes(stage) + ": " + in_quotes(spec->name) +
                             " measures a " + std::string{to_string(spec->scope)} +
                             "; on one machine there are devices and a node"};
        }
        if (spec->scope == scope) continue;
        throw InputError{"stage " + in_quotes(stage) +
                         " mixes scopes: " + in_quotes(cases.front()->name) + " measures a " +
                         std::string{to_string(scope)} + ", " + in_quotes(spec->name) + " a " +
                         std::string{to_string(spec->scope)}};
    }
    return scope;
}

}  // namespace

std::vector<CaseSpec> entry_cases(const SuiteEntry& entry, std::int32_t stage,
                                  std::int32_t first_index) {
    const Suite* suite = find_suite(entry.suite);
    if (suite == nullptr) throw InputError{"there is no suite " + in_quotes(entry.suite)};
    check_label(entry);
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
    std::map<std::string, std::string> places;
    for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
        for (const SuiteEntry& entry : plan.stages[stage].suites) {
            for (CaseSpec& spec : entry_cases(entry, static_cast<std::int32_t>(stage),
                                              static_cast<std::int32_t>(all.size()))) {
                const std::string place = place_of(spec, plan);
                const auto [other, is_new] = places.emplace(spec.name, place);
                if (!is_new) {
                    throw InputError{"two cases are named " + in_quotes(spec.name) + ": one of " +
                                     other->second + ", one of " + place +
                                     "; give one of them a label"};
                }
                all.push_back(std::move(spec));
            }
        }
    }
    return all;
}

Manifest make_manifest(const Plan& plan, std::vector<Node> nodes, std::vector<Device> devices) {
    Manifest manifest;
    manifest.nodes = std::move(nodes);
    manifest.devices = std::move(devices);
    manifest.cases = plan_cases(plan);
    for (const Stage& stage : plan.stages) {
        const auto number = static_cast<std::int32_t>(manifest.stages.size());
        manifest.stages.push_back(stage.name);
        std::vector<const CaseSpec*> cases;
        for (const CaseSpec& spec : manifest.cases) {
            if (spec.stage == number) cases.push_back(&spec);
        }
        if (cases.empty()) continue;
        const bool of_devices = scope_of(stage.name, cases) == Scope::Device;
        const std::size_t targets = of_devices ? manifest.devices.size() : manifest.nodes.size();
        for (const CaseSpec* spec : cases) {
            const auto index = static_cast<std::int32_t>(spec - manifest.cases.data());
            for (std::size_t i = 0; i < targets; ++i) {
                manifest.cells.push_back({index, {static_cast<std::int32_t>(i), -1}});
            }
        }
    }
    return manifest;
}

}  // namespace rackproof
