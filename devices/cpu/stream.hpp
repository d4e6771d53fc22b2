#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "devices/cpu/instruction_set.hpp"
#include "devices/cpu/pages.hpp"
#include "devices/cpu/thread_pool.hpp"
#include "devices/device.hpp"
#include "devices/workload.hpp"

namespace rackproof::cpu {

enum class Store : std::uint8_t { Temporal, NonTemporal };

/// One of McCalpin's kernels, or a read-only sum, over arrays of doubles that the pool's threads
/// share out evenly. The inputs are a pattern whose results are exact, so every element is
/// checked for equality. The pool must outlive it.
class Stream final : public Workload {
  public:
    /// Its arrays come from `spare`, which must outlive it, and go back there. Throws Error if an
    /// array holds no element or the arrays do not fit into memory.
    Stream(ThreadPool& pool, const InstructionSet& set, SparePages& spare, StreamKernel kernel,
           std::int64_t array_bytes);
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream() override { spare_->keep(std::move(pages_)); }

    /// Times both kinds of stores on parts of the arrays in turn, each but once, and returns the
    /// faster. Temporal is chosen only if it wins by more than noise, so that equal machines choose
    /// alike.
    [[nodiscard]] Store faster_store();

    /// The kind of stores that run() uses; Temporal at first, and always for Read.
    void use(Store store);

    void run() override;
    [[nodiscard]] Work work() const override;
    void verify() override;
    [[nodiscard]] Variant variant() const override;

    /// The kernel's output; tests plant faults in it.
    [[nodiscard]] double* output() { return out_; }
    [[nodiscard]] std::size_t count() const { return count_; }

  private:
    struct alignas(64) Partial {
        double sum = 0;
    };
    /// What verify() found out about the last run.
    enum class State : std::uint8_t { NeverRun, NotVerified, Right, Wrong };

    [[nodiscard]] ItemRange share(int thread) const;
    void run_part(std::size_t part, std::size_t parts);
    [[nodiscard]] double time_part_s(Store store, std::size_t part, std::size_t parts);
    [[nodiscard]] std::string wrong_element();
    [[nodiscard]] std::string wrong_sum();

    ThreadPool* pool_;
    const InstructionSet* set_;
    StreamKernel kernel_;
    Store store_ = Store::Temporal;
    StreamLoop loop_ = nullptr;
    std::size_t count_;
    SparePages* spare_;
    Pages pages_;
    double* out_ = nullptr;
    double* x_ = nullptr;
    double* y_ = nullptr;
    std::vector<Partial> partials_;
    State state_ = State::NeverRun;
    std::string fault_;
};

}  // namespace rackproof::cpu
