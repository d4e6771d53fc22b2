#include "analysis/series.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <numbers>

#include "analysis/groups.hpp"
#include "analysis/robust.hpp"

namespace rackproof {
namespace {

/// A night with a number.
struct Point {
    std::size_t night;
    double value;
};

std::vector<Point> points_of(std::span<const float> series) {
    std::vector<Point> points;
    for (std::size_t night = 0; night < series.size(); ++night) {
        if (std::isfinite(series[night])) points.push_back({night, series[night]});
    }
    return points;
}

double middle(std::span<const Point> points) {
    std::vector<double> values;
    for (const Point& point : points) values.push_back(point.value);
    return *median(std::move(values));
}

/// Huber's loss (1964, Robust estimation of a location parameter): squares, which tell the night of
/// a change better than distances do, but only distances beyond so many standard deviations, so
/// that a single bad night weighs little.
double loss(double residual, double noise) {
    constexpr double kBend = 1.345;
    const double deviations = std::abs(residual) / noise;
    return deviations <= kBend ? deviations * deviations / 2 : kBend * (deviations - kBend / 2);
}

double standard_error(std::size_t before, std::size_t after, double noise) {
    return noise * std::sqrt(median_variance(before) + median_variance(after));
}

/// A change with what it leaves unexplained.
struct Fit {
    Change change;
    double cost = std::numeric_limits<double>::infinity();
};

/// Nights on two levels.
struct Division {
    std::size_t first = 0;  ///< of the points, on the second level
    double cost = std::numeric_limits<double>::infinity();
};

/// The division that suits the levels best. Fewer than kFewestNights may be on the second: two bad
/// nights are enough for the median of the last three.
Division divided(std::span<const Point> points, double before, double after, double noise) {
    double cost = 0;
    for (const Point& point : points) cost += loss(point.value - before, noise);
    Division best;
    for (std::size_t i = points.size() - 1; i > 0; --i) {
        cost += loss(points[i].value - after, noise) - loss(points[i].value - before, noise);
        if (cost < best.cost) best = {i, cost};
    }
    return best;
}

/// A level until the night before `begin`, and a line from there on.
Fit slope_from(std::span<const Point> points, std::size_t first, double noise) {
    const std::size_t begin = points[first].night;
    std::vector<double> nights;
    for (const Point& point : points) {
        const bool is_later = point.night >= begin;
        nights.push_back(is_later ? static_cast<double>(point.night - begin + 1) : 0.0);
    }
    std::vector<double> slopes;
    for (std::size_t i = 0; i < points.size(); ++i) {
        for (std::size_t j = std::max(i + 1, first); j < points.size(); ++j) {
            slopes.push_back((points[j].value - points[i].value) / (nights[j] - nights[i]));
        }
    }
    Fit fit;
    fit.change.shape = ChangeShape::Slope;
    fit.change.begin = begin;
    fit.change.per_night = *median(std::move(slopes));
    std::vector<double> levels;
    for (std::size_t i = 0; i < points.size(); ++i) {
        levels.push_back(points[i].value - fit.change.per_night * nights[i]);
    }
    fit.change.before = *median(levels);
    fit.change.now = fit.change.before + fit.change.per_night * nights.back();
    fit.cost = 0;
    for (const double level : levels) fit.cost += loss(level - fit.change.before, noise);
    return fit;
}

}  // namespace

std::size_t nights_with_values(std::span<const float> series) {
    return static_cast<std::size_t>(
        std::ranges::count_if(series, [](float value) { return std::isfinite(value); }));
}

std::optional<double> nightly_noise(std::span<const float> series) {
    std::vector<double> differences;
    std::optional<double> before;
    for (const float value : series) {
        if (!std::isfinite(value)) continue;
        if (before) differences.push_back(std::abs(value - *before));
        before = value;
    }
    if (differences.size() < 2) return std::nullopt;
    return kMadToSigma / std::numbers::sqrt2 * *median(std::move(differences));
}

bool may_have_changed(std::span<const float> series, double size) {
    constexpr float kInfinite = std::numeric_limits<float>::infinity();
    float best = kInfinite;
    float second_best = kInfinite;
    float worst = -kInfinite;
    float second_worst = -kInfinite;
    for (const float value : series) {
        if (!std::isfinite(value)) continue;
        second_best = std::min(second_best, std::max(best, value));
        best = std::min(best, value);
        second_worst = std::max(second_worst, std::min(worst, value));
        worst = std::max(worst, value);
    }
    return static_cast<double>(second_worst) - static_cast<double>(second_best) >= size;
}

std::optional<double> halves_apart(std::span<const float> series, double noise) {
    const std::vector<Point> points = points_of(series);
    const std::size_t half = points.size() / 2;
    if (half < kFewestNights) return std::nullopt;
    const std::span all{points};
    return (middle(all.subspan(half)) - middle(all.first(half))) /
           standard_error(half, points.size() - half, noise);
}

std::optional<Change> worst_change(std::span<const float> series, double noise) {
    const std::vector<Point> points = points_of(series);
    if (points.size() < 2 * kFewestNights) return std::nullopt;
    const std::span all{points};
    Fit step;
    Fit slope;
    double deviations = 0;
    std::size_t splits = 0;
    for (std::size_t i = kFewestNights; i + kFewestNights <= points.size(); ++i, ++splits) {
        const double before = middle(all.first(i));
        const double after = middle(all.subspan(i));
        deviations =
            std::max(deviations, (after - before) / standard_error(i, points.size() - i, noise));
        if (after <= before) continue;
        const Division division = divided(all, before, after, noise);
        if (division.cost >= step.cost) continue;
        step.cost = division.cost;
        step.change.begin = points[division.first].night;
        step.change.before = before;
        step.change.now = after;
    }
    for (std::size_t i = 1; i + kFewestNights <= points.size(); ++i) {
        const Fit fit = slope_from(all, i, noise);
        if (fit.change.per_night > 0 && fit.cost < slope.cost) slope = fit;
    }
    Change change = slope.cost < step.cost ? slope.change : step.change;
    if (!(deviations > 0) || !(change.now > change.before)) return std::nullopt;
    change.deviations = deviations;
    change.splits = splits;
    return change;
}

double chance_of(const Change& change, double freedom) {
    constexpr double kLeast = 1e-300;
    const boost::math::students_t_distribution<double> t{freedom};
    const double one = boost::math::cdf(boost::math::complement(t, change.deviations));
    return std::clamp(one * static_cast<double>(change.splits), kLeast, 1.0);
}

}  // namespace rackproof
