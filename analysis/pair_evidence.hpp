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

/// What is expected of one part at one threshold, given how many are slow in all.
struct PairCounts {
    double slow = 0;
    double fine = 0;
};

/// Weighs what lies on one part against what does not, threshold by threshold: given how many pairs
/// are slow, are those of this part more often slow than if it were drawn (a scan statistic:
/// Kulldorff 1997; conditional on the number, as Fisher 1935)? 1 / e bounds the chance of a false
/// alarm whatever share of the fabric's pairs is slow.
class PairScales {
  public:
    /// For at most `most` observations.
    explicit PairScales(std::size_t most);

    /// `part` is counted within `all`. nullopt if fewer than two observations of the part are slow.
    [[nodiscard]] std::optional<PairEvidence> weigh(const PairTally& part, const PairTally& all,
                                                    std::size_t thresholds) const;

  private:
    [[nodiscard]] double log_choose(double from, double count) const;
    [[nodiscard]] double usual(const PairCounts& on, const PairCounts& whole,
                               double log_odds) const;
    [[nodiscard]] double conditional(const PairCounts& on, const PairCounts& whole,
                                     double share) const;

    std::vector<double> log_factor_;  ///< log of i!
};

/// Those that reach threshold number `threshold`, and the others.
[[nodiscard]] PairCounts counted(const std::array<std::uint32_t, kMostThresholds + 1>& by_level,
                                 std::size_t threshold);

/// Log likelihood ratio of a bad part against a usual one where the rate of slow pairs elsewhere is
/// known; the largest over what share of a bad part's pairs may be slow.
[[nodiscard]] double gain_of(const PairCounts& on, double rate_elsewhere);

}  // namespace rackproof
