#include "analysis/pair_evidence.hpp"

#include <algorithm>
#include <cmath>

namespace rackproof {
namespace {

/// Of the pairs of a bad part such a share is slow: all but a few; or some, where one of several
/// ports, planes or cables is bad. With what is thought of each beforehand.
struct Share {
    double share;
    double weight;
};
constexpr Share kShares[] = {{0.97, 0.7}, {0.6, 0.15}, {0.25, 0.15}};

/// Of pairs that another cause slows down, those through a bad part are slower still half as often:
/// the worse of two faults is what is seen.
constexpr double kSeenThrough = 0.5;

double times_log(double count, double value) { return count > 0 ? count * std::log(value) : 0.0; }

struct Counts {
    double slow = 0;
    double fine = 0;
};

/// Those that reach threshold number `threshold`, and the others.
Counts counted(const std::array<std::uint32_t, kMostThresholds + 1>& by_level,
               std::size_t threshold) {
    Counts counts;
    for (std::size_t level = 0; level <= kMostThresholds; ++level) {
        (level > threshold ? counts.slow : counts.fine) += by_level[level];
    }
    return counts;
}

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

PairScales::PairScales(std::size_t most) : log_half_(most + 1, 0.0), log_factor_(most + 1, 0.0) {
    for (std::size_t i = 1; i <= most; ++i) {
        const auto number = static_cast<double>(i);
        log_half_[i] = log_half_[i - 1] + std::log(number - 0.5);
        log_factor_[i] = log_factor_[i - 1] + std::log(number);
    }
}

/// Likelihood of what is not on the part, over all rates of slow pairs (Krichevsky & Trofimov
/// 1981).
double PairScales::elsewhere(std::size_t slow, std::size_t fine) const {
    return log_half_[slow] + log_half_[fine] - log_factor_[slow + fine];
}

std::optional<PairEvidence> PairScales::weigh(const PairTally& part, const PairTally& all,
                                              std::size_t thresholds) const {
    constexpr double kFewest = 2;
    LogSum sum;
    PairEvidence best{-1e300, 0};
    bool any = false;
    for (std::size_t t = 0; t < thresholds; ++t) {
        const Counts on = counted(part.free, t);
        const Counts masked = counted(part.masked, t);
        if (on.slow + masked.slow < kFewest) break;  // higher ones are reached by fewer still
        any = true;
        const Counts whole = counted(all.free, t);
        const double count = whole.slow + whole.fine;
        const double usual =
            times_log(whole.slow, whole.slow / count) + times_log(whole.fine, whole.fine / count);
        const double others = elsewhere(static_cast<std::size_t>(whole.slow - on.slow),
                                        static_cast<std::size_t>(whole.fine - on.fine));
        const double rate = (whole.slow + 1) / (count + 2);
        LogSum of_threshold;
        for (const auto& [share, weight] : kShares) {
            const double seen = share * kSeenThrough;
            of_threshold.add(std::log(weight) + on.slow * std::log(share) +
                             on.fine * std::log(1 - share) + masked.slow * std::log(seen / rate) +
                             masked.fine * std::log((1 - seen) / (1 - rate)));
        }
        const double own = of_threshold.value() + others - usual;
        sum.add(own);
        if (own > best.log_e) best = {own, t};
    }
    if (!any) return std::nullopt;
    best.log_e = sum.value() - std::log(static_cast<double>(thresholds));
    return best;
}

}  // namespace rackproof
