// gpu_peers gemm PRECISION... [--size N] | copies
// What rackproof's GPU figures are held against, as anybody would write it: the best of all the
// algorithms that cuBLASLt's heuristics offer, in both layouts; cudaMemcpy from device to device;
// a bare loop of cudaMemcpyAsync from and to pinned memory. One line of JSON a figure, with all
// samples: like rackproof, ten of at least 50 ms, after one that is dropped.
#include <cublasLt.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/gpu_random.hpp"
#include "core/owner.hpp"

namespace rackproof::bench {
namespace {

constexpr int kSamples = 10;
constexpr double kSample_s = 0.05;
constexpr std::size_t kWorkspaceBytes = std::size_t{256} << 20U;

void check(cudaError_t status, const char* call) {
    if (status == cudaSuccess) return;
    throw std::runtime_error{std::string{call} + ": " + cudaGetErrorString(status)};
}

void check(cublasStatus_t status, const char* call) {
    if (status == CUBLAS_STATUS_SUCCESS) return;
    throw std::runtime_error{std::string{call} + ": " + cublasLtGetStatusString(status)};
}

template <class Type, auto kClose>
struct Traits {
    using Handle = Type;
    static constexpr Handle kNull = nullptr;
    static void close(Handle handle) noexcept { (void)kClose(handle); }
};
using Memory = Owner<Traits<void*, cudaFree>>;
using Pinned = Owner<Traits<void*, cudaFreeHost>>;
using Stream = Owner<Traits<cudaStream_t, cudaStreamDestroy>>;
using Event = Owner<Traits<cudaEvent_t, cudaEventDestroy>>;
using Lt = Owner<Traits<cublasLtHandle_t, cublasLtDestroy>>;
using Product = Owner<Traits<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>>;
using Layout = Owner<Traits<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>>;
using Preference = Owner<Traits<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>>;

Memory allocate(std::size_t bytes) {
    void* memory = nullptr;
    check(cudaMalloc(&memory, bytes), "cudaMalloc");
    return Memory{memory};
}

Pinned allocate_pinned(std::size_t bytes) {
    void* memory = nullptr;
    check(cudaMallocHost(&memory, bytes), "cudaMallocHost");
    return Pinned{memory};
}

class Clock {
  public:
    Clock() {
        cudaStream_t stream = nullptr;
        check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");
        stream_.reset(stream);
        for (Event* event : {&start_, &end_}) {
            cudaEvent_t made = nullptr;
            check(cudaEventCreate(&made), "cudaEventCreate");
            event->reset(made);
        }
    }
    [[nodiscard]] cudaStream_t stream() const { return stream_.get(); }

    /// Seconds of one of `count` calls of `once`, queued behind each other.
    template <class Once>
    double seconds(int count, const Once& once) {
        check(cudaEventRecord(start_.get(), stream()), "cudaEventRecord");
        for (int i = 0; i < count; ++i) once(stream());
        check(cudaEventRecord(end_.get(), stream()), "cudaEventRecord");
        check(cudaEventSynchronize(end_.get()), "cudaEventSynchronize");
        float elapsed_ms = 0;
        check(cudaEventElapsedTime(&elapsed_ms, start_.get(), end_.get()), "cudaEventElapsedTime");
        return static_cast<double>(elapsed_ms) * 1e-3 / count;
    }

    /// Samples of at least kSample_s each, after one of that length that is dropped.
    template <class Once>
    std::vector<double> samples(const Once& once) {
        const double one_s = std::max(seconds(2, once), 1e-6);
        const int count = std::max(1, static_cast<int>(std::ceil(kSample_s / one_s)));
        (void)seconds(count, once);
        std::vector<double> all_s;
        all_s.reserve(kSamples);
        for (int i = 0; i < kSamples; ++i) all_s.push_back(seconds(count, once));
        return all_s;
    }

  private:
    Stream stream_;
    Event start_;
    Event end_;
};

void print(const char* peer, const std::string& figure, const char* unit, double amount,
           const std::vector<double>& seconds, const std::string& how) {
    std::printf(R"({"peer": "%s", "figure": "%s", "unit": "%s", "how": "%s", "values": [)", peer,
                figure.c_str(), unit, how.c_str());
    for (std::size_t i = 0; i < seconds.size(); ++i) {
        std::printf("%s%.6g", i == 0 ? "" : ", ", amount / seconds[i]);
    }
    std::printf("]}\n");
    (void)std::fflush(stdout);
}

struct Type {
    const char* name;
    cudaDataType_t operand;
    cudaDataType_t result;
    cublasComputeType_t compute;
    cudaDataType_t scale;
    std::size_t operand_bytes;
    std::size_t result_bytes;
};
constexpr Type kTypes[] = {
    {"fp64", CUDA_R_64F, CUDA_R_64F, CUBLAS_COMPUTE_64F, CUDA_R_64F, 8, 8},
    {"fp32", CUDA_R_32F, CUDA_R_32F, CUBLAS_COMPUTE_32F, CUDA_R_32F, 4, 4},
    {"tf32", CUDA_R_32F, CUDA_R_32F, CUBLAS_COMPUTE_32F_FAST_TF32, CUDA_R_32F, 4, 4},
    {"fp16", CUDA_R_16F, CUDA_R_16F, CUBLAS_COMPUTE_32F, CUDA_R_32F, 2, 2},
    {"bf16", CUDA_R_16BF, CUDA_R_16BF, CUBLAS_COMPUTE_32F, CUDA_R_32F, 2, 2},
    {"fp8_e4m3", CUDA_R_8F_E4M3, CUDA_R_16BF, CUBLAS_COMPUTE_32F, CUDA_R_32F, 1, 2},
    {"int8", CUDA_R_8I, CUDA_R_32I, CUBLAS_COMPUTE_32I, CUDA_R_32I, 1, 4},
};

void randomise(const Type& type, void* memory, std::size_t count, std::uint64_t seed) {
    check(fill_normal(type.name, memory, count, seed), "fill_normal");
}

Layout layout(cudaDataType_t type, int edge) {
    cublasLtMatrixLayout_t made = nullptr;
    const auto rows = static_cast<std::uint64_t>(edge);
    check(cublasLtMatrixLayoutCreate(&made, type, rows, rows, edge), "cublasLtMatrixLayoutCreate");
    return Layout{made};
}

/// Square products of one type, in one layout of A, by any algorithm.
class Gemm {
  public:
    Gemm(cublasLtHandle_t lt, const Type& type, int edge, cublasOperation_t transpose_a)
        : lt_{lt},
          type_{type},
          operand_{layout(type.operand, edge)},
          result_{layout(type.result, edge)} {
        const std::size_t count = static_cast<std::size_t>(edge) * static_cast<std::size_t>(edge);
        a_ = allocate(count * type.operand_bytes);
        b_ = allocate(count * type.operand_bytes);
        c_ = allocate(count * type.result_bytes);
        workspace_ = allocate(kWorkspaceBytes);
        randomise(type, a_.get(), count, 1);
        randomise(type, b_.get(), count, 2);
        cublasLtMatmulDesc_t made = nullptr;
        check(cublasLtMatmulDescCreate(&made, type.compute, type.scale),
              "cublasLtMatmulDescCreate");
        product_.reset(made);
        check(cublasLtMatmulDescSetAttribute(made, CUBLASLT_MATMUL_DESC_TRANSA, &transpose_a,
                                             sizeof transpose_a),
              "cublasLtMatmulDescSetAttribute");
    }

    /// Empty where the library has none for this type and layout.
    [[nodiscard]] std::vector<cublasLtMatmulAlgo_t> candidates() const {
        constexpr int kMost = 512;
        cublasLtMatmulPreference_t made = nullptr;
        check(cublasLtMatmulPreferenceCreate(&made), "cublasLtMatmulPreferenceCreate");
        const Preference preference{made};
        check(cublasLtMatmulPreferenceSetAttribute(made, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                                   &kWorkspaceBytes, sizeof kWorkspaceBytes),
              "cublasLtMatmulPreferenceSetAttribute");
        std::vector<cublasLtMatmulHeuristicResult_t> results(kMost);
        int count = 0;
        const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(
            lt_, product_.get(), operand_.get(), operand_.get(), result_.get(), result_.get(), made,
            kMost, results.data(), &count);
        if (status == CUBLAS_STATUS_NOT_SUPPORTED) return {};
        check(status, "cublasLtMatmulAlgoGetHeuristic");
        std::vector<cublasLtMatmulAlgo_t> algorithms;
        for (int i = 0; i < count; ++i) {
            const auto& result = results[static_cast<std::size_t>(i)];
            if (result.state == CUBLAS_STATUS_SUCCESS) algorithms.push_back(result.algo);
        }
        return algorithms;
    }

    void run(const cublasLtMatmulAlgo_t& algorithm, cudaStream_t stream) const {
        union {
            double f64;
            float f32;
            std::int32_t i32;
        } one{}, zero{};
        zero.f64 = 0;
        if (type_.scale == CUDA_R_64F) one.f64 = 1;
        if (type_.scale == CUDA_R_32F) one.f32 = 1;
        if (type_.scale == CUDA_R_32I) one.i32 = 1;
        check(cublasLtMatmul(lt_, product_.get(), &one, a_.get(), operand_.get(), b_.get(),
                             operand_.get(), &zero, c_.get(), result_.get(), c_.get(),
                             result_.get(), &algorithm, workspace_.get(), kWorkspaceBytes, stream),
              "cublasLtMatmul");
    }

  private:
    cublasLtHandle_t lt_;
    Type type_;
    Layout operand_;
    Layout result_;
    Product product_;
    Memory a_;
    Memory b_;
    Memory c_;
    Memory workspace_;
};

struct Timed {
    double seconds;
    cublasLtMatmulAlgo_t algorithm;
};

/// Every candidate by three products, then the best eight again, by twenty; the best of those
/// first.
std::vector<Timed> ranked(const Gemm& gemm, Clock& clock) {
    std::vector<Timed> timed;
    for (const cublasLtMatmulAlgo_t& algorithm : gemm.candidates()) {
        const auto once = [&](cudaStream_t stream) { gemm.run(algorithm, stream); };
        (void)clock.seconds(1, once);
        timed.push_back({clock.seconds(3, once), algorithm});
    }
    const auto faster = [](const Timed& a, const Timed& b) { return a.seconds < b.seconds; };
    std::ranges::sort(timed, faster);
    constexpr std::size_t kAgain = 8;
    timed.resize(std::min(timed.size(), kAgain));
    for (Timed& entry : timed) {
        entry.seconds =
            clock.seconds(20, [&](cudaStream_t stream) { gemm.run(entry.algorithm, stream); });
    }
    std::ranges::sort(timed, faster);
    return timed;
}

/// As rackproof names it: what CPUs multiply as well has the device in its name.
std::string figure_of(const Type& type) {
    const bool cpus_too = type.operand == CUDA_R_64F ||
                          (type.operand == CUDA_R_32F && type.compute == CUBLAS_COMPUTE_32F);
    return std::string{"gemm."} + type.name + (cpus_too ? ".gpu" : "");
}

void measure_gemm(const Type& type, int edge) {
    cublasLtHandle_t made = nullptr;
    check(cublasLtCreate(&made), "cublasLtCreate");
    const Lt lt{made};
    Clock clock;
    std::vector<double> best_s;
    std::string how;
    for (const cublasOperation_t transpose : {CUBLAS_OP_T, CUBLAS_OP_N}) {
        const Gemm gemm{lt.get(), type, edge, transpose};
        const std::vector<Timed> order = ranked(gemm, clock);
        if (order.empty()) continue;
        const std::vector<double> samples_s =
            clock.samples([&](cudaStream_t stream) { gemm.run(order.front().algorithm, stream); });
        const auto median = [](std::vector<double> values) {
            std::ranges::sort(values);
            return values[values.size() / 2];
        };
        if (!best_s.empty() && median(best_s) <= median(samples_s)) continue;
        best_s = samples_s;
        how = std::string{transpose == CUBLAS_OP_T ? "A transposed" : "A as it is"} +
              ", best of the heuristics";
    }
    if (best_s.empty()) {
        std::fprintf(stderr, "gpu_peers: cuBLASLt offers nothing for %s here\n", type.name);
        return;
    }
    print("cublasLt", figure_of(type), "FLOP/s", 2.0 * edge * edge * edge, best_s, how);
}

void measure_copies() {
    constexpr std::size_t kDeviceBytes = std::size_t{4} << 30U;
    constexpr std::size_t kHostBytes = std::size_t{512} << 20U;
    Clock clock;
    const Memory from = allocate(kDeviceBytes);
    const Memory to = allocate(kDeviceBytes);
    const Pinned host = allocate_pinned(kHostBytes);
    const Pinned host_too = allocate_pinned(kHostBytes);
    check(cudaMemset(from.get(), 0x5A, kDeviceBytes), "cudaMemset");
    std::fill_n(static_cast<unsigned char*>(host.get()), kHostBytes, 0xA5);
    std::fill_n(static_cast<unsigned char*>(host_too.get()), kHostBytes, 0x5A);
    const auto copy = [](void* target, const void* source, std::size_t bytes, cudaMemcpyKind kind) {
        return [=](cudaStream_t stream) {
            check(cudaMemcpyAsync(target, source, bytes, kind, stream), "cudaMemcpyAsync");
        };
    };
    const auto read_and_written = 2 * static_cast<double>(kDeviceBytes);
    const auto one_way = static_cast<double>(kHostBytes);
    print("cudaMemcpy", "membw.copy.gpu", "B/s", read_and_written,
          clock.samples(copy(to.get(), from.get(), kDeviceBytes, cudaMemcpyDeviceToDevice)),
          "4 GiB, read and written");
    print("cudaMemcpyAsync", "membw.h2d", "B/s", one_way,
          clock.samples(copy(to.get(), host.get(), kHostBytes, cudaMemcpyHostToDevice)),
          "512 MiB, pinned");
    print("cudaMemcpyAsync", "membw.d2h", "B/s", one_way,
          clock.samples(copy(host.get(), from.get(), kHostBytes, cudaMemcpyDeviceToHost)),
          "512 MiB, pinned");
    // Both ways: the other stream begins with the first, which then waits for it.
    const Clock other;
    cudaEvent_t made[2] = {};
    for (cudaEvent_t& event : made) {
        check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "cudaEventCreate");
    }
    const Event fork{made[0]};
    const Event join{made[1]};
    const auto down = copy(to.get(), host.get(), kHostBytes, cudaMemcpyHostToDevice);
    const auto up = copy(host_too.get(), from.get(), kHostBytes, cudaMemcpyDeviceToHost);
    print("cudaMemcpyAsync", "membw.h2d_d2h", "B/s", 2 * one_way,
          clock.samples([&](cudaStream_t stream) {
              check(cudaEventRecord(fork.get(), stream), "cudaEventRecord");
              check(cudaStreamWaitEvent(other.stream(), fork.get(), 0), "cudaStreamWaitEvent");
              down(stream);
              up(other.stream());
              check(cudaEventRecord(join.get(), other.stream()), "cudaEventRecord");
              check(cudaStreamWaitEvent(stream, join.get(), 0), "cudaStreamWaitEvent");
          }),
          "512 MiB each way at once, pinned, the sum");
}

void run(const std::vector<std::string_view>& words) {
    const auto usage = [] {
        throw std::runtime_error{"usage: gpu_peers copies | gemm PRECISION... [--size N]"};
    };
    if (words.size() == 1 && words[0] == "copies") return measure_copies();
    if (words.size() < 2 || words[0] != "gemm") usage();
    int edge = 8192;
    std::vector<Type> types;
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (words[i] == "--size" && i + 1 < words.size()) {
            const std::string_view text = words[++i];
            const auto parsed = std::from_chars(text.data(), text.data() + text.size(), edge);
            if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) usage();
            if (edge < 16 || edge > 65536 || edge % 16 != 0) usage();
            continue;
        }
        const auto* type =
            std::ranges::find_if(kTypes, [&](const Type& known) { return words[i] == known.name; });
        if (type == std::end(kTypes)) usage();
        types.push_back(*type);
    }
    for (const Type& type : types) measure_gemm(type, edge);
}

}  // namespace
}  // namespace rackproof::bench

int main(int count, char** words) {
    try {
        rackproof::bench::run({words + 1, words + count});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "gpu_peers: %s\n", error.what());
        return 1;
    }
    return 0;
}
