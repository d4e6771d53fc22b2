#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace rackproof {

/// How many GPUs of each host an allocation has, as `scontrol show job --details` has it
/// ("Nodes=n[1-4] ... GRES=gpu:h100:8(IDX:0-7)"); hosts without any are left out, and lines of
/// another form are passed over.
[[nodiscard]] std::map<std::string, std::int32_t> allocated_gpus(const std::string& job);

/// Of the allocation that this process runs in; empty where Slurm does not tell.
[[nodiscard]] std::map<std::string, std::int32_t> own_slurm_gpus();

}  // namespace rackproof
