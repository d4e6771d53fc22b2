#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/manifest.hpp"
#include "core/plan.hpp"
#include "runners/run_plan.hpp"

namespace rackproof {

/// The nodes that do not pass the gate behind a stage of the plan: those that the record so far
/// gives a verdict that the stage's gate names. Judged by what the stages up to it have measured;
/// what was not to have run yet is no absence. Throws Error if the journal cannot be read.
[[nodiscard]] std::vector<Exclusion> kept_out_by_gate(const Plan& plan, const Manifest& manifest,
                                                      std::int32_t stage,
                                                      const std::filesystem::path& journal);

/// Why a stage that is a search is due: what is not well of the cases that it searches for, judged
/// by what the stages before it have measured. Empty: all of them are known to be well. Throws
/// Error if the journal cannot be read.
[[nodiscard]] std::string why_search_is_due(const Plan& plan, const Manifest& manifest,
                                            std::int32_t stage,
                                            const std::filesystem::path& journal);

/// Which pairs a stage that confirms another measures again, judged by what the stages up to that
/// other one have measured: the same whenever it is asked. Throws Error if the journal cannot be
/// read.
[[nodiscard]] Confirmation confirmation_for(const Plan& plan, const Manifest& manifest,
                                            std::int32_t stage,
                                            const std::filesystem::path& journal);

}  // namespace rackproof
