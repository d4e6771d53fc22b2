#include "analysis/exposure.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>

#include "analysis/curve.hpp"
#include "analysis/curve_source.hpp"

namespace rackproof {
namespace {

constexpr double kDoubt = 0.05;
constexpr double kSecondsAnHour = 3600;

/// Adds one row: its samples are the outputs that were checked, the wrong one among them.
void add_row(const MetricCells& cells, std::size_t row, Exposure& exposure) {
    const Metric& metric = cells.metric();
    const std::span<const double> samples = cells.samples(row);
    if (samples.empty() || metric.time.size() != metric.values.size()) return;
    const auto times = std::span{metric.time}.subspan(row * metric.repetitions, samples.size());
    double first = std::numeric_limits<double>::infinity();
    double last = -first;
    std::int64_t outputs = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (!std::isfinite(samples[i]) || !std::isfinite(times[i])) continue;
        first = std::min(first, times[i]);
        last = std::max(last, times[i]);
        ++outputs;
    }
    if (outputs < 2) return;
    exposure.outputs += outputs;
    exposure.device_hours += (last - first) / kSecondsAnHour;
    if (cells.outcome(row) == Outcome::WrongAnswer) ++exposure.wrong;
}

}  // namespace

Exposure exposure_of(const MetricCells& cells) {
    Exposure exposure;
    for (const TargetCell& cell : cells.cells()) {
        for (const std::size_t row : cells.rows(cell)) add_row(cells, row, exposure);
    }
    return exposure;
}

CorruptionBounds corruption_bounds(const Exposure& exposure) {
    constexpr double kUnknown = std::numeric_limits<double>::infinity();
    const auto wrong = static_cast<double>(exposure.wrong);
    const auto right = static_cast<double>(exposure.outputs - exposure.wrong);
    CorruptionBounds bounds{kUnknown, kUnknown};
    if (exposure.outputs > 0) {
        bounds.of_outputs = right > 0 ? boost::math::ibetac_inv(wrong + 1, right, kDoubt) : 1.0;
    }
    if (exposure.device_hours > 0) {
        bounds.per_device_hour =
            boost::math::gamma_q_inv(wrong + 1, kDoubt) / exposure.device_hours;
    }
    return bounds;
}

std::string exposure_text(const MetricCells& cells) {
    if (!is_burnin_lead(cells.metric())) return {};
    const Exposure exposure = exposure_of(cells);
    if (exposure.device_hours * kSecondsAnHour < kLeastSoak_s) return {};
    const CorruptionBounds bounds = corruption_bounds(exposure);
    const std::string found =
        exposure.wrong == 0 ? "none wrong" : fmt::format("{} wrong", exposure.wrong);
    return fmt::format(
        "{} outputs checked over {:.3g} device-hours, {}: with 95 % confidence fewer than {:.2g} "
        "wrong in a device-hour, and fewer than 1 in {:.0f} outputs",
        exposure.outputs, exposure.device_hours, found, bounds.per_device_hour,
        1 / bounds.of_outputs);
}

}  // namespace rackproof
