#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace rackproof::cpu {

/// OpenBLAS, the one place that calls it; loaded at the first call, which throws Unsupported if it
/// is not there. Its threads are the process's: one device a process.

/// Gives OpenBLAS one thread a core, each pinned to its own; the calling thread is one of them and
/// is bound to the first. Returns the number of threads, fewer than cores where OpenBLAS was built
/// for fewer. Throws Error if a thread cannot be pinned.
int use_blas_threads(std::span<const int> cores);

/// C = A B, row-major and packed; A m x k, B k x n. C is only written.
void multiply(const double* a, const double* b, double* c, int m, int n, int k);
void multiply(const float* a, const float* b, float* c, int m, int n, int k);

[[nodiscard]] std::string blas_version();  ///< "OpenBLAS 0.3.21"
[[nodiscard]] std::string blas_core();     ///< the kernels it chose, e.g. "Zen"

}  // namespace rackproof::cpu
