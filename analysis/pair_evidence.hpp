#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace rackproof {

inline constexpr std::size_t kMostThresholds = 16;

/// Observations counted by the number of thresholds that they reach. `masked` are those that
/// another cause explains: that they are no worse than that says little.
struct PairTally {
    std::array<std::uint32_t, kMostThresholds + 1> free{};
    std::array<std::uint32_t, kMostThresholds + 1> masked{};
};

/// How much more likely the results are if one part of the fabric is bad.
struct PairEvidence {
    double log_e = 0;           ///< logarithm of the e-value
    std::size_t threshold = 0;  ///< at which it is strongest
};

/// Weighs what lies on one part against what does not, threshold by threshold: a Bernoulli scan
/// statistic (Kulldorff 1997) with the likelihood under "nothing is special about this part" at its
/// maximum, so that 1 / e bounds the chance of a false alarm (universal inference: Wasserman,
/// Ramdas & Balakrishnan 2020).
class PairScales {
  public:
    /// For at most `most` observations.
    explicit PairScales(std::size_t most);

    /// `part` is counted within `all`. nullopt if fewer than two observations of the part are slow.
    [[nodiscard]] std::optional<PairEvidence> weigh(const PairTally& part, const PairTally& all,
                                                    std::size_t thresholds) const;

  private:
    [[nodiscard]] double elsewhere(std::size_t slow, std::size_t fine) const;

    std::vector<double> log_half_;    ///< log of gamma(i + 1/2) / gamma(1/2)
    std::vector<double> log_factor_;  ///< log of i!
};

}  // namespace rackproof
