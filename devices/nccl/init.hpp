#pragma once

#include <memory>

#include "devices/gpu/gpu.hpp"
#include "devices/nccl/library.hpp"

namespace rackproof::nccl {

/// Brings the ranks together. NCCL waits in there for every rank and takes no deadline, so a thread
/// of its own does it, and is left behind if it does not come back: throws Error then.
[[nodiscard]] Comm init_within(const std::shared_ptr<const Library>& library, gpu::Gpu& gpu,
                               const UniqueId& id, int ranks, int rank, double patience_s);

}  // namespace rackproof::nccl
