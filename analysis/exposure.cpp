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

/// What the worker says that it checked in a row; of its `samples`, at least one each.
std::int64_t outputs_of(const Survey& survey, const Metric& metric, std::size_t row,
                        std::int64_t samples) {
    constexpr std::int64_t kMost = 1'000'000'000'000'000;  // a file may say anything
    if (row >= metric.variant.size()) return samples;
    const std::int32_t variant = metric.variant[row];
    if (variant < 0 || static_cast<std::size_t>(variant) >= survey.variants.size()) return samples;
    const std::optional<std::int64_t>& checked =
        survey.variants[static_cast<std::size_t>(variant)].checked;
    return checked && *checked <= kMost ? std::max(*checked, samples) : samples;
}

/// Adds one row, the wrong output among those that were checked.
void add_row(const Survey& survey, const MetricCells& cells, std::size_t row, Exposure& exposure) {
    const Metric& metric = cells.metric();
    const std::span<const double> samples = cells.samples(row);
    if (samples.empty() || metric.time.size() != metric.values.size()) return;
    const auto times = std::span{metric.time}.subspan(row * metric.repetitions, samples.size());
    double first = std::numeric_limits<double>::infinity();
    double last = -first;
    std::int64_t timed = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (!std::isfinite(samples[i]) || !std::isfinite(times[i])) continue;
        first = std::min(first, times[i]);
        last = std::max(last, times[i]);
        ++timed;
    }
    if (timed < 2) return;
    exposure.outputs += outputs_of(survey, metric, row, timed);
    exposure.device_hours += (last - first) / kSecondsAnHour;
    if (cells.outcome(row) == Outcome::WrongAnswer) ++exposure.wrong;
}

bool is_looked_at(const Metric& metric) {
    return is_burnin_lead(metric) || (metric.suite == "cores" && metric.scope == Scope::Device);
}

}  // namespace

Exposure exposure_of(const Survey& survey, const MetricCells& cells) {
    Exposure exposure;
    for (const TargetCell& cell : cells.cells()) {
        for (const std::size_t row : cells.rows(cell)) add_row(survey, cells, row, exposure);
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

std::string exposure_text(const Survey& survey, const MetricCells& cells) {
    if (!is_looked_at(cells.metric())) return {};
    const Exposure exposure = exposure_of(survey, cells);
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
