#pragma once

#include <vector>

#include "core/manifest.hpp"
#include "core/plan.hpp"

namespace rackproof {

/// The cases of one entry of a stage, complete: suite, stage and lead set (`first_index` is the
/// index that the first of them will have in the run), the entry's deadline applied to leads and
/// companions, the scope that the stage runs them over.
/// A label goes right behind the name of the lead: "gemm.fp64" becomes "gemm.fp64.LABEL", its
/// companion "burnin.fp64.power" "burnin.fp64.LABEL.power"; to the end of a companion's name that
/// does not begin with its lead's. Where no label is given in a stage over several nodes, what it
/// runs over is the label: "collectives.all_reduce.8B.pairs".
/// Throws InputError if the suite does not exist, its parameters contradict each other, the label
/// has other characters than letters, digits, '_' and '-', or the stage is to run over several
/// nodes what does not communicate.
[[nodiscard]] std::vector<CaseSpec> entry_cases(const Stage& stage, const SuiteEntry& entry,
                                                std::int32_t stage_index, std::int32_t first_index);

/// All cases of the plan, stage by stage; those of a search have the parameter kSearchOf, those
/// that confirm others kConfirms and kConfirmsUnder. Throws
/// InputError as above, and if two cases have the same name (it names both places) or one wants a
/// calibration that no stage before it has.
[[nodiscard]] std::vector<CaseSpec> plan_cases(const Plan& plan);

/// Every case of the plan on every target, or on a few devices of each sku where its suite says so
/// (Spread::FewOfEachSku): the manifest of a run on these nodes and devices, in the order stage,
/// case, target. The groups are those that the stages measure, each once. A stage that needs more
/// nodes than there are has no case if it may be skipped. Throws InputError as above, and if a
/// stage mixes scopes, needs more nodes than there are and may not be skipped, or makes more than
/// kMostCells cells of the plan.
[[nodiscard]] Manifest make_manifest(const Plan& plan, std::vector<Node> nodes,
                                     std::vector<Device> devices);

inline constexpr std::size_t kMostCells = 10'000'000;

}  // namespace rackproof
