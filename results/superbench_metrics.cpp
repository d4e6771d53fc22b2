#include "results/superbench_metrics.hpp"

#include <algorithm>
#include <array>

#include "core/plan.hpp"

namespace rackproof::logs {
namespace {

constexpr Direction kHigher = Direction::HigherIsBetter;
constexpr Direction kLower = Direction::LowerIsBetter;

/// docs/user-tutorial/benchmarks/*.md of SuperBench 0.12; names of older versions where their
/// tables (0.2, 0.4) have them. perftest's "MB/s" is 2^20 or 10^6 bytes by its version: no unit.
constexpr std::array kMetrics = std::to_array<SuperbenchMetric>({
    {"*/return_code", "1", 0, kLower, true},
    {"kernel-launch*/*_us", "s", -6, kLower, true},
    {"kernel-launch*/*_mkps", "1/s", 6, kHigher, true},
    {"kernel-launch*/*", "s", -3, kLower, true},
    {"gemm-flops*/*", "FLOP/s", 9, kHigher, true},
    {"cublaslt-gemm*/*_flops", "FLOP/s", 12, kHigher, true},
    {"hipblaslt-gemm*/*_flops", "FLOP/s", 12, kHigher, true},
    {"cublas-function*/*_time", "s", -6, kLower, true},
    {"cudnn-function*/*_time", "s", -6, kLower, true},
    {"mem-bw*/*", "B/s", 9, kHigher, true},
    {"gpu-stream*/*_bw", "B/s", 9, kHigher, true},
    {"gpu-stream*/*_time*", "s", 0, kLower, true},
    {"gpu-copy-bw*/*_bw", "B/s", 9, kHigher, false},
    {"gpu-sm-copy-bw*/*", "B/s", 9, kHigher, false},
    {"nvbandwidth*/*_bw", "B/s", 9, kHigher, false},
    {"nccl-bw*/*_busbw", "B/s", 9, kHigher, false},
    {"nccl-bw*/*_algbw", "B/s", 9, kHigher, false},
    {"nccl-bw*/*_time", "s", -6, kLower, false},
    {"rccl-bw*/*_busbw", "B/s", 9, kHigher, false},
    {"rccl-bw*/*_algbw", "B/s", 9, kHigher, false},
    {"rccl-bw*/*_time", "s", -6, kLower, false},
    {"ib-loopback*/ib_*_bw_*", "B/s", 9, kHigher, false},
    {"ib-loopback*/IB_*", "", 0, kHigher, false},
    {"cpu-hpl*/throughput", "FLOP/s", 9, kHigher, false},
    {"cpu-hpl*/time", "s", 0, kLower, false},
    {"cpu-stream*/*_throughput", "B/s", 6, kHigher, false},
    {"cpu-stream*/*_time_*", "s", 0, kLower, false},
    {"cpu-memory-bw-latency*/*_lat", "s", -9, kLower, false},
    {"cpu-memory-bw-latency*/*_bw", "B/s", 6, kHigher, false},
    {"tensorrt-inference*/*_time*", "s", -3, kLower, true},
    {"ort-inference*/*_time*", "s", -3, kLower, true},
    {"pytorch-matmul*/*", "s", -3, kLower, false},
    {"pytorch-sharding-matmul*/*", "s", -3, kLower, false},
    {"sharding-matmul*/*_time", "s", -3, kLower, false},
    {"matmul*/*_time", "s", -3, kLower, true},
    {"pytorch-computation-communication-overlap*/*_cost", "s", -3, kLower, true},
    {"computation-communication-overlap*/*_time", "s", -3, kLower, true},
    {"*/*/steptime_*", "s", -3, kLower, false},
    {"*/*/*_step_time*", "s", -3, kLower, false},
    {"*/*/throughput_*", "1/s", 0, kHigher, false},
    {"*/*/*_throughput*", "1/s", 0, kHigher, false},
    {"*", "", 0, Direction::None, false},
});

}  // namespace

const SuperbenchMetric& superbench_metric(std::string_view name) {
    return *std::ranges::find_if(
        kMetrics, [&](const SuperbenchMetric& metric) { return matches(metric.pattern, name); });
}

}  // namespace rackproof::logs
