#pragma once

#include <vector>

#include "core/error.hpp"
#include "core/plan.hpp"

namespace rackproof {

/// Where the parts of a plan stand in its file, index by index.
struct PlanPlaces {
    std::vector<InputPlace> stages;
    std::vector<std::vector<InputPlace>> suites;  ///< by stage, by entry
    std::vector<InputPlace> limits;
    InputPlace policy;
};

/// What no single key can show: two cases of one name, a stage that mixes scopes, parameters that
/// contradict each other, a limit or an optional pattern that matches no case, a limit in another
/// unit than its case, a search for what no stage before it over several nodes measures. Throws
/// InputError at the part's place.
void check_plan(const Plan& plan, const PlanPlaces& places);

}  // namespace rackproof
