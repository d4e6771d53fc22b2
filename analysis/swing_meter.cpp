#include "analysis/swing_meter.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/run.hpp"

namespace rackproof {
namespace {

constexpr double kGridStep_s = 2e-3;
constexpr double kMostGridSteps = 100'000;
constexpr double kStepsOfMeter = 5;  // to one of its own
constexpr double kLeastCovered = 0.9;

/// Time in even steps.
struct Grid {
    double from_s = 0;
    double step_s = 0;
    std::size_t count = 0;
    [[nodiscard]] double time_s(std::size_t step) const {
        return from_s + static_cast<double>(step) * step_s;
    }
    [[nodiscard]] std::size_t step_at(double when_s) const {
        const double step = std::clamp((when_s - from_s) / step_s, 0.0, static_cast<double>(count));
        return static_cast<std::size_t>(std::lround(step));
    }
};

/// All of the waves, and kMostAhead_s before and after them.
std::optional<Grid> grid_of(const PowerSeries& meter, const std::vector<SwingWaveFacts>& waves) {
    const std::optional<double> step_s = step_of(meter);
    double first_s = std::numeric_limits<double>::infinity();
    double last_s = -first_s;
    for (const SwingWaveFacts& wave : waves) {
        if (wave.loaded.empty()) continue;
        first_s = std::min(first_s, wave.from_s());
        last_s = std::max(last_s, wave.from_s() + wave.length_s());
    }
    if (!step_s || !(*step_s > 0) || !(last_s > first_s)) return std::nullopt;
    Grid grid;
    grid.from_s = first_s - kMostAhead_s;
    const double length_s = last_s - first_s + 2 * kMostAhead_s;
    grid.step_s = std::max({*step_s / kStepsOfMeter, kGridStep_s, length_s / kMostGridSteps});
    grid.count = static_cast<std::size_t>(length_s / grid.step_s);
    return grid;
}

/// What share of its work the load asks for, step by step.
std::vector<double> load_on(const Grid& grid, const std::vector<SwingWaveFacts>& waves) {
    std::vector<double> load(grid.count);
    for (const SwingWaveFacts& wave : waves) {
        for (const LoadedTime& loaded : wave.loaded) {
            const std::size_t end = grid.step_at(loaded.to_s);
            for (std::size_t step = grid.step_at(loaded.from_s); step < end; ++step) {
                const double share = (grid.time_s(step) - loaded.from_s) / wave.period_s;
                const double rise = std::max(0.0, 1 - std::abs(2 * share - 1));
                load[step] += wave.shape == "ramp" ? wave.level * rise : wave.level;
            }
        }
    }
    return load;
}

/// The mean of what is around each step, as a value of the meter may be one.
std::vector<double> smoothed(const std::vector<double>& load, std::size_t steps) {
    std::vector<double> sums{0};
    for (const double value : load) sums.push_back(sums.back() + value);
    std::vector<double> means;
    for (std::size_t step = 0; step < load.size(); ++step) {
        const std::size_t from = step - std::min(step, steps / 2);
        const std::size_t to = std::min(load.size(), step + steps / 2 + 1);
        means.push_back((sums[to] - sums[from]) / static_cast<double>(to - from));
    }
    return means;
}

/// The meter's power at each step: the mean of the values that fall into it, else on the straight
/// line between those beside it; NaN where these are not near.
std::vector<double> power_on(const Grid& grid, const PowerSeries& meter) {
    const double near_s = std::max(3 * *step_of(meter), grid.step_s);
    std::vector<double> power(grid.count, kNoValue);
    std::size_t next = 0;
    for (std::size_t step = 0; step < grid.count; ++step) {
        const double time_s = grid.time_s(step);
        double sum_w = 0;
        double values = 0;
        for (; next < meter.size() && meter.time_s[next] < time_s + grid.step_s / 2; ++next) {
            if (meter.time_s[next] < time_s - grid.step_s / 2) continue;
            sum_w += meter.power_w[next];
            ++values;
        }
        if (values > 0) {
            power[step] = sum_w / values;
        } else if (next > 0 && next < meter.size()) {
            const double span_s = meter.time_s[next] - meter.time_s[next - 1];
            if (span_s > near_s) continue;
            const double share = (time_s - meter.time_s[next - 1]) / span_s;
            power[step] = std::lerp(meter.power_w[next - 1], meter.power_w[next], share);
        }
    }
    return power;
}

/// Pearson's correlation of the load and the power `shift` steps later; NaN where too little of the
/// power is known.
double correlation(const std::vector<double>& load, const std::vector<double>& power,
                   std::int64_t shift) {
    double n = 0;
    double x = 0;
    double y = 0;
    double xx = 0;
    double yy = 0;
    double xy = 0;
    const auto count = static_cast<std::int64_t>(load.size());
    const std::int64_t from = std::max<std::int64_t>(0, -shift);
    const std::int64_t to = std::min(count, count - shift);
    for (std::int64_t step = from; step < to; ++step) {
        const double b = power[static_cast<std::size_t>(step + shift)];
        if (std::isnan(b)) continue;
        const double a = load[static_cast<std::size_t>(step)];
        ++n;
        x += a;
        y += b;
        xx += a * a;
        yy += b * b;
        xy += a * b;
    }
    if (n < kLeastCovered * static_cast<double>(to - from)) return kNoValue;
    const double spread = (n * xx - x * x) * (n * yy - y * y);
    return spread > 0 ? (n * xy - x * y) / std::sqrt(spread) : kNoValue;
}

/// Where the parabola through three neighbours has its top, in steps from the middle one.
double top_of(double before, double middle, double after) {
    const double bend = before - 2 * middle + after;
    return bend < 0 ? std::clamp(0.5 * (before - after) / bend, -0.5, 0.5) : 0;
}

}  // namespace

std::optional<MeterClock> clock_of_meter(const PowerSeries& meter,
                                         const std::vector<SwingWaveFacts>& waves) {
    const std::optional<Grid> grid = grid_of(meter, waves);
    if (!grid || grid->count < 2) return std::nullopt;
    const std::vector<double> load =
        smoothed(load_on(*grid, waves), static_cast<std::size_t>(*step_of(meter) / grid->step_s));
    const std::vector<double> power = power_on(*grid, meter);
    const auto most = static_cast<std::int64_t>(kMostAhead_s / grid->step_s);
    std::optional<std::int64_t> best;
    double highest = kLeastCorrelation;
    for (std::int64_t shift = -most; shift <= most; ++shift) {
        const double here = correlation(load, power, shift);
        if (!(here >= highest)) continue;
        highest = here;
        best = shift;
    }
    // At the end of what was tried it may go better still beyond it.
    if (!best || std::abs(*best) == most) return std::nullopt;
    const double before = correlation(load, power, *best - 1);
    const double after = correlation(load, power, *best + 1);
    double ahead = static_cast<double>(*best);
    if (std::isfinite(before) && std::isfinite(after)) ahead += top_of(before, highest, after);
    return MeterClock{ahead * grid->step_s, highest};
}

}  // namespace rackproof
