#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "devices/communicator.hpp"
#include "devices/gpu/gpu.hpp"
#include "devices/nccl/interface.hpp"

namespace rackproof::nccl {

struct Options {
    std::string library = kLibrary;
    double init_patience_s = 60;       ///< for all ranks to come together
    double operation_patience_s = 30;  ///< for one collective, and so much more as its size takes
    std::filesystem::path sys = "/sys";
};

/// The GPUs of a job's ranks, one a rank, connected by NCCL; `hosts` are the ranks themselves, over
/// which NCCL's id travels and everything but the collectives goes. Called by all ranks together.
/// `gpu` and `hosts` must outlive it. Throws Unsupported where there is no NCCL; Error if the ranks
/// do not come together in time, and then no other communicator can be made in this process.
[[nodiscard]] std::unique_ptr<Communicator> make_communicator(gpu::Gpu& gpu, Communicator& hosts,
                                                              const Options& options = {});

}  // namespace rackproof::nccl
