#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/run.hpp"
#include "core/telemetry_source.hpp"

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

    /// The telemetry of the run; one thread.
    [[nodiscard]] virtual TelemetrySource& telemetry() = 0;
};

/// The metrics that a run in memory holds itself, and its telemetry, which may be elsewhere; both
/// must outlive it.
class HeldMetrics final : public MetricSource {
  public:
    explicit HeldMetrics(const Run& run) : HeldMetrics{run, nullptr} {}
    HeldMetrics(const Run& run, TelemetrySource& telemetry) : HeldMetrics{run, &telemetry} {}
    [[nodiscard]] const std::vector<std::string>& names() const override { return names_; }
    [[nodiscard]] std::shared_ptr<const Metric> metric(std::size_t index) override {
        return {std::shared_ptr<const Metric>{}, &run_->metrics[index]};
    }
    [[nodiscard]] TelemetrySource& telemetry() override {
        return elsewhere_ != nullptr ? *elsewhere_ : held_;
    }

  private:
    HeldMetrics(const Run& run, TelemetrySource* elsewhere)
        : run_{&run}, held_{run}, elsewhere_{elsewhere} {
        for (const Metric& metric : run.metrics) names_.push_back(metric.name);
    }

    const Run* run_;
    HeldTelemetry held_;
    TelemetrySource* elsewhere_;
    std::vector<std::string> names_;
};

}  // namespace rackproof
