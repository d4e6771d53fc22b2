#include "analysis/pair_evidence.hpp"

#include <algorithm>
#include <cmath>

namespace rackproof {
namespace {

/// Of the pairs of a bad part such a share is slow: all but a few; or some, where one of several
/// ports, planes or cables is bad. With what is thought of each beforehand.
struct LossShare {
    double share;
    double weight;
};
constexpr LossShare kLossShares[] = {{0.97, 0.7}, {0.6, 0.15}, {0.25, 0.15}};

/// Of pairs that another cause slows down, those through a bad part are slower still half as often:
/// the worse of two faults is what is seen.
constexpr double kSeenThrough = 0.5;

/// log(sum of exp).
class LogSum {
  public:
    void add(double term) {
        if (term > most_) {
            sum_ = sum_ * std::exp(most_ - term) + 1;
            most_ = term;
        } else {
            sum_ += std::exp(term - most_);
        }
    }
    [[nodiscard]] double value() const { return most_ + std::log(sum_); }

  private:
    double most_ = -1e300;
    double sum_ = 0;
};

}  // namespace

PairCounts counted(const std::array<std::uint32_t, kMostThresholds + 1>& by_level,
                   std::size_t threshold) {
    PairCounts counts;
    for (std::size_t level = 0; level <= kMostThresholds; ++level) {
        (level > threshold ? counts.slow : counts.fine) += by_level[level];
    }
    return counts;
}

double likelihood_if_bad(const PairCounts& on) {
    double most = -1e300;
    for (const auto& [share, weight] : kLossShares) {
        most = std::max(
            most, std::log(weight) + on.slow * std::log(share) + on.fine * std::log(1 - share));
    }
    return most;
}

double likelihood_if_usual(const PairCounts& on) {
    const double all = on.slow + on.fine;
    const auto part = [all](double count) { return count > 0 ? count * std::log(count / all) : 0; };
    return part(on.slow) + part(on.fine);
}

PairScales::PairScales(std::size_t most) : log_factor_(most + 1, 0.0) {
    for (std::size_t i = 1; i <= most; ++i) {
        log_factor_[i] = log_factor_[i - 1] + std::log(static_cast<double>(i));
    }
}

double PairScales::log_choose(double from, double count) const {
    return log_factor_[static_cast<std::size_t>(from)] -
           log_factor_[static_cast<std::size_t>(count)] -
           log_factor_[static_cast<std::size_t>(from - count)];
}

/// Log of the mean of odds^slow, if the part's pairs were drawn among all, or, which is the same,
/// the slow ones. Exact where either are few; for many, drawing with replacement bounds it from
/// above (Hoeffding 1963), whichever of the two was drawn.
double PairScales::usual(const PairCounts& on, const PairCounts& whole, double log_odds) const {
    constexpr double kMostExact = 64;
    const double size = on.slow + on.fine;
    const double all = whole.slow + whole.fine;
    if (std::min(size, whole.slow) > kMostExact) {
        const auto bound = [&](double drawn, double others) {
            return drawn * std::log1p(others / all * std::expm1(log_odds));
        };
        return std::min(bound(size, whole.slow), bound(whole.slow, size));
    }
    LogSum sum;
    const auto least = static_cast<int>(std::max(0.0, size - whole.fine));
    const auto most = static_cast<int>(std::min(size, whole.slow));
    for (int slow = least; slow <= most; ++slow) {
        sum.add(log_choose(size, slow) + log_choose(all - size, whole.slow - slow) +
                slow * log_odds);
    }
    return sum.value() - log_choose(all, whole.slow);
}

/// Log e-value for a part of whose pairs such a share is slow.
double PairScales::conditional(const PairCounts& on, const PairCounts& whole, double share) const {
    const double rate = (whole.slow + 1) / (whole.slow + whole.fine + 2);
    const double log_odds = std::log(share / (1 - share)) - std::log(rate / (1 - rate));
    if (log_odds <= 0) return 0;  // not more often slow than usual: that explains nothing
    return on.slow * log_odds - usual(on, whole, log_odds);
}

std::optional<PairEvidence> PairScales::weigh(const PairTally& part, const PairTally& all,
                                              std::size_t thresholds) const {
    constexpr double kFewest = 2;
    LogSum sum;
    PairEvidence best{-1e300, 0};
    bool any = false;
    for (std::size_t t = 0; t < thresholds; ++t) {
        const PairCounts on = counted(part.free, t);
        const PairCounts masked = counted(part.masked, t);
        if (on.slow + masked.slow < kFewest) break;  // higher ones are reached by fewer still
        any = true;
        const PairCounts whole = counted(all.free, t);
        const double rate = (whole.slow + 1) / (whole.slow + whole.fine + 2);
        LogSum of_threshold;
        for (const auto& [share, weight] : kLossShares) {
            const double seen = std::max(share * kSeenThrough, rate);
            of_threshold.add(std::log(weight) + conditional(on, whole, share) +
                             masked.slow * std::log(seen / rate) +
                             masked.fine * std::log((1 - seen) / (1 - rate)));
        }
        const double own = of_threshold.value();
        sum.add(own);
        if (own > best.log_e) best = {own, t};
    }
    if (!any) return std::nullopt;
    best.log_e = sum.value() - std::log(static_cast<double>(thresholds));
    return best;
}

}  // namespace rackproof
