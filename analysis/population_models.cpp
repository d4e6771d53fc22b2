#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "analysis/population.hpp"

namespace rackproof {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::infinity();
constexpr double kLeastDensity = 1e-300;

/// Tails from normal to as heavy as have been seen in healthy fleets, lightest first: each fit
/// starts from the one before it.
constexpr Population::Tails kFreedoms = {kUnbounded, 30, 15, 10, 7, 5, 4, 3};
/// How skewed a log-normal is tried: a skewness of 0.3 to 2.
constexpr std::array kSkews = {0.1, 0.2, 0.3, 0.4, 0.55};
constexpr double kOutlierCost = 0.5;  ///< log evidence that a model loses for leaving values out
/// Beyond so many scales a value may be left to the faulty ones.
constexpr double kFaultyFrom = 2.5;
constexpr double kMostFaulty = 0.4;
constexpr std::size_t kFewestForTwoScales = 12;
constexpr int kFirstSteps = 30;
constexpr int kFurtherSteps = 12;

/// ln of the gamma function; std::lgamma also writes the sign to a global, from all threads.
double log_gamma(double x) {
    int sign = 0;
    return ::lgamma_r(x, &sign);
}

double log_normaliser(double freedom) {
    if (std::isinf(freedom)) return -0.5 * std::log(2 * std::numbers::pi);
    return log_gamma((freedom + 1) / 2) - log_gamma(freedom / 2) -
           0.5 * std::log(freedom * std::numbers::pi);
}

/// What one value says, `z` scales from the centre, by the log density g without its normaliser.
struct Seen {
    double deviate = 0;  ///< the normal (or t) deviate that stands for it
    double power = 0;    ///< -g
    double stretch = 0;  ///< -z g': over 1 on average where the scale is too small
    double push = 0;     ///< -g': over 0 on average where the centre is too low
    double bend = 0;     ///< what is taken for the slope of `push`
};

struct StudentT {
    double freedom;

    [[nodiscard]] Seen see(double z) const {
        const bool normal = std::isinf(freedom);
        const double pull = normal ? 1.0 : (freedom + 1) / (freedom + z * z);
        const double power = normal ? z * z / 2 : (freedom + 1) / 2 * std::log1p(z * z / freedom);
        // Also of a z whose square no number holds.
        const double stretch = normal ? z * z : (freedom + 1) / (freedom / (z * z) + 1);
        return {z, power, stretch, pull * z, pull};
    }
};

/// z = (exp(skew u) - 1) / skew with u normal (three-parameter log-normal: Johnson 1949), so that
/// g = -u^2 / 2 - ln(1 + skew z).
struct LogNormal {
    double skew = 1;
    /// Twice Fisher's information on the centre: half a step at a time, for the density ends.
    double bend = 2 * (1 + skew * skew) * std::exp(2 * skew * skew);

    [[nodiscard]] Seen see(double z) const {
        const double steepness = 1 + skew * z;  // dz/du
        if (steepness <= 0) return {-kUnbounded, kUnbounded, 0, 0, bend};
        const double logarithm = std::log(steepness);
        const double u = logarithm / skew;
        const double push = (u + skew) / steepness;
        return {u, u * u / 2 + logarithm, push * z, push, bend};
    }
};

}  // namespace

/// Sums over the values, each weighted with the chance that it belongs to the model.
struct Population::Sums {
    struct Side {
        double squares = 0;  ///< of what the distances from the centre say of the scale
        double weight = 0;   ///< of how steep the density's logarithm bends
        double moment = 0;   ///< of how far the centre should move
    };
    Side better;
    Side worse;
    double healthy = 0;
    double faulty = 0;  ///< on the worse side
    double fast = 0;    ///< likewise on the better side
    double evidence = 0;
};

void Population::fit_all(const std::vector<CountedValue>& points, Model start, const Prior& prior) {
    fit_models(points, start, prior);
    if (size_ >= prior.fewest_for_skew && prior.skewness == Skewness::Possible) {
        fit_log_normals(points, start, prior);
        if (prior.fast_ones == FastOnes::Possible) fit_fast_tail(points, start, prior);
    }
    if (size_ < kFewestForTwoScales) return;
    start.two_sided = true;
    fit_models(points, start, prior);
}

void Population::fit_models(const std::vector<CountedValue>& points, const Model& start,
                            const Prior& prior) {
    constexpr double kNarrower = 0.97;  // a heavier tail fits with a smaller scale
    const auto n = static_cast<double>(size_);
    Model model = start;
    for (std::size_t tail = 0; tail < kTails; ++tail) {
        model.tail = tail;
        model.freedom = kFreedoms[tail];
        improve(model, points, prior, tail == 0 ? kFirstSteps : kFurtherSteps);
        if (!add_model(model, prior)) model = start;
        model.better_scale *= kNarrower;
        model.worse_scale *= kNarrower;
        model.faulty = std::max(model.faulty, 0.3 / n);
    }
}

/// Devices of which some clock higher: normal, with a heavy tail on the better side alone.
void Population::fit_fast_tail(const std::vector<CountedValue>& points, Model start,
                               const Prior& prior) {
    constexpr double kFast = 0.05;  // a beginning
    start.freedom = kFreedoms.front();
    start.fast_tail = true;
    start.better_share = kFast;
    improve(start, points, prior, kFirstSteps);
    add_model(start, prior);
}

/// Values that the most skewed one fits best are more skewed than any of them, which then say
/// nothing of their tail.
void Population::fit_log_normals(const std::vector<CountedValue>& points, const Model& start,
                                 const Prior& prior) {
    const auto before = static_cast<std::ptrdiff_t>(models_.size());
    Model model = start;
    model.freedom = kFreedoms.front();
    for (const double skew : kSkews) {
        model.skew = skew;
        model.centre = start.centre;  // their median, whichever it is
        improve(model, points, prior, kFurtherSteps);
        if (add_model(model, prior)) continue;
        model = start;
        model.freedom = kFreedoms.front();
    }
    const auto best =
        std::max_element(models_.begin() + before, models_.end(),
                         [](const Model& a, const Model& b) { return a.evidence < b.evidence; });
    if (best != models_.end() && best->skew >= kSkews.back())
        models_.erase(models_.begin() + before, models_.end());
}

bool Population::add_model(Model model, const Prior& prior) {
    const double scales = model.better_scale + model.worse_scale;
    if (!std::isfinite(model.evidence + model.centre + scales + model.healthy)) return false;
    const auto n = static_cast<double>(size_);
    model.evidence -= kOutlierCost * std::clamp(n - model.healthy, 0.0, 1.0);
    if (model.two_sided || model.skew > 0 || model.fast_tail) {
        model.evidence -= 0.5 * std::log(n) + 0.5;  // Schwarz 1978
    }
    const double side = (model.two_sided ? 0.3 : 0.5) * model.healthy + 1;
    model.known = std::max(std::min(model.healthy - 1, side) + prior.weight, 1.0);
    models_.push_back(model);
    return true;
}

template <class Shape>
Population::Sums Population::explain(const Model& model, const Shape& shape,
                                     const std::vector<CountedValue>& points) {
    const double width = model.better_scale + model.worse_scale;
    const double base = log_normaliser(model.freedom) + std::log(2 / width) +
                        std::log(1 - model.faulty - model.better_share);
    const double worse_range = std::max(model.worst - model.centre, 8 * model.worse_scale);
    const double better_range = std::max(model.centre - model.best, 8 * model.better_scale);
    const double faulty = model.faulty / worse_range;
    const double better = model.better_share / better_range;
    Sums sums;
    for (const CountedValue& point : points) {
        const double distance = point.value - model.centre;
        const bool is_worse = distance >= 0;
        const double scale = is_worse ? model.worse_scale : model.better_scale;
        const double z = distance / scale;
        const Seen seen = shape.see(z);
        const double healthy = std::exp(base - seen.power);
        const bool is_usual = std::abs(seen.deviate) <= kFaultyFrom;
        const double other = is_usual ? 0 : is_worse ? faulty : better;
        const double both = std::max(healthy + other, kLeastDensity);
        const double weight = point.count * (other > 0 ? healthy / both : 1.0);
        if (weight > 0) {  // else what it says of the model may be no number
            Sums::Side& side = is_worse ? sums.worse : sums.better;
            side.squares += weight * seen.stretch * scale * scale;
            side.weight += weight * seen.bend;
            side.moment += weight * seen.push * scale;
        }
        sums.healthy += weight;
        (is_worse ? sums.faulty : sums.fast) += point.count - weight;
        sums.evidence += point.count * std::log(both);
    }
    return sums;
}

Population::Sums Population::explain(const Model& model, const std::vector<CountedValue>& points) {
    return model.skew > 0 ? explain(model, LogNormal{model.skew}, points)
                          : explain(model, StudentT{model.freedom}, points);
}

/// Expectation and maximisation (Dempster, Laird & Rubin 1977) for a model in a contaminated
/// sample; the scales of a split normal are those of its likelihood (John 1982).
void Population::improve(Model& model, const std::vector<CountedValue>& points, const Prior& prior,
                         int steps) {
    double n = 0;
    for (const CountedValue& point : points) n += point.count;
    for (int step = 0; step < steps; ++step) {
        Sums sums = explain(model, points);
        const double expected = prior.weight / 2 * prior.scale * prior.scale;
        sums.better.squares += expected;
        sums.worse.squares += expected;
        const double known = sums.healthy + prior.weight;
        double better = std::sqrt(std::max(sums.better.squares + sums.worse.squares, 0.0) / known);
        double worse = better;
        if (model.two_sided) {
            constexpr double kMostRatio = 3;
            const double ratio = std::clamp(std::cbrt((sums.worse.squares + kLeastDensity) /
                                                      (sums.better.squares + kLeastDensity)),
                                            1 / kMostRatio, kMostRatio);
            better = std::sqrt(sums.better.squares / known * (1 + ratio));
            worse = std::sqrt(sums.worse.squares / known * (1 + 1 / ratio));
        }
        const double better_pull = 1 / (model.better_scale * model.better_scale);
        const double worse_pull = 1 / (model.worse_scale * model.worse_scale);
        const double pull = sums.better.weight * better_pull + sums.worse.weight * worse_pull;
        const double moment = sums.better.moment * better_pull + sums.worse.moment * worse_pull;
        if (pull > 0) model.centre += moment / pull;
        model.better_scale = std::max(better, prior.floor);
        model.worse_scale = std::max(worse, prior.floor);
        model.faulty = std::clamp(sums.faulty / n, 1e-3 / n, kMostFaulty);
        if (model.fast_tail) model.better_share = std::clamp(sums.fast / n, 1e-3 / n, kMostFaulty);
        model.healthy = sums.healthy;
        model.evidence = sums.evidence;
    }
    if (prior.weight <= 0) return;
    const double scale = (model.better_scale + model.worse_scale) / 2;
    model.evidence -=
        prior.weight * (std::log(scale) + prior.scale * prior.scale / (2 * scale * scale));
}

}  // namespace rackproof
