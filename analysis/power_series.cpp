#include "analysis/power_series.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <eigen3/unsupported/Eigen/FFT>
#include <limits>

#include "analysis/robust.hpp"

namespace rackproof {
namespace {

constexpr double kMostStepsApart = 3;  ///< from a value to the next
/// No finer: a line at 20 Hz loses less than a thousandth by it, and an hour is 3.6 million steps.
constexpr double kFinest_s = 1e-3;

/// The means of the values that fall into each of `count` even steps; of a step without any, what
/// was before it.
std::vector<double> means_in_steps(const PowerSeries& part, double from_s, double step_s,
                                   std::size_t count) {
    std::vector<double> values(count, part.power_w.front());
    std::vector<std::size_t> fallen(count);
    for (std::size_t i = 0; i < part.size(); ++i) {
        const double place = std::max(0.0, (part.time_s[i] - from_s) / step_s);
        const std::size_t step = std::min(count - 1, static_cast<std::size_t>(place));
        const auto before = static_cast<double>(fallen[step]++);
        const double sum = before > 0 ? values[step] * before : 0;
        values[step] = (sum + part.power_w[i]) / (before + 1);
    }
    for (std::size_t step = 1; step < count; ++step) {
        if (fallen[step] == 0) values[step] = values[step - 1];
    }
    return values;
}

/// At even steps of the values' own length, or of kFinest_s.
std::vector<double> evenly(const PowerSeries& part, double from_s, double length_s) {
    const double own = std::round(length_s / *step_of(part));
    const double most = std::ceil(length_s / kFinest_s);
    const auto count = static_cast<std::size_t>(std::max(2.0, std::min(own, most)));
    const double step_s = length_s / static_cast<double>(count);
    if (own > most) return means_in_steps(part, from_s, step_s, count);
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        values[i] = power_at(part, from_s + static_cast<double>(i) * step_s);
    }
    return values;
}

}  // namespace

std::optional<double> step_of(const PowerSeries& series) {
    std::vector<double> steps;
    for (std::size_t i = 1; i < series.size(); ++i) {
        steps.push_back(series.time_s[i] - series.time_s[i - 1]);
    }
    return median_in_place(steps);
}

double power_at(const PowerSeries& series, double time_s) {
    const auto next = std::ranges::lower_bound(series.time_s, time_s);
    if (next == series.time_s.begin()) return series.power_w.front();
    if (next == series.time_s.end()) return series.power_w.back();
    const auto place = static_cast<std::size_t>(next - series.time_s.begin());
    const double span_s = series.time_s[place] - series.time_s[place - 1];
    const double share = span_s > 0 ? (time_s - series.time_s[place - 1]) / span_s : 1;
    return std::lerp(series.power_w[place - 1], series.power_w[place], share);
}

double highest_hz(const PowerSeries& series) {
    constexpr double kHalfPowerOfMean = 0.443;
    const std::optional<double> step_s = step_of(series);
    if (!step_s || !(*step_s > 0)) return 0;
    const double nyquist_hz = 0.5 / *step_s;
    if (!(series.averages_s > 0)) return nyquist_hz;
    return std::min(nyquist_hz, kHalfPowerOfMean / series.averages_s);
}

std::optional<PowerSeries> part_of(const PowerSeries& series, double from_s, double to_s) {
    const std::optional<double> step_s = step_of(series);
    if (!step_s || !(to_s > from_s)) return std::nullopt;
    const double longest_s = kMostStepsApart * *step_s;
    PowerSeries part;
    part.averages_s = series.averages_s;
    double last_s = from_s;
    for (std::size_t i = 0; i < series.size(); ++i) {
        const double time_s = series.time_s[i];
        if (time_s < from_s) continue;
        if (time_s > to_s) break;
        if (time_s - last_s > longest_s) return std::nullopt;
        last_s = time_s;
        part.time_s.push_back(time_s);
        part.power_w.push_back(series.power_w[i]);
    }
    constexpr std::size_t kFewest = 4;
    if (part.size() < kFewest || to_s - last_s > longest_s) return std::nullopt;
    return part;
}

double range_of(const PowerSeries& part) {
    const auto [least, most] = std::ranges::minmax_element(part.power_w);
    return *most - *least;
}

std::optional<double> steepest_of(const PowerSeries& part, double window_s) {
    if (!(window_s > 0) || part.time_s.back() - part.time_s.front() <= window_s) {
        return std::nullopt;
    }
    // A change is largest where one of its two times is that of a value.
    double most_w = 0;
    for (std::size_t i = 0; i < part.size(); ++i) {
        const double now_s = part.time_s[i];
        if (now_s + window_s <= part.time_s.back()) {
            const double later_w = power_at(part, now_s + window_s);
            most_w = std::max(most_w, std::abs(later_w - part.power_w[i]));
        }
        if (now_s - window_s >= part.time_s.front()) {
            const double earlier_w = power_at(part, now_s - window_s);
            most_w = std::max(most_w, std::abs(part.power_w[i] - earlier_w));
        }
    }
    return most_w / window_s;
}

std::vector<SpectralLine> spectrum_of(const PowerSeries& part, double from_s, double length_s,
                                      double to_hz) {
    std::vector<double> values = evenly(part, from_s, length_s);
    const auto count = static_cast<double>(values.size());
    double mean_w = 0;
    for (const double value : values) mean_w += value / count;
    for (double& value : values) value -= mean_w;
    std::vector<std::complex<double>> transformed;
    Eigen::FFT<double> transform;
    transform.fwd(transformed, values);
    std::vector<SpectralLine> lines;
    for (std::size_t k = 1; k <= values.size() / 2; ++k) {
        const double hz = static_cast<double>(k) / length_s;
        if (hz > to_hz) break;
        lines.push_back({hz, 2 * std::abs(transformed[k]) / count});
    }
    return lines;
}

}  // namespace rackproof
