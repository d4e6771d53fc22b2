#include "devices/cuda/cuda_gpu.hpp"

#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "devices/cuda/cuda_gemm.hpp"

namespace rackproof::cuda {
namespace {

/// A queue takes about a thousand launches before it makes the caller wait: the hold ends before.
constexpr int kMostHeldLaunches = 256;

}  // namespace

std::string name_of(const DeviceInfo& info) {
    return "GPU " + std::to_string(info.facts.index) + " (" + info.facts.pci + ")";
}

CudaGpu::CudaGpu(int device, DeviceInfo info)
    : device_{device}, info_{std::move(info)}, calls_{name_of(info_)} {
    calls_.check(cudaSetDevice(device), "cudaSetDevice");
    width_.multiprocessors = info_.core_count;
    const auto new_stream = [this](Stream& stream) {
        cudaStream_t made = nullptr;
        calls_.check(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking), "cudaStreamCreate");
        stream.reset(made);
    };
    const auto new_event = [this](Event& event, unsigned flags) {
        cudaEvent_t made = nullptr;
        calls_.check(cudaEventCreateWithFlags(&made, flags), "cudaEventCreate");
        event.reset(made);
    };
    new_stream(main_);
    new_stream(side_);
    new_event(start_, cudaEventDefault);
    new_event(end_, cudaEventDefault);
    new_event(crossing_, cudaEventDisableTiming);
    hold_flag_.reset(allocate_pinned(sizeof(std::uint32_t)));
    faults_.reset(allocate(sizeof(DeviceFaults)));
    memory_tally_.reset(allocate(sizeof(MemoryTally)));
    // Once, so that it is loaded: a kernel's first launch may wait for what it is to hold up.
    let_go();
    launch_hold(static_cast<std::uint32_t*>(hold_flag_.get()), main_.get());
    calls_.check_launch("hold");
    wait();
}

CudaGpu::~CudaGpu() { let_go(); }

cudaStream_t CudaGpu::queue(gpu::Queue which) const {
    return which == gpu::Queue::Main ? main_.get() : side_.get();
}

void* CudaGpu::allocate(std::size_t bytes) {
    void* memory = nullptr;
    calls_.check(cudaMalloc(&memory, bytes), "cudaMalloc");
    return memory;
}

void CudaGpu::release(void* memory) noexcept { (void)cudaFree(memory); }

void* CudaGpu::allocate_pinned(std::size_t bytes) {
    void* memory = nullptr;
    calls_.check(cudaHostAlloc(&memory, bytes, cudaHostAllocMapped), "cudaHostAlloc");
    return memory;
}

void CudaGpu::release_pinned(void* memory) noexcept { (void)cudaFreeHost(memory); }

std::size_t CudaGpu::free_bytes() {
    std::size_t free = 0;
    std::size_t total = 0;
    calls_.check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
    return free;
}

void CudaGpu::copy(void* to, const void* from, std::size_t bytes, gpu::Queue which) {
    calls_.check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, queue(which)),
                 "cudaMemcpyAsync");
    queued("cudaMemcpyAsync");
}

void CudaGpu::fill(void* memory, std::uint8_t value, std::size_t bytes) {
    calls_.check(cudaMemsetAsync(memory, value, bytes, main_.get()), "cudaMemsetAsync");
    queued("cudaMemsetAsync");
}

void CudaGpu::fork() {
    calls_.check(cudaEventRecord(crossing_.get(), main_.get()), "cudaEventRecord");
    calls_.check(cudaStreamWaitEvent(side_.get(), crossing_.get(), 0), "cudaStreamWaitEvent");
}

void CudaGpu::join() {
    calls_.check(cudaEventRecord(crossing_.get(), side_.get()), "cudaEventRecord");
    calls_.check(cudaStreamWaitEvent(main_.get(), crossing_.get(), 0), "cudaStreamWaitEvent");
}

/// Once allowed, it stays so until this process ends: asking again is no error.
gpu::PeerWay CudaGpu::reach(const gpu::Gpu& peer) {
    int other = 0;
    calls_.check(cudaDeviceGetByPCIBusId(&other, peer.info().facts.pci.c_str()),
                 "cudaDeviceGetByPCIBusId");
    int can = 0;
    calls_.check(cudaDeviceCanAccessPeer(&can, device_, other), "cudaDeviceCanAccessPeer");
    if (can == 0) return gpu::PeerWay::ThroughHost;
    const cudaError_t answer = cudaDeviceEnablePeerAccess(other, 0);
    if (answer == cudaErrorPeerAccessAlreadyEnabled || answer == cudaErrorPeerAccessUnsupported) {
        (void)cudaGetLastError();
    } else {
        calls_.check(answer, "cudaDeviceEnablePeerAccess");
    }
    if (answer == cudaErrorPeerAccessUnsupported) return gpu::PeerWay::ThroughHost;
    int atomics = 0;
    calls_.check(
        cudaDeviceGetP2PAttribute(&atomics, cudaDevP2PAttrNativeAtomicSupported, device_, other),
        "cudaDeviceGetP2PAttribute");
    return atomics == 0 ? gpu::PeerWay::Direct : gpu::PeerWay::DirectAtomics;
}

void CudaGpu::precede(gpu::Gpu& peer) {
    calls_.check(cudaEventRecord(crossing_.get(), main_.get()), "cudaEventRecord");
    auto* const queue = static_cast<cudaStream_t>(peer.native_queue());
    calls_.check(cudaStreamWaitEvent(queue, crossing_.get(), 0), "cudaStreamWaitEvent");
}

void CudaGpu::wait() {
    let_go();
    calls_.check(cudaStreamSynchronize(side_.get()), "cudaStreamSynchronize");
    calls_.check(cudaStreamSynchronize(main_.get()), "cudaStreamSynchronize");
}

void CudaGpu::let_go() noexcept {
    if (hold_flag_) *static_cast<volatile std::uint32_t*>(hold_flag_.get()) = 1;
}

void CudaGpu::queued(const char* kernel) {
    calls_.check_launch(kernel);
    if (++held_launches_ == kMostHeldLaunches) let_go();
}

void CudaGpu::mark_start() {
    *static_cast<volatile std::uint32_t*>(hold_flag_.get()) = 0;
    held_launches_ = 0;
    launch_hold(static_cast<std::uint32_t*>(hold_flag_.get()), main_.get());
    calls_.check_launch("hold");
    calls_.check(cudaEventRecord(start_.get(), main_.get()), "cudaEventRecord");
}

double CudaGpu::elapsed_s() {
    calls_.check(cudaEventRecord(end_.get(), main_.get()), "cudaEventRecord");
    let_go();
    calls_.check(cudaEventSynchronize(end_.get()), "cudaEventSynchronize");
    float elapsed_ms = 0;
    calls_.check(cudaEventElapsedTime(&elapsed_ms, start_.get(), end_.get()),
                 "cudaEventElapsedTime");
    return static_cast<double>(elapsed_ms) * 1e-3;
}

void CudaGpu::fill_pattern(double* memory, std::size_t count, int which) {
    launch_fill_pattern(memory, count, which, width_, main_.get());
    queued("fill_pattern");
}

void CudaGpu::stream(StreamKernel kernel, const gpu::StreamArrays& arrays) {
    launch_stream(kernel, arrays, width_, main_.get());
    queued("stream");
}

gpu::StreamFaults CudaGpu::check(StreamKernel kernel, const gpu::StreamArrays& arrays) {
    auto* on_gpu = static_cast<DeviceFaults*>(faults_.get());
    DeviceFaults found{0, ~0ULL, 0};
    copy(on_gpu, &found, sizeof found, gpu::Queue::Main);
    launch_check(kernel, arrays, on_gpu, width_, main_.get());
    queued("check");
    copy(&found, on_gpu, sizeof found, gpu::Queue::Main);
    wait();
    gpu::StreamFaults faults;
    if (kernel == StreamKernel::Read) {
        copy(&faults.seen, arrays.out, sizeof faults.seen, gpu::Queue::Main);
        wait();
        faults.expected = static_cast<double>(found.expected);
        faults.wrong = faults.seen == faults.expected ? 0 : 1;
        return faults;
    }
    faults.wrong = found.wrong;
    if (found.wrong == 0) return faults;
    faults.first = found.first;
    copy(&faults.seen, arrays.out + found.first, sizeof faults.seen, gpu::Queue::Main);
    wait();
    faults.expected = expected_value(kernel, found.first);
    return faults;
}

void CudaGpu::chase(const std::uint64_t* next, std::uint64_t start, std::uint64_t steps,
                    std::uint64_t* end) {
    launch_chase(next, start, steps, end, main_.get());
    queued("chase");
}

void CudaGpu::fill_normal(void* memory, Precision precision, const gpu::OperandSize& size,
                          std::uint64_t key) {
    launch_fill_normal(memory, precision, size, key, width_, main_.get());
    queued("fill_normal");
}

std::unique_ptr<gpu::GpuGemm> CudaGpu::make_gemm(const GemmShape& shape,
                                                 const gpu::GemmOperands& operands) {
    return std::make_unique<CudaGemm>(*this, shape, operands);
}

gpu::ProductSums CudaGpu::product_sums(const GemmShape& shape, const gpu::GemmOperands& operands,
                                       std::uint64_t seed) {
    const auto m = static_cast<std::size_t>(shape.m);
    const auto k = static_cast<std::size_t>(shape.k);
    const std::size_t numbers = 2 * kSumParts * (k + m) + 2 * m;
    const GpuMemory memory{allocate(numbers * sizeof(double))};
    SumBuffers to{};
    to.bx = static_cast<double*>(memory.get());
    to.b_square = to.bx + kSumParts * k;
    to.cx = to.b_square + kSumParts * k;
    to.c_square = to.cx + kSumParts * m;
    to.abx = to.c_square + kSumParts * m;
    to.a_square = to.abx + m;
    launch_product_sums(
        shape.precision,
        {operands.a, operands.b, operands.c, m, static_cast<std::size_t>(shape.n), k}, to, seed,
        main_.get());
    queued("product_sums");
    const auto fetched = [this](const double* from, std::size_t count) {
        std::vector<double> values(count);
        copy(values.data(), from, count * sizeof(double), gpu::Queue::Main);
        return values;
    };
    gpu::ProductSums sums;
    sums.cx = fetched(to.cx, m);
    sums.abx = fetched(to.abx, m);
    sums.a_square = fetched(to.a_square, m);
    sums.c_square = fetched(to.c_square, m);
    const std::vector<double> b_square = fetched(to.b_square, k);
    wait();
    sums.b_square = std::accumulate(b_square.begin(), b_square.end(), 0.0);
    return sums;
}

std::uint64_t CudaGpu::digest(const void* memory, std::size_t bytes) {
    const GpuMemory sum{allocate(sizeof(unsigned long long))};
    fill(sum.get(), 0, sizeof(unsigned long long));
    launch_digest(memory, bytes / sizeof(std::uint64_t),
                  static_cast<unsigned long long*>(sum.get()), width_, main_.get());
    queued("digest");
    std::uint64_t found = 0;
    copy(&found, sum.get(), sizeof found, gpu::Queue::Main);
    wait();
    return found;
}

void CudaGpu::write_memory(void* memory, std::size_t words, const gpu::MemoryPass& pass) {
    launch_write_memory(memory, words, pass, width_, main_.get());
    queued("write_memory");
}

void CudaGpu::read_memory(void* memory, std::size_t words, const gpu::MemoryPass& pass,
                          Leave leave) {
    launch_read_memory(memory, words, pass, leave, static_cast<MemoryTally*>(memory_tally_.get()),
                       width_, main_.get());
    queued("read_memory");
}

void CudaGpu::reset_memory_faults() { fill(memory_tally_.get(), 0, sizeof(MemoryTally)); }

gpu::MemoryFaults CudaGpu::memory_faults() {
    MemoryTally tally{};
    copy(&tally, memory_tally_.get(), sizeof tally, gpu::Queue::Main);
    wait();
    gpu::MemoryFaults faults;
    faults.wrong = tally.wrong;
    const auto kept = std::min<std::uint64_t>(tally.wrong, kMemoryFaultsKept);
    faults.first.assign(tally.first, tally.first + kept);
    std::ranges::copy(tally.of_bit, faults.of_bit.begin());
    return faults;
}

/// In a thread of its own, whose errors are no business of this one's.
void CudaGpu::use_here() {
    const cudaError_t answer = cudaSetDevice(device_);
    if (answer != cudaSuccess) throw Error{"cudaSetDevice", cudaGetErrorString(answer)};
}

void CudaGpu::begin_recording() {
    calls_.check(cudaStreamBeginCapture(main_.get(), cudaStreamCaptureModeThreadLocal),
                 "cudaStreamBeginCapture");
}

void* CudaGpu::end_recording() {
    cudaGraph_t recorded = nullptr;
    calls_.check(cudaStreamEndCapture(main_.get(), &recorded), "cudaStreamEndCapture");
    const Graph graph{recorded};
    cudaGraphExec_t executable = nullptr;
    calls_.check(cudaGraphInstantiateWithFlags(&executable, graph.get(), 0),
                 "cudaGraphInstantiate");
    return executable;
}

void CudaGpu::launch(void* recording) {
    calls_.check(cudaGraphLaunch(static_cast<cudaGraphExec_t>(recording), main_.get()),
                 "cudaGraphLaunch");
    queued("cudaGraphLaunch");
}

void CudaGpu::release_recording(void* recording) noexcept {
    (void)cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(recording));
}

void CudaGpu::fill_numbers(void* memory, ElementType type, const gpu::NumberRun& numbers) {
    if (numbers.count == 0) return;
    launch_fill_numbers(memory, type, numbers, width_, main_.get());
    queued("fill_numbers");
}

gpu::NumberFaults CudaGpu::check_numbers(const void* memory, ElementType type,
                                         const gpu::NumberRun& numbers, double tolerance) {
    gpu::NumberFaults faults;
    if (numbers.count == 0) return faults;
    auto* on_gpu = static_cast<DeviceFaults*>(faults_.get());
    DeviceFaults found{0, ~0ULL, 0};
    copy(on_gpu, &found, sizeof found, gpu::Queue::Main);
    launch_check_numbers(memory, type, numbers, tolerance, on_gpu, width_, main_.get());
    queued("check_numbers");
    copy(&found, on_gpu, sizeof found, gpu::Queue::Main);
    wait();
    faults.wrong = found.wrong;
    if (found.wrong == 0) return faults;
    faults.first = found.first;
    gpu::NumberRun one = numbers;
    one.first += found.first;
    one.count = 1;
    const auto* const at = static_cast<const std::byte*>(memory) + found.first * bytes_of(type);
    auto* const shown = reinterpret_cast<DeviceNumbers*>(on_gpu);
    static_assert(sizeof(DeviceNumbers) <= sizeof(DeviceFaults));
    launch_read_number(at, type, one, shown, main_.get());
    queued("read_number");
    DeviceNumbers both{};
    copy(&both, shown, sizeof both, gpu::Queue::Main);
    wait();
    faults.seen = both.seen;
    faults.expected = both.expected;
    return faults;
}

}  // namespace rackproof::cuda
