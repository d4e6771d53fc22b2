#pragma once

#include <vector>

#include "core/manifest.hpp"
#include "core/plan.hpp"

namespace rackproof {

/// The cases of one entry, complete: suite, stage and lead set (`first_index` is the index that
/// the first of them will have in the run), the entry's deadline applied to leads and companions.
/// A label goes right behind the name of the lead: "gemm.fp64" becomes "gemm.fp64.LABEL", its
/// companion "burnin.fp64.power" "burnin.fp64.LABEL.power"; to the end of a companion's name that
/// does not begin with its lead's.
/// Throws InputError if the suite does not exist, its parameters contradict each other, or the
/// label has other characters than letters, digits, '_' and '-'.
[[nodiscard]] std::vector<CaseSpec> entry_cases(const SuiteEntry& entry, std::int32_t stage,
                                                std::int32_t first_index);

/// All cases of the plan, stage by stage. Throws InputError as above, and if two cases have the
/// same name: it names both places.
[[nodiscard]] std::vector<CaseSpec> plan_cases(const Plan& plan);

/// Every case of the plan on every target: the manifest of a run on these nodes and devices.
/// Throws InputError as above, and if a stage mixes scopes or measures what one machine has not.
[[nodiscard]] Manifest make_manifest(const Plan& plan, std::vector<Node> nodes,
                                     std::vector<Device> devices);

}  // namespace rackproof
