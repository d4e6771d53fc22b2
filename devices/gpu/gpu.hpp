#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "devices/communicator.hpp"
#include "devices/device.hpp"

namespace rackproof::gpu {

/// Where work is queued: in order within a queue, at the same time in two.
enum class Queue : std::uint8_t { Main, Side };

/// One kernel of STREAM over `count` doubles, an even number: copy, scale and read take x, add and
/// triad x and y; read sums up x into out[0].
struct StreamArrays {
    double* out = nullptr;
    const double* x = nullptr;
    const double* y = nullptr;
    std::size_t count = 0;
};

/// What is wrong with an output; `wrong` counts elements.
struct StreamFaults {
    std::uint64_t wrong = 0;
    std::uint64_t first = 0;  ///< index of the first wrong element
    double seen = 0;
    double expected = 0;
};

/// Numbers whose every value is known by its place: number i is position(first + i) x factor +
/// offset (devices/collective_pattern.hpp), rounded to its type.
struct NumberRun {
    std::size_t count = 0;
    std::size_t first = 0;
    double factor = 0;
    double offset = 0;
};

/// What is wrong with such numbers; `wrong` counts them.
struct NumberFaults {
    std::uint64_t wrong = 0;
    std::uint64_t first = 0;  ///< index of the first wrong one
    double seen = 0;
    double expected = 0;
};

/// Where a product's matrices lie: A with its rows one after the other, B and C with their columns.
/// So every precision may be multiplied, 8-bit ones too.
struct GemmOperands {
    void* a = nullptr;  ///< m x k
    void* b = nullptr;  ///< k x n
    void* c = nullptr;  ///< m x n
};

/// Of such a matrix as an operand: A's rows or B's columns, each of which runs along k.
struct OperandSize {
    std::size_t vectors = 0;
    std::size_t length = 0;  ///< k
    [[nodiscard]] std::size_t count() const { return vectors * length; }
};

/// What Freivalds' check needs of a product, by rows of C, with x of +-[0.5, 1] from a seed (Int8:
/// +-{4, ..., 8}, so that all sums are exact). Sums in double precision, of Fp64 in twice that.
struct ProductSums {
    std::vector<double> cx;        ///< C x
    std::vector<double> abx;       ///< A (B x)
    std::vector<double> a_square;  ///< sum of squares of A's row
    std::vector<double> c_square;  ///< likewise of C's
    double b_square = 0;           ///< of all of B
};

/// A word of memory that read back wrong.
struct MemoryFault {
    std::uint64_t word = 0;  ///< index, of 8 bytes each, among all that are tested
    std::uint64_t seen = 0;
    std::uint64_t expected = 0;
};
/// `wrong` counts them all, `first` are some of them.
struct MemoryFaults {
    std::uint64_t wrong = 0;
    std::vector<MemoryFault> first;
    /// How many of them have this bit wrong, from the lowest; of the first kMostTallied.
    std::array<std::uint64_t, 64> of_bit{};
};
/// A memory that is wrong all over is not counted bit by bit to its end.
inline constexpr std::uint64_t kMostTallied = std::uint64_t{1} << 20U;

/// What the word of an index must hold in one pass over memory.
struct MemoryPass {
    MemoryPattern pattern = MemoryPattern::Address;
    std::uint64_t number = 0;  ///< Walking: which bit; Inversions: the word; Random: the seed
    bool inverted = false;
    std::uint64_t first_word = 0;  ///< index of the memory's first word among all that are tested
};

/// How one GPU reaches the memory of another of its node.
enum class PeerWay : std::uint8_t {
    ThroughHost,    ///< not at all: copies go by way of the host's memory
    Direct,         ///< loads and stores, as over PCIe
    DirectAtomics,  ///< and atomic operations, as over NVLink
};

class GpuGemm;

/// One opened GPU, as the verbs that a vendor's back end must have; devices/gpu/ makes workloads of
/// them and knows no vendor. All memory is the GPU's own unless "pinned" (the host's, locked, near
/// the GPU). What is queued runs later: errors of queued work come from a later call. Every verb
/// but the noexcept ones throws GpuError. One thread.
class Gpu {
  public:
    Gpu() = default;
    Gpu(const Gpu&) = delete;
    Gpu& operator=(const Gpu&) = delete;
    virtual ~Gpu() = default;

    [[nodiscard]] virtual const DeviceInfo& info() const = 0;
    /// True once an error has left the GPU unusable for this process.
    [[nodiscard]] virtual bool is_lost() const noexcept = 0;

    // Memory.
    [[nodiscard]] virtual void* allocate(std::size_t bytes) = 0;
    virtual void release(void* memory) noexcept = 0;
    [[nodiscard]] virtual void* allocate_pinned(std::size_t bytes) = 0;
    virtual void release_pinned(void* memory) noexcept = 0;
    [[nodiscard]] virtual std::size_t free_bytes() = 0;

    // Queues.
    /// Between any two of GPU memory and pinned memory, by a copy engine.
    virtual void copy(void* to, const void* from, std::size_t bytes, Queue queue) = 0;
    virtual void fill(void* memory, std::uint8_t value, std::size_t bytes) = 0;
    /// What is queued on Side from here begins after what is queued on Main so far.
    virtual void fork() = 0;
    /// What is queued on Main from here begins after what is queued on Side so far.
    virtual void join() = 0;
    virtual void wait() = 0;

    // Another GPU, opened by the same process. Memory is taken and kernels are launched on the one
    // that use_here() was last called of in this thread; a GPU that is opened is that.
    /// Lets this one load from and store into the other's memory from now on, if it can.
    [[nodiscard]] virtual PeerWay reach(const Gpu& peer) = 0;
    /// What is queued on the other's Main from here begins after what is queued on Main so far.
    virtual void precede(Gpu& peer) = 0;

    // Time, by the GPU's own clock.
    /// Holds the queue, so that what follows is queued before the first of it begins, and marks the
    /// start. The hold ends with elapsed_s(), or by itself after some hundred launches or a second.
    virtual void mark_start() = 0;
    /// Marks the end, waits for it, and returns the seconds between.
    [[nodiscard]] virtual double elapsed_s() = 0;

    // Memory bandwidth. Inputs are whole numbers below 2^20 that depend on their index and on
    // `which` (0 or 1), so that every sum of them below 2^53 is exact.
    virtual void fill_pattern(double* memory, std::size_t count, int which) = 0;
    virtual void stream(StreamKernel kernel, const StreamArrays& arrays) = 0;
    /// Compares the output of stream() with what the patterns must give, by the GPU.
    [[nodiscard]] virtual StreamFaults check(StreamKernel kernel, const StreamArrays& arrays) = 0;
    /// `steps` dependent loads by one thread: at = next[at], from `start`; where it ends goes to
    /// *end. `next` counts in lines of 128 bytes, and has one number a line.
    virtual void chase(const std::uint64_t* next, std::uint64_t start, std::uint64_t steps,
                       std::uint64_t* end) = 0;

    // Products.
    /// Elements of a matrix as make_gemm wants its operands, N(0, 1) by `key`; of Nvfp4 with their
    /// scales (devices/gpu/nvfp4.hpp).
    virtual void fill_normal(void* memory, Precision precision, const OperandSize& size,
                             std::uint64_t key) = 0;
    /// Its algorithm is still to be chosen. Throws Unsupported if this GPU, or the library here,
    /// cannot.
    [[nodiscard]] virtual std::unique_ptr<GpuGemm> make_gemm(const GemmShape& shape,
                                                             const GemmOperands& operands) = 0;
    [[nodiscard]] virtual ProductSums product_sums(const GemmShape& shape,
                                                   const GemmOperands& operands,
                                                   std::uint64_t seed) = 0;
    /// 64 bits that depend on every word of 8 bytes and its place. `bytes` is a multiple of 8.
    [[nodiscard]] virtual std::uint64_t digest(const void* memory, std::size_t bytes) = 0;

    // Memory test. Faults are counted from reset_memory_faults() on.
    virtual void write_memory(void* memory, std::size_t words, const MemoryPass& pass) = 0;
    /// Compares each word with the pass and, where it is to be left inverted, writes it so.
    enum class Leave : std::uint8_t { AsItIs, Inverted };
    virtual void read_memory(void* memory, std::size_t words, const MemoryPass& pass,
                             Leave leave) = 0;
    virtual void reset_memory_faults() = 0;
    [[nodiscard]] virtual MemoryFaults memory_faults() = 0;

    // Work of other libraries.
    /// Main, as the vendor's libraries take it (a cudaStream_t).
    [[nodiscard]] virtual void* native_queue() noexcept = 0;
    /// Makes this GPU the one that other libraries find in the calling thread, whichever it is.
    virtual void use_here() = 0;
    /// Between the two, what is queued on Main is recorded, and does not run; then launch() queues
    /// all of it at once. A recording does not outlive its GPU.
    virtual void begin_recording() = 0;
    [[nodiscard]] virtual void* end_recording() = 0;
    virtual void launch(void* recording) = 0;
    virtual void release_recording(void* recording) noexcept = 0;

    // Data of collectives.
    virtual void fill_numbers(void* memory, ElementType type, const NumberRun& numbers) = 0;
    /// By the GPU. A number is right if it is no further off than `tolerance` times what it must
    /// be.
    [[nodiscard]] virtual NumberFaults check_numbers(const void* memory, ElementType type,
                                                     const NumberRun& numbers,
                                                     double tolerance) = 0;
};

/// A product of the vendor's library. Its operands and its Gpu must outlive it.
class GpuGemm {
  public:
    GpuGemm() = default;
    GpuGemm(const GpuGemm&) = delete;
    GpuGemm& operator=(const GpuGemm&) = delete;
    virtual ~GpuGemm() = default;

    /// The algorithms that the library has for it here, its own first choice first; at least one.
    /// Each text is all that use() needs, on any equal GPU with the same version of the library.
    /// Throws Unsupported if it has none.
    [[nodiscard]] virtual std::vector<std::string> candidates() = 0;
    /// What of that text is recorded, for people and for comparison: the settings, which equal GPUs
    /// spell alike.
    [[nodiscard]] virtual std::string settings(const std::string& algorithm) const = 0;
    /// run() uses this one from now on. Throws Error if it is none of this library's, or cannot be
    /// used here.
    virtual void use(const std::string& algorithm) = 0;
    virtual void run() = 0;                                 ///< queues one on Main
    [[nodiscard]] virtual std::string library() const = 0;  ///< "cuBLASLt 13.0.2"
};

/// What a back end's shared library offers. It is loaded by devices/gpu/plug_in.cpp.
class PlugIn {
  public:
    PlugIn() = default;
    PlugIn(const PlugIn&) = delete;
    PlugIn& operator=(const PlugIn&) = delete;
    virtual ~PlugIn() = default;

    /// The GPUs that this process may use, in the order of their PCI addresses, with info().facts
    /// numbered from 0. Makes no context on any. Throws Error, saying why there are none.
    [[nodiscard]] virtual std::vector<DeviceInfo> list() = 0;
    [[nodiscard]] virtual std::unique_ptr<Gpu> open(std::int32_t index) = 0;
};

}  // namespace rackproof::gpu
