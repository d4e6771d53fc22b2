#pragma once

#include <optional>
#include <vector>

namespace rackproof {

/// How often a healthy place is far out in both of its two metrics at once: the tail of the smaller
/// of their surprises, -ln of the chance to be so bad in a metric. It falls off exponentially (the
/// coefficient of tail dependence: Ledford & Tawn 1996), by 1/2 for each where the tails come
/// independently and by 1 where they come together, which the bulk's correlation does not tell.
class BothFarOut {
  public:
    /// Who is as bad as one healthy place in 100 in either metric is not believed to be healthy.
    static constexpr double kDoubted = 4.6;

    /// Of the smaller surprises of all places, some of which may be faulty. nullopt for fewer than
    /// 100 that may be healthy, and where they do not fall off. The order does not matter.
    [[nodiscard]] static std::optional<BothFarOut> fitted(std::vector<double> smaller);

    /// Chance of a smaller surprise of `smaller` or more, at kDoubted or above.
    [[nodiscard]] double chance(double smaller) const;

  private:
    double from_ = 0;   ///< the tail begins here
    double share_ = 0;  ///< of the healthy ones that lie beyond
    double mean_ = 0;   ///< distance beyond
    double known_ = 0;  ///< places that `mean_` rests on
};

}  // namespace rackproof
