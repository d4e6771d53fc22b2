#pragma once

#include <cstdint>
#include <memory>

#include "devices/gpu/gpu.hpp"

namespace rackproof::gpu {

// The workloads of a GPU. Each throws Unsupported if its memory is not free, and must not outlive
// `gpu`. What a run() leaves behind is spoilt once it has been verified, so that a later run cannot
// pass by leaving it alone.

[[nodiscard]] std::unique_ptr<Workload> make_gemm(Gpu& gpu, const GemmShape& shape);
/// As make_gemm chooses where nothing is pinned, with more rounds of timing.
[[nodiscard]] GemmAlgorithm choose_gemm_algorithm(Gpu& gpu, const GemmShape& shape);
[[nodiscard]] std::unique_ptr<Workload> make_stream(Gpu& gpu, StreamKernel kernel,
                                                    std::int64_t array_bytes);
[[nodiscard]] std::unique_ptr<Workload> make_pointer_chase(Gpu& gpu, std::int64_t bytes,
                                                           std::uint64_t seed);
[[nodiscard]] std::unique_ptr<Workload> make_host_copy(Gpu& gpu, HostCopy copy, std::int64_t bytes);
/// To another GPU of the node, or both ways. Either may be the one in use meanwhile; `gpu` is when
/// this returns.
[[nodiscard]] std::unique_ptr<Workload> make_peer_copy(Gpu& gpu, Gpu& peer, PeerCopy copy,
                                                       std::int64_t bytes);
/// Through memory of the other.
[[nodiscard]] std::unique_ptr<Workload> make_peer_chase(Gpu& gpu, Gpu& peer, std::int64_t bytes,
                                                        std::uint64_t seed);
[[nodiscard]] std::unique_ptr<Workload> make_memory_test(Gpu& gpu, MemoryPattern pattern,
                                                         double share, std::uint64_t seed);

/// The row of a product whose sums stand worst against its bound; see gpu_gemm.cpp.
struct ProductVerdict {
    bool right = false;
    std::size_t row = 0;
    double residual = 0;  ///< |row of (C x - A (B x))|
    double bound = 0;
};
[[nodiscard]] ProductVerdict judge_product(const GemmShape& shape, const ProductSums& sums);

}  // namespace rackproof::gpu
