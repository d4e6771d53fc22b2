#pragma once

#include "analysis/judgement.hpp"

namespace rackproof {

/// Takes every failed node out of Slurm's hands, one scontrol after the other, and says which.
/// Throws Error, once all have been tried, if any could not be drained.
void drain_failed_nodes(const Judgement& judgement);

}  // namespace rackproof
