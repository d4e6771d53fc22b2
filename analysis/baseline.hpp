#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/metric_source.hpp"
#include "core/plan.hpp"
#include "core/run.hpp"

namespace rackproof {

/// So large a share of healthy targets keeps a limit, with so much confidence.
struct ToleranceRule {
    double content = 0.999;
    double confidence = 0.95;
};

/// k of the one-sided tolerance limit mean - k x standard deviation that at least `content` of a
/// normal population lies above, with `confidence`, from `n` values: the quantile of a noncentral t
/// over the root of n (Natrella 1963, Experimental Statistics, NBS Handbook 91, section 2-3;
/// ISO 16269-6). `n` is at least 2.
[[nodiscard]] double tolerance_factor(std::size_t n, const ToleranceRule& rule);

/// The share of healthy nodes that keep a limit no tighter than the worst of `n` of them, with that
/// confidence and whatever their distribution: the n-th root of 1 - confidence (Wilks 1941,
/// Determination of sample sizes for setting tolerance limits). `n` is at least 1.
[[nodiscard]] double content_of_worst(std::size_t n, double confidence);

/// mean - factor x deviation, or + where lower is better, but never tighter than the worst of the
/// values, of which there are two or more. The deviation is the standard one, or that of the worse
/// half about the median if that is more.
[[nodiscard]] double tolerance_limit(const std::vector<double>& values, Direction better,
                                     double factor);

/// A limit that accepted nodes give, and what it rests on.
struct DerivedLimit {
    Limit limit;  ///< its source says all of the below
    std::size_t nodes = 0;
    std::size_t targets = 0;
};

/// Fewer nodes give no limit; fewer than so many a provisional one.
inline constexpr std::size_t kFewestBaselineNodes = 4;
inline constexpr std::size_t kFewestFirmNodes = 30;

/// What accepted runs measured, from which limits are derived. docs/baselines.md says how.
class Baseline {
  public:
    /// Takes the values of all nodes but those `left_out`. Throws InputError if the run's nodes are
    /// of another sku than those so far, or of several, if a metric's unit, direction or parameters
    /// differ from those of an earlier run, or if its name would be a pattern; `file` is what it
    /// calls the run.
    void add(const Run& facts, MetricSource& metrics, const std::set<std::string>& left_out,
             const std::string& file);

    [[nodiscard]] const std::string& sku() const { return sku_; }

    /// By name of the metric. Those without a direction, of pairs and groups, and of too few nodes
    /// have none.
    [[nodiscard]] std::vector<DerivedLimit> limits(const ToleranceRule& rule,
                                                   std::string_view name) const;

  private:
    struct Accepted {
        std::string unit;
        Direction better = Direction::None;
        std::string parameters;
        /// Of each node and device (-1: the node itself) its values, one a run.
        std::map<std::pair<std::string, std::int32_t>, std::vector<double>> values;
    };
    void add_metric(const Run& facts, const Metric& metric, const std::set<std::string>& left_out,
                    const std::string& file);

    std::string sku_;
    std::map<std::string, Accepted> metrics_;
};

}  // namespace rackproof
