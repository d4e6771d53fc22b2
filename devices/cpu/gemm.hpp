#pragma once

#include <cstdint>
#include <memory>

#include "devices/cpu/instruction_set.hpp"
#include "devices/cpu/thread_pool.hpp"
#include "devices/device.hpp"
#include "devices/workload.hpp"

namespace rackproof::cpu {

/// C = A B through OpenBLAS on one thread a core of `pool`, which must outlive it. verify() runs
/// Freivalds' check with another random vector each time, and compares the digest of C with that
/// of the first right C; then it spoils C, so that a later run cannot pass by leaving it alone.
/// Throws Unsupported for shapes beyond OpenBLAS's 32-bit indices, Error for what does not fit
/// into memory or has no element.
[[nodiscard]] std::unique_ptr<Workload> make_openblas_gemm(ThreadPool& pool,
                                                           const InstructionSet& set,
                                                           const GemmShape& shape);

}  // namespace rackproof::cpu
