#pragma once

#include <sched.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace rackproof::cpu {

/// A kernel CPU set of any size; glibc's fixed cpu_set_t ends at core 1023.
class CpuSet {
  public:
    /// Room for the cores 0 to `count` - 1.
    explicit CpuSet(std::size_t count)
        : words_(std::max<std::size_t>((count + kWordBits - 1) / kWordBits, 1)) {}

    explicit CpuSet(std::span<const int> cores) : CpuSet{size_for(cores)} {
        for (const int core : cores) {
            const auto bit = static_cast<std::size_t>(core);
            words_[bit / kWordBits] |= 1UL << (bit % kWordBits);
        }
    }

    [[nodiscard]] std::size_t bytes() const { return words_.size() * sizeof(unsigned long); }
    [[nodiscard]] cpu_set_t* get() { return reinterpret_cast<cpu_set_t*>(words_.data()); }

    [[nodiscard]] std::vector<int> cores() const {
        std::vector<int> found;
        for (std::size_t bit = 0; bit < words_.size() * kWordBits; ++bit) {
            if ((words_[bit / kWordBits] >> (bit % kWordBits)) & 1UL) {
                found.push_back(static_cast<int>(bit));
            }
        }
        return found;
    }

  private:
    static constexpr std::size_t kWordBits = 8 * sizeof(unsigned long);

    static std::size_t size_for(std::span<const int> cores) {
        const auto largest = std::ranges::max_element(cores);
        return largest == cores.end() ? 1 : static_cast<std::size_t>(*largest) + 1;
    }

    std::vector<unsigned long> words_;
};

}  // namespace rackproof::cpu
