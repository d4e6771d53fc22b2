#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "devices/gpu/error.hpp"
#include "devices/gpu/gpu.hpp"
#include "tests/support/host_gpu.hpp"

namespace rackproof::test {

/// A GPU of host memory: it does what the verbs say, at once, and fails where the test says.
class ScriptedGpu : public HostGpu {
  public:
    /// The call of this name (counted from 1 over all of its calls) that fails, and what it leaves.
    struct Failure {
        std::string call;
        int at = 1;
        gpu::After after = gpu::After::Usable;
    };

    [[nodiscard]] const DeviceInfo& info() const override { return facts; }
    [[nodiscard]] bool is_lost() const noexcept override { return lost; }

    [[nodiscard]] void* allocate(std::size_t bytes) override { return take("allocate", bytes); }
    void release(void* memory) noexcept override { blocks_.erase(memory); }
    [[nodiscard]] void* allocate_pinned(std::size_t bytes) override {
        return take("allocate_pinned", bytes);
    }
    void release_pinned(void* memory) noexcept override { blocks_.erase(memory); }
    [[nodiscard]] std::size_t free_bytes() override { return free; }

    void copy(void* to, const void* from, std::size_t bytes, gpu::Queue queue) override {
        called("copy");
        if (!drops_copies) std::memcpy(to, from, bytes);
        if (queue == gpu::Queue::Side) ++side_copies;
    }
    void fill(void* memory, std::uint8_t value, std::size_t bytes) override {
        called("fill");
        std::memset(memory, value, bytes);
    }
    void fork() override { called("fork"); }
    void join() override { called("join"); }
    void wait() override { called("wait"); }
    void mark_start() override {
        called("mark_start");
        products_s_ = 0;
    }
    /// What the products since mark_start() took; where there was none, half a second.
    [[nodiscard]] double elapsed_s() override {
        called("elapsed_s");
        return products_s_ > 0 ? products_s_ : 0.5;
    }

    void fill_pattern(double* memory, std::size_t count, int which) override {
        called("fill_pattern");
        for (std::size_t i = 0; i < count; ++i) memory[i] = value(i, which);
    }
    void stream(StreamKernel kernel, const gpu::StreamArrays& arrays) override;
    [[nodiscard]] gpu::StreamFaults check(StreamKernel kernel,
                                          const gpu::StreamArrays& arrays) override;
    void chase(const std::uint64_t* next, std::uint64_t start, std::uint64_t steps,
               std::uint64_t* end) override {
        called("chase");
        std::uint64_t at = start;
        for (std::uint64_t i = 0; i < steps; ++i) at = next[at * 16];
        *end = at + chase_error;
    }

    /// Products are of doubles, whatever the precision, and small.
    void fill_normal(void* memory, Precision precision, const gpu::OperandSize& size,
                     std::uint64_t key) override;
    [[nodiscard]] std::unique_ptr<gpu::GpuGemm> make_gemm(
        const GemmShape& shape, const gpu::GemmOperands& operands) override;
    [[nodiscard]] gpu::ProductSums product_sums(const GemmShape& shape,
                                                const gpu::GemmOperands& operands,
                                                std::uint64_t seed) override;
    [[nodiscard]] std::uint64_t digest(const void* memory, std::size_t bytes) override;

    void write_memory(void* memory, std::size_t words, const gpu::MemoryPass& pass) override;
    void read_memory(void* memory, std::size_t words, const gpu::MemoryPass& pass,
                     Leave leave) override;
    void reset_memory_faults() override { faults_ = {}; }
    [[nodiscard]] gpu::MemoryFaults memory_faults() override { return faults_; }

    /// What is queued from outside takes so long.
    void advance(double seconds) { products_s_ += seconds; }

    [[nodiscard]] std::size_t blocks() const { return blocks_.size(); }
    [[nodiscard]] int count(const std::string& call) const {
        const auto found = calls_.find(call);
        return found == calls_.end() ? 0 : found->second;
    }

    DeviceInfo facts;
    std::size_t free = std::size_t{1} << 40U;
    std::optional<Failure> failure;
    std::optional<std::size_t> spoils_element;  ///< of what stream() writes
    bool drops_copies = false;
    /// Others are opened by this process: it takes memory and kernels while it is in use alone.
    bool among_others = false;
    bool lost = false;
    int side_copies = 0;
    std::uint64_t chase_error = 0;
    double product_error = 0;  ///< added to the first element of each product
    /// The algorithms for products, in the library's order, and the seconds that each takes.
    std::vector<std::pair<std::string, double>> algorithms{{"id 7", 1}};
    std::set<std::string> unusable;  ///< algorithms that use() refuses
    std::string library = "scripted 1.2";
    /// A cell of memory that is stuck: the word among all, and the bit that reads as 1.
    std::optional<std::pair<std::uint64_t, int>> stuck;

  protected:
    void called(const std::string& call);
    static double value(std::size_t index, int which) {
        return static_cast<double>((index * 7 + 1) % 1000 + static_cast<std::size_t>(which));
    }

  private:
    class Gemm;
    static double expected(StreamKernel kernel, std::size_t index);
    void* take(const std::string& call, std::size_t bytes);
    void note(std::uint64_t word, std::uint64_t seen, std::uint64_t expected);
    std::map<void*, std::vector<std::byte>> blocks_;
    std::map<std::string, int> calls_;
    double products_s_ = 0;
    gpu::MemoryFaults faults_;
};

/// What verify() finds wrong; empty if nothing.
[[nodiscard]] std::string wrong_answer(Workload& workload);

}  // namespace rackproof::test
