#pragma once

#include <string_view>
#include <vector>

#include "suites/parameters_check.hpp"
#include "suites/suite.hpp"
#include "tests/support/memory_context.hpp"

namespace rackproof::test {

/// The cases of a suite for these parameters, the others at their defaults.
inline std::vector<CaseSpec> cases_for(std::string_view suite, const Parameters& given = {}) {
    const Suite& found = *find_suite(suite);
    return found.cases(with_defaults(found, given));
}

/// The lead of this name and its companions, as the worker hands them to a context.
inline std::vector<CaseSpec> lead_and_companions(const std::vector<CaseSpec>& all,
                                                 std::string_view lead_name) {
    std::vector<CaseSpec> own;
    for (const CaseSpec& spec : all) {
        if (all.at(static_cast<std::size_t>(spec.lead)).name == lead_name) own.push_back(spec);
    }
    return own;
}

/// One device with a clock of its own, and one case of a suite to run on it.
struct SuiteRun {
    SuiteRun(std::string_view suite_name, std::string_view lead_name, const Parameters& given = {})
        : suite{*find_suite(suite_name)},
          cases{lead_and_companions(cases_for(suite_name, given), lead_name)} {
        device.facts.core_count = 1;
        device.facts.vector_unit = "avx2";
    }
    void run() { suite.run(cases.at(0), context); }

    const Suite& suite;
    std::vector<CaseSpec> cases;
    ScriptedClock clock;
    ScriptedDevice device{clock};
    MemoryContext context{cases, device, clock};
};

}  // namespace rackproof::test
