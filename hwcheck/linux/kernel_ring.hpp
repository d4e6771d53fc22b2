#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "hwcheck/tree.hpp"

namespace rackproof {

inline constexpr const char* kKernelRing = "/dev/kmsg";

/// What the kernel's log holds that was not read before.
struct RingNews {
    std::string text;          ///< records as /dev/kmsg has them, a line each
    std::uint64_t missed = 0;  ///< records that were overwritten before they could be read
    std::string problem;       ///< why nothing, or not all, could be read
};

/// The kernel's log of the living machine, or the file that stands for /dev/kmsg in a copy, read
/// on from where the last reading stopped. Waits for nothing.
class KernelRing {
  public:
    /// All that it holds, once; or again and again what is new from now on.
    enum class From { Oldest, Now };
    KernelRing(const Tree& tree, From from);

    /// Empty if it is open.
    [[nodiscard]] const std::string& why_not() const { return opened_.why; }
    /// Of one that is open.
    [[nodiscard]] RingNews read();

  private:
    void read_bytes(RingNews& news);
    void count_missed(RingNews& news);

    OpenedFile opened_;
    From from_;
    std::string begun_;  ///< the beginning of a line whose end was not there yet, of a copy
    std::optional<std::uint64_t> next_;  ///< the number of the record that comes next
};

}  // namespace rackproof
