#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/cells.hpp"
#include "analysis/curve_source.hpp"
#include "analysis/draft.hpp"
#include "analysis/rate_fall.hpp"
#include "core/metric_source.hpp"
#include "core/plan.hpp"

namespace rackproof {

/// Unit of a thermal resistance.
inline constexpr std::string_view kKelvinPerWatt = "K/W";

/// What a burn-in's curve comes to, beside the lead of that name: "burnin.bf16.warm_up".
struct CurveCase {
    std::string name;
    std::string unit;
};
[[nodiscard]] std::vector<CurveCase> curve_cases(const std::string& lead);

/// True of metrics that follow the place in rack and node by nature, because coolant that has
/// passed others is warmer: temperatures of a burn-in, and what is made of them.
[[nodiscard]] bool is_thermal(const MetricIdentity& metric);

/// What the curves of a run's burn-ins come to.
struct CurveReport {
    /// `LEAD.thermal_resistance`, `.warm_up`, `.rate_retention`, `.thermal_drift` and
    /// `.time_at_temperature` of each lead whose curve was recorded, to be judged as any metric is:
    /// a row for each device that has a value. And `LEAD.fan_speed.SENSOR` of fans and pumps.
    std::vector<Metric> metrics;
    /// Sensors that say nothing, soaks that never were steady, devices that were slowed down, fans
    /// that do not turn as they should.
    std::vector<Draft> drafts;
    std::vector<RateFall> falls;  ///< of devices that did not keep their rate
};
[[nodiscard]] CurveReport curve_report(const Survey& survey, MetricSource& metrics,
                                       const Policy& policy);

/// Findings of curves that all but one in eight of a rack's devices have become one on the rack;
/// and where thermal resistance tells of a place, its temperature tells nothing new.
[[nodiscard]] std::vector<Draft> thermal_findings_once(const Survey& survey,
                                                       const std::vector<MetricIdentity>& metrics,
                                                       std::vector<Draft> drafts);

/// A run's own metrics, and behind them what its curves come to.
class WithCurves final : public MetricSource {
  public:
    WithCurves(MetricSource& own, std::vector<Metric> curves);
    [[nodiscard]] const std::vector<std::string>& names() const override { return names_; }
    [[nodiscard]] std::shared_ptr<const Metric> metric(std::size_t index) override;
    [[nodiscard]] TelemetrySource& telemetry() override { return own_->telemetry(); }
    [[nodiscard]] bool is_curve(std::size_t index) const { return index >= own_count_; }

  private:
    MetricSource* own_;
    std::size_t own_count_;
    std::vector<Metric> curves_;
    std::vector<std::string> names_;
};

}  // namespace rackproof
