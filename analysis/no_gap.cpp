#include "analysis/no_gap.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <vector>

#include "analysis/ordering.hpp"

namespace rackproof {
namespace {

/// How many values lie in cells of equal width from `low` on, before and behind them.
class Histogram {
  public:
    Histogram(double low, double width, std::size_t cells)
        : low_{low}, width_{width}, counts_(cells) {}

    void add(std::span<const double> values) {
        const auto end = static_cast<double>(counts_.size());
        for (const double value : values) {
            const double position = (value - low_) / width_;
            if (!(position >= 0)) {
                ++before_;
            } else if (!(position < end)) {
                ++behind_;
            } else {
                ++counts_[static_cast<std::size_t>(position)];
            }
        }
    }

    [[nodiscard]] double before() const { return before_; }
    [[nodiscard]] double behind() const { return behind_; }
    /// In whole cells before the one that `value` lies in, which is one of them, and behind it.
    [[nodiscard]] double before(double value) const {
        return std::accumulate(counts_.begin(), cell_of(value), before_);
    }
    [[nodiscard]] double behind(double value) const {
        return std::accumulate(cell_of(value) + 1, counts_.end(), behind_);
    }
    /// The fewest in so many cells that follow each other.
    [[nodiscard]] double fewest_in(std::size_t cells) const {
        double fewest = INFINITY;
        double sum = 0;
        for (std::size_t end = 0; end < counts_.size(); ++end) {
            sum += counts_[end];
            if (end >= cells) sum -= counts_[end - cells];
            if (end + 1 >= cells) fewest = std::min(fewest, sum);
        }
        return fewest;
    }

  private:
    [[nodiscard]] std::vector<std::uint32_t>::const_iterator cell_of(double value) const {
        const auto last = static_cast<double>(counts_.size() - 1);  // also of the end itself
        return counts_.begin() +
               static_cast<std::ptrdiff_t>(std::min((value - low_) / width_, last));
    }

    double low_;
    double width_;
    double before_ = 0;
    double behind_ = 0;
    std::vector<std::uint32_t> counts_;
};

/// Where medians of two modes can lie, as far as a sample tells, which all values have to confirm.
struct Ranges {
    double from;      ///< hardly any of the better one's lies before it ...
    double nearest;   ///< ... nor behind this
    double farthest;  ///< and of the worse one's, before this ...
    double to;        ///< ... nor behind it
};

Ranges ranges_of(const std::vector<double>& sample, double least_share) {
    constexpr double kMargin = 0.03;  // of the sample: more than two standard errors of a rank
    const auto at = [&](double share) {
        return sample[static_cast<std::size_t>(share * static_cast<double>(sample.size() - 1))];
    };
    const double outer = std::max(least_share / 2 - kMargin, 0.0);
    const double inner = (1 - least_share) / 2 + kMargin;
    return {at(outer), at(inner), at(1 - inner), at(1 - outer)};
}

}  // namespace

/// A mode of the share s has its median behind s / 2 of all values and before (1 - s) / 2 of them,
/// or the other way round. So two medians are apart by some least distance d, and the third of it
/// that lies between them is nearly empty: where each third has too many values, there are none.
bool has_no_gap(std::span<const double> values, const TwoModes& modes) {
    constexpr std::size_t kCells = 16;  // of the third: 15 are whole, wherever it begins
    constexpr double kMostCells = 4096;
    if (values.size() < kSample) return false;
    const Ranges ranges = ranges_of(sorted_sample(values), modes.least_share);
    const double width = (ranges.farthest - ranges.nearest) / (3 * static_cast<double>(kCells));
    const double cells = std::ceil((ranges.to - ranges.from) / width);
    if (!(width > 0) || !(cells < kMostCells)) return false;
    Histogram counts{ranges.from, width, static_cast<std::size_t>(cells)};
    counts.add(values);
    const auto all = static_cast<double>(values.size());
    const double outside = modes.least_share / 2 * all;
    const double beside = (1 - modes.least_share) / 2 * all;
    const bool is_confirmed = counts.before() <= outside && counts.behind() <= outside &&
                              counts.before(ranges.nearest) >= beside &&
                              counts.behind(ranges.farthest) >= beside;
    return is_confirmed && counts.fewest_in(kCells - 1) > modes.most_between * all / 2;
}

}  // namespace rackproof
