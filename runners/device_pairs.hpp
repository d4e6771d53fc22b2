#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "core/manifest.hpp"

namespace rackproof {

/// Every ordered pair of a node's devices, in rounds of disjoint pairs: each round of a round-robin
/// tournament (runners/pair_rounds.hpp), and after it the same pairs the other way. A device that
/// is alone is paired with itself: it has no pair, and its cell is there to say so.
[[nodiscard]] std::vector<Target> device_pairs(const std::vector<std::int32_t>& devices);

/// Finds the rounds again in such pairs, or in some of them, in their order: what is in one round
/// may be at work at the same time.
class DeviceRounds {
  public:
    /// True if this pair begins a round: another case than the pair before it, or one of its
    /// devices is in the round already.
    [[nodiscard]] bool begins(std::int32_t lead_case, const Target& pair);

  private:
    std::int32_t lead_case_ = -1;
    std::set<std::int32_t> in_round_;
};

}  // namespace rackproof
