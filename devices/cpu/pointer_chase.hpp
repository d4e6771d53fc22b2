#pragma once

#include <cstdint>
#include <utility>

#include "devices/cpu/pages.hpp"
#include "devices/cpu/permutation.hpp"
#include "devices/cpu/thread_pool.hpp"
#include "devices/workload.hpp"

namespace rackproof::cpu {

/// Latency: each load's address is what the load before it brought. The lines form one random
/// cycle through the whole buffer, so no prefetcher knows the next. A walk goes on where the last
/// one ended; its end is checked against where the permutation says it must be. Walks on the
/// calling thread; the pool, which must outlive it, only lays the lines out.
class PointerChase final : public Workload {
  public:
    /// Its lines come from `spare`, which must outlive it, and go back there. Throws Error if
    /// `bytes` hold fewer than two lines of 64 bytes, or do not fit.
    PointerChase(ThreadPool& pool, SparePages& spare, std::int64_t bytes, std::uint64_t seed);
    PointerChase(const PointerChase&) = delete;
    PointerChase& operator=(const PointerChase&) = delete;
    ~PointerChase() override { spare_->keep(std::move(pages_)); }

    void run() override;
    [[nodiscard]] Work work() const override;
    void verify() override;
    [[nodiscard]] Variant variant() const override;

    /// For tests that plant a fault: makes one line lead to itself.
    struct alignas(64) Line {
        Line* next = nullptr;
    };
    [[nodiscard]] Line* lines() { return lines_; }

  private:
    void link(ItemRange steps);
    [[nodiscard]] const Line* line_at(std::uint64_t step) const;
    Permutation order_;
    std::uint64_t seed_;
    SparePages* spare_;
    Pages pages_;
    Line* lines_ = nullptr;
    const Line* position_ = nullptr;
    std::uint64_t steps_ = 0;
};

}  // namespace rackproof::cpu
