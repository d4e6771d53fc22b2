#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/run.hpp"

namespace rackproof {

/// The metrics of a run, one at a time: a fleet's matrices together do not fit into memory.
class MetricSource {
  public:
    MetricSource() = default;
    MetricSource(const MetricSource&) = delete;
    MetricSource& operator=(const MetricSource&) = delete;
    virtual ~MetricSource() = default;

    /// The names of the metrics, in the run's order.
    [[nodiscard]] virtual const std::vector<std::string>& names() const = 0;

    /// The metric `names()[index]`, whole and checked as the run it belongs to is. May be called
    /// from several threads at once. Throws as the reading of the run does.
    [[nodiscard]] virtual std::shared_ptr<const Metric> metric(std::size_t index) = 0;
};

/// The metrics that a run in memory holds itself; the run must outlive it.
class HeldMetrics final : public MetricSource {
  public:
    explicit HeldMetrics(const Run& run) : run_{&run} {
        for (const Metric& metric : run.metrics) names_.push_back(metric.name);
    }
    [[nodiscard]] const std::vector<std::string>& names() const override { return names_; }
    [[nodiscard]] std::shared_ptr<const Metric> metric(std::size_t index) override {
        return {std::shared_ptr<const Metric>{}, &run_->metrics[index]};
    }

  private:
    const Run* run_;
    std::vector<std::string> names_;
};

}  // namespace rackproof
