#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "devices/cpu/instruction_set.hpp"
#include "devices/cpu/thread_pool.hpp"
#include "devices/device.hpp"
#include "devices/workload.hpp"

namespace rackproof::cpu {

/// Work whose result is the same bits on every core of every machine, on memory that the core
/// which makes it touches first. Used by that core's thread alone.
class CoreKernel {
  public:
    CoreKernel() = default;
    CoreKernel(const CoreKernel&) = delete;
    CoreKernel& operator=(const CoreKernel&) = delete;
    virtual ~CoreKernel() = default;

    /// One pass; the digest of its result.
    [[nodiscard]] virtual std::uint64_t pass(std::uint64_t seed) = 0;
    /// The same digest, made by other instructions.
    [[nodiscard]] virtual std::uint64_t reference(std::uint64_t seed) = 0;
    [[nodiscard]] virtual Work work() const = 0;  ///< of one pass
    [[nodiscard]] virtual std::string algorithm() const = 0;
};

/// Called on the thread of the pool that will use it.
using MakeCoreKernel = std::function<std::unique_ptr<CoreKernel>(int thread)>;

/// The kernel for `work`: whole numbers through multiplier, divider, shifter and a table; chains of
/// vector FMA in exact numbers, held against integers; copies in memory, of contents that change.
[[nodiscard]] std::unique_ptr<CoreKernel> make_core_kernel(CoreWork work,
                                                           const InstructionSet& set);

/// Every core of a device at the same work at the same time, each pinned. One run() is a pass of
/// each; every result is held against what most of the cores, and their references, agree on. A
/// core that is wrong is replayed with all at work and alone, and named by the kernel's number.
class CoreCheck final : public Workload {
  public:
    CoreCheck(ThreadPool& pool, CoreWork work, std::uint64_t seed, const MakeCoreKernel& make);

    void run() override;
    [[nodiscard]] Work work() const override;
    /// Throws WrongAnswer if any run so far, the first and the references included, was wrong.
    void verify() override;
    [[nodiscard]] Variant variant() const override;

  private:
    /// One result that was not what it should be.
    struct Fault {
        int thread = 0;
        std::size_t seed = 0;  ///< index
        std::uint64_t seen = 0;
        bool in_reference = false;
    };
    void agree();
    void agree_on(std::size_t seed);
    void note(const Fault& fault);
    [[nodiscard]] std::uint64_t pass_of(int thread, std::size_t seed);
    [[nodiscard]] int wrong_with_all_at_work(const Fault& fault);
    [[nodiscard]] int wrong_alone(const Fault& fault);
    [[nodiscard]] std::string told(const Fault& fault);

    ThreadPool* pool_;
    CoreWork kind_;
    std::vector<std::uint64_t> seeds_;
    std::vector<std::unique_ptr<CoreKernel>> kernels_;    ///< by thread
    std::vector<std::vector<std::uint64_t>> first_;       ///< by thread, then seed
    std::vector<std::vector<std::uint64_t>> references_;  ///< likewise
    std::vector<std::uint64_t> seen_;                     ///< by thread, of the last run
    std::vector<std::uint64_t> expected_;                 ///< by seed
    std::vector<std::size_t> agreeing_;                   ///< by seed: of all first and references
    std::vector<Fault> faults_;                           ///< one a core, the first
    std::string undecided_;  ///< what no majority could settle; empty if it could
    std::string fault_;      ///< told once
    std::size_t runs_ = 0;
};

}  // namespace rackproof::cpu
