#include "analysis/cohort.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/robust.hpp"
#include "analysis/rules.hpp"
#include "analysis/value_step.hpp"

namespace rackproof {
namespace {

/// No spread is believed to be smaller than this: relative to the centre, and for temperatures
/// absolute, as most sensors show whole degrees.
constexpr double kLeastRelativeSpread = 0.001;
constexpr double kLeastSpreadKelvin = 0.5;
/// Nor smaller than so many of the steps in which the values come.
constexpr double kLeastSpreadSteps = 0.5;

/// A value's own error counts only where it is so many times the cohort's usual one: the error is
/// itself an estimate from few repetitions, and rounding alone makes one of up to a step.
constexpr double kUsualErrors = 4.0;

/// True if zero is nothing special to these values: more than one in twenty lies beyond it.
bool lie_about_zero(const std::vector<double>& values) {
    constexpr double kMostBeyond = 0.05;
    const auto below = std::ranges::count_if(values, [](double value) { return value < 0; });
    const auto above = std::ranges::count_if(values, [](double value) { return value > 0; });
    return static_cast<double>(std::min(below, above)) >
           kMostBeyond * static_cast<double>(values.size());
}

double usual_distance_from_zero(std::vector<double> values) {
    for (double& value : values) value = std::abs(value);
    return median_in_place(values).value_or(0.0);
}

double doubt_of(double error, double expected) {
    return error > expected ? std::sqrt(error * error - expected * expected) : 0.0;
}

/// `worse` is still the value itself, `doubt` its error.
Member as_measured(const TargetCell& cell, const MetricCells& cells) {
    Member member;
    member.place = cell.place;
    member.cell = static_cast<std::size_t>(&cell - cells.cells().data());
    member.worse = *cell.value;
    member.doubt = cell.error.value_or(0.0);
    return member;
}

}  // namespace

double Cohort::value_at(double worse) const {
    const double distance = worse * scale;
    return metric.better == Direction::HigherIsBetter ? centre - distance : centre + distance;
}

double min_effect_of(const Metric& metric, const Policy& policy) {
    double effect = is_temperature(metric.unit) ? policy.min_effect_kelvin : policy.min_effect;
    for (const MetricRule& rule : policy.metrics) {
        if (rule.min_effect && matches(rule.pattern, metric.name)) effect = *rule.min_effect;
    }
    return effect;
}

std::optional<Cohort> cohort_of(const MetricCells& cells, const Policy& policy,
                                const std::vector<TargetCell*>& members) {
    const Metric& metric = cells.metric();
    Cohort cohort;
    cohort.metric = identity_of(metric);
    cohort.metric_index = cells.index();
    std::vector<double> values(members.size());
    std::vector<double> errors;
    errors.reserve(members.size());
    cohort.members.reserve(members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {  // once, for there are a million of them
        const TargetCell& cell = *members[i];
        values[i] = *cell.value;
        if (cell.error) errors.push_back(*cell.error);
        cohort.members.push_back(as_measured(cell, cells));
    }
    cohort.centre = median_in_place(values).value_or(0.0);
    const bool absolute = is_temperature(metric.unit);
    const bool about_zero = !absolute && lie_about_zero(values);
    cohort.has_level = !absolute && !about_zero;
    cohort.scale = absolute     ? 1.0
                   : about_zero ? usual_distance_from_zero(values)
                                : std::abs(cohort.centre);
    if (!(cohort.scale > 0.0) || !std::isfinite(cohort.scale)) return std::nullopt;
    const double usual_error = median_in_place(errors).value_or(0.0) / cohort.scale;
    if (const auto between = value_step(cells, members)) cohort.step = *between / cohort.scale;
    const double step = cohort.step.value_or(0.0);
    const double expected_error = std::max(kUsualErrors * usual_error, step);
    cohort.floor = std::max({absolute ? kLeastSpreadKelvin : kLeastRelativeSpread, usual_error,
                             kLeastSpreadSteps * step});
    cohort.min_effect = min_effect_of(metric, policy);
    const double sign = metric.better == Direction::HigherIsBetter ? -1.0 : 1.0;
    for (Member& member : cohort.members) {
        member.worse = sign * (member.worse - cohort.centre) / cohort.scale;
        member.doubt = doubt_of(member.doubt / cohort.scale, expected_error);
        if (!std::isfinite(member.worse) || !std::isfinite(member.doubt)) return std::nullopt;
    }
    cohort.size = cohort.members.size();
    return cohort;
}

}  // namespace rackproof
