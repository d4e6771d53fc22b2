#pragma once

#include <array>

namespace rackproof {

/// The upper tail of a gamma distribution (Pearson's type III), in standard deviations from its
/// mean. A table of 20 of them, for it is asked of every value of a fleet; beyond, it goes on as
/// steep as at its end, which is too high rather than too low.
class SkewedTail {
  public:
    /// `skewness` >= 0; under 0.02 it is that of 0.02.
    explicit SkewedTail(double skewness);

    /// Chance to be `z` >= 0 standard deviations out or more; within 0.3 % in the table.
    [[nodiscard]] double chance(double z) const;

  private:
    static constexpr int kSteps = 8;  // a standard deviation
    std::array<double, 20 * kSteps + 1> logs_{};
};

}  // namespace rackproof
