#include "analysis/curve.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "analysis/robust.hpp"
#include "core/run.hpp"

namespace rackproof {
namespace {

/// Mean of the finite ones without the twentieth at either end: of a sensor that shows whole
/// degrees a mean says more than a median, and a reading that is nonsense must not count.
std::optional<double> trimmed_mean(std::vector<double> values) {
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    if (values.empty()) return std::nullopt;
    std::ranges::sort(values);
    const std::size_t cut = values.size() / 20;
    double sum = 0;
    for (std::size_t i = cut; i < values.size() - cut; ++i) sum += values[i];
    return sum / static_cast<double>(values.size() - 2 * cut);
}

std::optional<double> mean_at(const std::vector<double>& column,
                              std::span<const std::size_t> steps) {
    constexpr std::size_t kFewest = 5;
    std::vector<double> values;
    for (const std::size_t step : steps) {
        if (std::isfinite(column[step])) values.push_back(column[step]);
    }
    return values.size() < kFewest ? std::nullopt : trimmed_mean(std::move(values));
}

std::vector<std::size_t> steps_between(const Curve& curve, double from_s, double to_s) {
    std::vector<std::size_t> steps;
    const auto first = std::ranges::lower_bound(curve.time_s, from_s);
    for (auto each = first; each != curve.time_s.end() && *each <= to_s; ++each) {
        steps.push_back(static_cast<std::size_t>(each - curve.time_s.begin()));
    }
    return steps;
}

/// Least squares; nullopt for fewer than `fewest` readings.
std::optional<double> slope_of(const Curve& curve, std::span<const std::size_t> steps,
                               std::size_t fewest) {
    double n = 0;
    double sum_t = 0;
    double sum_y = 0;
    for (const std::size_t step : steps) {
        if (!std::isfinite(curve.temperature[step])) continue;
        n += 1;
        sum_t += curve.time_s[step];
        sum_y += curve.temperature[step];
    }
    if (n < static_cast<double>(fewest)) return std::nullopt;
    double square = 0;
    double product = 0;
    for (const std::size_t step : steps) {
        if (!std::isfinite(curve.temperature[step])) continue;
        const double t = curve.time_s[step] - sum_t / n;
        square += t * t;
        product += t * (curve.temperature[step] - sum_y / n);
    }
    if (!(square > 0)) return std::nullopt;
    return product / square;
}

/// How long after the begin of the load the temperature has made 63 % of its way to that of the
/// soak's last quarter. nullopt where it makes no way that the sensor shows.
std::optional<double> most_of_the_way_s(const Curve& curve) {
    constexpr double kShare = 0.632;
    constexpr double kFewestSteps = 4;
    const auto last = mean_at(curve.temperature,
                              steps_between(curve, curve.end_s - curve.soak_s() / 4, curve.end_s));
    const auto first =
        std::ranges::find_if(curve.temperature, [](double value) { return std::isfinite(value); });
    if (!last || first == curve.temperature.end()) return std::nullopt;
    if (*last - *first < kFewestSteps * curve.resolution) return std::nullopt;
    const double there = *first + kShare * (*last - *first);
    for (std::size_t i = 0; i < curve.size(); ++i) {
        if (curve.temperature[i] < there || !std::isfinite(curve.temperature[i])) continue;
        return std::max(curve.time_s[i] - curve.begin_s, 0.0);
    }
    return std::nullopt;
}

/// One step of the fit: the temperature, and the integrals up to it.
struct Integrals {
    double temperature = 0;
    double power = 0;
    double excess = 0;  ///< of the temperature over the coolant's, or over the first one
};

std::vector<Integrals> integrals_until(const Curve& curve, double until_s) {
    constexpr double kIdle = 0.5;  // of the highest power: it began without load
    std::vector<Integrals> rows;
    double last_s = 0;
    double last_power = 0;
    double last_excess = 0;
    double first = kNoValue;
    double power = kNoValue;
    double first_power = kNoValue;
    double most_power = 0;
    for (const double each : curve.power_w) most_power = std::fmax(most_power, each);
    for (std::size_t i = 0; i < curve.size() && curve.time_s[i] <= until_s; ++i) {
        if (std::isfinite(curve.power_w[i])) power = curve.power_w[i];
        const double temperature = curve.temperature[i];
        if (!std::isfinite(temperature) || !std::isfinite(power)) continue;
        if (rows.empty()) {
            first = temperature;
            first_power = power;
        }
        const double coolant = curve.coolant[i];
        const bool above_idle = !std::isfinite(coolant) && first_power < kIdle * most_power;
        const double load = power - (above_idle ? first_power : 0);
        const double excess = temperature - (std::isfinite(coolant) ? coolant : first);
        Integrals row{temperature, 0, 0};
        if (!rows.empty()) {
            const double step_s = curve.time_s[i] - last_s;
            row.power = rows.back().power + step_s * (load + last_power) / 2;
            row.excess = rows.back().excess + step_s * (excess + last_excess) / 2;
        }
        rows.push_back(row);
        last_s = curve.time_s[i];
        last_power = load;
        last_excess = excess;
    }
    return rows;
}

}  // namespace

std::optional<double> period_of(const Curve& curve) {
    std::vector<double> gaps_s;
    for (std::size_t i = 1; i < curve.size(); ++i) {
        gaps_s.push_back(curve.time_s[i] - curve.time_s[i - 1]);
    }
    return median(std::move(gaps_s));
}

std::optional<double> time_constant_s(const Curve& curve) {
    constexpr std::size_t kFewest = 10;
    constexpr double kWarmedUp = 6;  // times as long as to 63 %
    constexpr double kShortest_s = 60;
    const std::optional<double> most_s = most_of_the_way_s(curve);
    if (!most_s) return std::nullopt;
    const double until_s =
        std::min(curve.end_s, curve.begin_s + std::max(kWarmedUp * *most_s, kShortest_s));
    const std::vector<Integrals> rows = integrals_until(curve, until_s);
    if (rows.size() < kFewest) return std::nullopt;
    Integrals mean;
    for (const Integrals& row : rows) {
        mean.temperature += row.temperature / static_cast<double>(rows.size());
        mean.power += row.power / static_cast<double>(rows.size());
        mean.excess += row.excess / static_cast<double>(rows.size());
    }
    // temperature = a x power - b x excess + c by least squares; tau = 1 / b
    double pp = 0;
    double pe = 0;
    double ee = 0;
    double pt = 0;
    double et = 0;
    for (const Integrals& row : rows) {
        const double p = row.power - mean.power;
        const double e = row.excess - mean.excess;
        const double t = row.temperature - mean.temperature;
        pp += p * p;
        pe += p * e;
        ee += e * e;
        pt += p * t;
        et += e * t;
    }
    constexpr double kLeastDeterminant = 1e-9;  // relative: the two columns must differ
    const double determinant = pp * ee - pe * pe;
    if (!(determinant > kLeastDeterminant * pp * ee)) return std::nullopt;
    const double minus_b = (pp * et - pe * pt) / determinant;
    const double tau_s = -1 / minus_b;
    return tau_s > 0 && tau_s < curve.soak_s() ? std::optional{tau_s} : std::nullopt;
}

Steady steady_of(const Curve& curve, std::optional<double> time_constant_s) {
    constexpr double kUnderLoad = 0.8;
    constexpr double kShortestWindow_s = 60;
    constexpr std::size_t kFewestReadings = 8;
    constexpr double kMostSteps = 1.6;
    constexpr double kFinest = 0.5;
    Steady steady;
    const double soak_s = curve.soak_s();
    const double period_s = period_of(curve).value_or(1);
    double window_s = time_constant_s ? 2 * *time_constant_s : soak_s / 10;
    window_s = std::clamp(window_s, std::min(kShortestWindow_s, soak_s / 3), soak_s / 3);
    window_s = std::max(window_s, static_cast<double>(kFewestReadings + 1) * period_s);
    if (soak_s / window_s > static_cast<double>(curve.size())) return steady;  // hardly ever read
    const double limit = kMostSteps * std::max(curve.resolution, kFinest);
    const double step_s = window_s / 4;
    const auto usual_w = mean_at(curve.power_w, steps_between(curve, curve.begin_s, curve.end_s));
    const auto windows = static_cast<std::size_t>(std::max(0.0, (soak_s - window_s) / step_s));
    for (std::size_t i = 0; i <= windows; ++i) {
        const double from_s = curve.begin_s + static_cast<double>(i) * step_s;
        const double to_s = from_s + window_s;
        if (to_s > curve.end_s) break;
        const auto slope = slope_of(curve, steps_between(curve, from_s, to_s), kFewestReadings);
        if (!slope || std::abs(*slope) * window_s > limit) continue;
        const auto power = mean_at(curve.power_w, steps_between(curve, from_s, to_s));
        if (power && usual_w && *power < kUnderLoad * *usual_w) continue;
        steady.time_s += step_s;
        for (const std::size_t step : steps_between(curve, to_s - step_s, to_s)) {
            if (steady.steps.empty() || step > steady.steps.back()) steady.steps.push_back(step);
        }
    }
    return steady;
}

std::optional<Idle> idle_of(const Curve& curve, double ramp_begin_s) {
    if (curve.size() == 0) return std::nullopt;
    const double idle_s = ramp_begin_s - curve.time_s.front();
    const auto steps = steps_between(curve, ramp_begin_s - idle_s / 2, ramp_begin_s);
    const auto temperature = mean_at(curve.temperature, steps);
    const auto power = mean_at(curve.power_w, steps);
    if (!temperature || !power) return std::nullopt;
    return Idle{*temperature, *power};
}

std::vector<double> thermal_resistance(const Curve& curve, const Steady& steady,
                                       const std::optional<Idle>& idle) {
    constexpr double kOneHour_s = 3600;
    constexpr double kMostHours = 10'000;  // more than a year: no such burn-in
    constexpr std::size_t kQuarters = 4;
    if (steady.steps.empty()) return {};
    const double first_s = curve.time_s[steady.steps.front()];
    const double span_s = curve.time_s[steady.steps.back()] - first_s;
    std::size_t parts = kQuarters;
    if (span_s >= 2 * kOneHour_s) {
        parts = static_cast<std::size_t>(std::min(span_s / kOneHour_s, kMostHours));
    }
    std::vector<std::vector<std::size_t>> steps(parts);
    for (const std::size_t step : steady.steps) {
        const double share = span_s > 0 ? (curve.time_s[step] - first_s) / span_s : 0;
        const auto part = static_cast<std::size_t>(share * static_cast<double>(parts));
        steps[std::min(part, parts - 1)].push_back(step);
    }
    std::vector<double> values(parts, kNoValue);
    for (std::size_t i = 0; i < parts; ++i) {
        const auto temperature = mean_at(curve.temperature, steps[i]);
        const auto power = mean_at(curve.power_w, steps[i]);
        const auto from =
            idle ? std::optional{idle->temperature} : mean_at(curve.coolant, steps[i]);
        if (!temperature || !power || !from) continue;
        const double load_w = *power - (idle ? idle->power_w : 0);
        if (load_w > 0) values[i] = (*temperature - *from) / load_w;
    }
    return values;
}

}  // namespace rackproof
