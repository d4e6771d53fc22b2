#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "analysis/cells.hpp"
#include "analysis/past.hpp"

namespace rackproof {

/// How "worse" counts in a series: for rates and the like the logarithm, whichever way the metric
/// points; kelvin for temperatures.
class WorseScale {
  public:
    explicit WorseScale(const MetricIdentity& metric);

    /// NaN where there is no such number: the logarithm of nothing.
    [[nodiscard]] double worse(double value) const;
    [[nodiscard]] double value(double worse) const;
    /// A difference on the scale as a deviation: relative to the better end, or in kelvin.
    [[nodiscard]] double size(double difference) const;
    /// The difference on the scale that has this size.
    [[nodiscard]] double difference(double size) const;
    [[nodiscard]] bool is_kelvin() const { return is_kelvin_; }

  private:
    bool is_kelvin_;
    double sign_;
};

/// One metric's medians, a row a target and a column a night, the judged run's last; of all targets
/// that have a number on the scale tonight, one sku after the other.
class NightlyTable {
  public:
    NightlyTable(const MetricCells& cells, const WorseScale& scale, Past& past);

    struct Rows {
        std::size_t begin = 0;
        std::size_t end = 0;
    };
    [[nodiscard]] const std::vector<Rows>& skus() const { return skus_; }
    [[nodiscard]] std::size_t nights() const { return nights_; }
    [[nodiscard]] const TargetCell& cell(std::size_t row) const { return *cells_[row]; }
    [[nodiscard]] std::span<float> row(std::size_t row) {
        return std::span{values_}.subspan(row * nights_, nights_);
    }
    [[nodiscard]] std::span<const float> row(std::size_t row) const {
        return std::span{values_}.subspan(row * nights_, nights_);
    }
    /// Nights of which nothing could be taken, since unit, direction, scope or parameters were
    /// others.
    [[nodiscard]] std::size_t unlike_nights() const { return unlike_; }

  private:
    void list_rows(const MetricCells& cells, const WorseScale& scale);
    void add_night(const Metric& metric, const Night& night, const WorseScale& scale,
                   std::size_t column);
    [[nodiscard]] std::optional<std::size_t> row_of(Scope scope, Target target,
                                                    const Night& night) const;

    std::size_t nights_;
    std::vector<const TargetCell*> cells_;
    std::vector<Rows> skus_;
    std::vector<float> values_;
    std::vector<std::int32_t> row_by_index_;  ///< of a node, device or group; -1 = none
    std::map<std::pair<std::int32_t, std::int32_t>, std::size_t> row_by_pair_;
    std::size_t unlike_ = 0;
};

/// Takes the rows' own medians and the nights' off: what is left is how a target changed while its
/// peers did not (median polish: Tukey 1977).
struct Polished {
    std::vector<double> own;     ///< by row, from the range's first
    std::vector<float> nightly;  ///< by night
};

/// With fewer rows than `fewest_peers` nothing is taken off the nights: they have no peers. Else
/// nights with fewer values are left out.
[[nodiscard]] Polished polish(NightlyTable& table, NightlyTable::Rows rows,
                              std::size_t fewest_peers);

}  // namespace rackproof
