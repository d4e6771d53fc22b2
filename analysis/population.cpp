#include "analysis/population.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <numbers>

#include "analysis/in_double.hpp"
#include "analysis/ordering.hpp"
#include "analysis/robust.hpp"

namespace rackproof {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kLeastChance = 1e-300;

/// Tails from normal to as heavy as have been seen in healthy fleets, lightest first: each fit
/// starts from the one before it.
constexpr Population::Tails kFreedoms = {kInfinite, 30, 15, 10, 7, 5, 4, 3};
constexpr double kOutlierCost = 0.5;  ///< log evidence that a model loses for leaving values out
/// Beyond so many scales a value may be left to the faulty ones.
constexpr double kFaultyFrom = 2.5;
constexpr double kMostFaulty = 0.4;
constexpr std::size_t kFewestForTwoScales = 12;
/// More skewed healthy values have tails that no gamma's bounds.
constexpr double kSkewed = 0.55;

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

double upper_tail(double freedom, double z) {
    if (std::isinf(z)) return z > 0 ? kLeastChance : 1.0;
    if (freedom > 1e6) return std::max(std::erfc(z / std::numbers::sqrt2) / 2, kLeastChance);
    const boost::math::students_t_distribution<double, InDouble> t{freedom};
    return std::max(boost::math::cdf(boost::math::complement(t, z)), kLeastChance);
}

}  // namespace

/// Sums over the values, each weighted with the chance that it belongs to the model.
struct Population::Sums {
    struct Side {
        double squares = 0;  ///< of t weights x distances from the centre
        double weight = 0;   ///< of t weights
        double moment = 0;   ///< of t weights x values
    };
    Side better;
    Side worse;
    double healthy = 0;
    double faulty = 0;  ///< on the worse side
    double evidence = 0;
};

std::optional<Population> Population::fitted(std::vector<double> values, const Prior& prior) {
    if (values.size() < 3) return std::nullopt;
    sort_values(values);
    Population population;
    population.size_ = values.size();
    Model start;
    start.centre = *median_of_sorted(values);
    for (double each : values) {
        if (!std::isfinite(each)) return std::nullopt;
    }
    double scale = std::max(spread_of_sorted(values).value_or(0), prior.floor);
    if (prior.weight > 0) scale = std::min(scale, std::max(2 * prior.scale, prior.floor));
    if (!(scale > 0) || !std::isfinite(scale)) return std::nullopt;
    start.better_scale = start.worse_scale = scale;
    start.faulty = 0.05;
    start.better_share = 0.25 / static_cast<double>(values.size());
    const std::vector<Point> points = binned(values);
    population.fit_models(points, start, prior);
    if (values.size() >= kFewestForTwoScales) {
        start.two_sided = true;
        population.fit_models(points, start, prior);
    }
    population.usual_tails_.fill((1 - prior.normal) / (kTails - 1));
    population.usual_tails_[0] = prior.normal;
    population.cautious_heavy_ = prior.cautious_heavy;
    population.assume(population.usual_tails_);
    if (prior.far_end == FarEnd::OfItsOwn) population.fit_far_end(values, prior.floor);
    return population;
}

/// The values themselves at both ends, where they matter; means of bins between.
std::vector<Population::Point> Population::binned(const std::vector<double>& sorted) {
    constexpr std::size_t kKept = 200;
    constexpr std::size_t kBins = 400;
    std::vector<Point> points;
    const std::size_t n = sorted.size();
    if (n <= 2 * kKept + kBins) {
        for (const double value : sorted) points.push_back({value, 1});
        return points;
    }
    for (std::size_t i = 0; i < kKept; ++i) points.push_back({sorted[i], 1});
    const double low = sorted[kKept];
    const double width = (sorted[n - kKept - 1] - low) / static_cast<double>(kBins);
    std::size_t next = kKept;
    for (std::size_t bin = 1; bin <= kBins && next < n - kKept; ++bin) {
        const double edge = low + width * static_cast<double>(bin);
        double sum = 0;
        const std::size_t begin = next;
        while (next < n - kKept && (bin == kBins || sorted[next] <= edge)) sum += sorted[next++];
        const auto count = static_cast<double>(next - begin);
        if (next > begin) points.push_back({sum / count, count});
    }
    for (std::size_t i = n - kKept; i < n; ++i) points.push_back({sorted[i], 1});
    return points;
}

void Population::fit_models(const std::vector<Point>& points, const Model& start,
                            const Prior& prior) {
    constexpr int kStepsFirst = 30;
    constexpr int kSteps = 12;
    constexpr double kNarrower = 0.97;  // a heavier tail fits with a smaller scale
    const auto n = static_cast<double>(size_);
    Model model = start;
    for (std::size_t tail = 0; tail < kTails; ++tail) {
        model.tail = tail;
        model.freedom = kFreedoms[tail];
        improve(model, points, prior, tail == 0 ? kStepsFirst : kSteps);
        model.evidence -= kOutlierCost * std::clamp(n - model.healthy, 0.0, 1.0);
        if (start.two_sided) model.evidence -= 0.5 * std::log(n) + 0.5;  // Schwarz 1978
        const double side = (start.two_sided ? 0.3 : 0.5) * model.healthy + 1;
        model.known = std::max(std::min(model.healthy - 1, side) + prior.weight, 1.0);
        models_.push_back(model);
        model.better_scale *= kNarrower;
        model.worse_scale *= kNarrower;
        model.faulty = std::max(model.faulty, 0.3 / n);
    }
}

Population::Sums Population::explain(const Model& model, const std::vector<Point>& points) {
    const bool normal = std::isinf(model.freedom);
    const double width = model.better_scale + model.worse_scale;
    const double base = log_normaliser(model.freedom) + std::log(2 / width) +
                        std::log(1 - model.faulty - model.better_share);
    // Faulty values may lie anywhere up to the worst one that there is.
    const double worse_range = std::max(points.back().value - model.centre, 8 * model.worse_scale);
    const double better_range =
        std::max(model.centre - points.front().value, 8 * model.better_scale);
    const double faulty = model.faulty / worse_range;
    const double better = model.better_share / better_range;
    Sums sums;
    for (const Point& point : points) {
        const double distance = point.value - model.centre;
        const bool is_worse = distance >= 0;
        const double z = distance / (is_worse ? model.worse_scale : model.better_scale);
        const double power =
            normal ? z * z / 2 : (model.freedom + 1) / 2 * std::log1p(z * z / model.freedom);
        const double healthy = std::exp(base - power);
        const double other = std::abs(z) <= kFaultyFrom ? 0 : is_worse ? faulty : better;
        const double both = std::max(healthy + other, kLeastChance);
        const double weight = point.count * (other > 0 ? healthy / both : 1.0);
        const double pull =
            normal ? weight : weight * (model.freedom + 1) / (model.freedom + z * z);
        Sums::Side& side = is_worse ? sums.worse : sums.better;
        side.squares += pull * distance * distance;
        side.weight += pull;
        side.moment += pull * point.value;
        sums.healthy += weight;
        if (is_worse) sums.faulty += point.count - weight;
        sums.evidence += point.count * std::log(both);
    }
    return sums;
}

/// Expectation and maximisation (Dempster, Laird & Rubin 1977) for a t with two scales in a
/// contaminated sample; the scales of a split normal are those of its likelihood (John 1982).
void Population::improve(Model& model, const std::vector<Point>& points, const Prior& prior,
                         int steps) {
    double n = 0;
    for (const Point& point : points) n += point.count;
    for (int step = 0; step < steps; ++step) {
        Sums sums = explain(model, points);
        const double expected = prior.weight / 2 * prior.scale * prior.scale;
        sums.better.squares += expected;
        sums.worse.squares += expected;
        const double known = sums.healthy + prior.weight;
        double better = std::sqrt((sums.better.squares + sums.worse.squares) / known);
        double worse = better;
        if (model.two_sided) {
            constexpr double kMostRatio = 3;
            const double ratio = std::clamp(std::cbrt((sums.worse.squares + kLeastChance) /
                                                      (sums.better.squares + kLeastChance)),
                                            1 / kMostRatio, kMostRatio);
            better = std::sqrt(sums.better.squares / known * (1 + ratio));
            worse = std::sqrt(sums.worse.squares / known * (1 + 1 / ratio));
        }
        const double better_pull = 1 / (model.better_scale * model.better_scale);
        const double worse_pull = 1 / (model.worse_scale * model.worse_scale);
        const double pull = sums.better.weight * better_pull + sums.worse.weight * worse_pull;
        const double moment = sums.better.moment * better_pull + sums.worse.moment * worse_pull;
        if (pull > 0) model.centre = moment / pull;
        model.better_scale = std::max(better, prior.floor);
        model.worse_scale = std::max(worse, prior.floor);
        model.faulty = std::clamp(sums.faulty / n, 1e-3 / n, kMostFaulty);
        model.healthy = sums.healthy;
        model.evidence = sums.evidence;
    }
    if (prior.weight <= 0) return;
    const double scale = (model.better_scale + model.worse_scale) / 2;
    model.evidence -=
        prior.weight * (std::log(scale) + prior.scale * prior.scale / (2 * scale * scale));
}

Population::Tails Population::evidence() const {
    Tails most;
    most.fill(-kInfinite);
    for (const Model& model : models_)
        most[model.tail] = std::max(most[model.tail], model.evidence);
    Tails sums{};
    for (const Model& model : models_) {
        sums[model.tail] += std::exp(model.evidence - most[model.tail]);
    }
    for (std::size_t i = 0; i < kTails; ++i) sums[i] = most[i] + std::log(sums[i]);
    return sums;
}

void Population::weigh_models(const Tails& tails, double Model::*weight) {
    double most = -kInfinite;
    for (Model& model : models_) {
        model.*weight = model.evidence + std::log(tails[model.tail]);
        most = std::max(most, model.*weight);
    }
    double sum = 0;
    for (Model& model : models_) sum += model.*weight = std::exp(model.*weight - most);
    for (Model& model : models_) model.*weight /= sum;
}

void Population::assume(const Tails& tails) {
    Tails heavier = tails;
    for (double& tail : heavier) tail *= 1 - cautious_heavy_;
    heavier.back() += cautious_heavy_;
    weigh_models(tails, &Model::weight);
    weigh_models(heavier, &Model::cautious);
    centre_ = spread_ = 0;
    for (const Model& model : models_) {
        centre_ += model.weight * model.centre;
        spread_ += model.weight * model.worse_scale;
    }
}

/// The models are fitted to all values, and their far ends to none; nor is any of them skewed but
/// by its scales. Where there are enough values, their bulk tells how skewed they may be, and that
/// how long their tail is.
void Population::fit_far_end(const std::vector<double>& sorted, double floor) {
    constexpr std::size_t kFewest = 300;
    if (sorted.size() < kFewest) return;
    const double skewness = most_skewness(sorted);
    skewed_.emplace(skewness);
    if (skewness > kSkewed) fit_exponential(sorted, floor);
}

/// The skewness of the bulk, and twice its error: third moment of what lies within 3 scales of the
/// centre, which for moderate skewness is 0.62 of the whole's (simulated: gamma and log-normal;
/// error 2 / sqrt(n)). Faults lie beyond, or make it larger.
double Population::most_skewness(const std::vector<double>& sorted) const {
    constexpr double kWithin = 3;
    constexpr double kSeen = 0.62;
    constexpr double kError = 2;
    double better_scale = 0;
    for (const Model& model : models_) better_scale += model.weight * model.better_scale;
    const double scale = (better_scale + spread_) / 2;
    double moments[4] = {0, 0, 0, 0};
    for (const double value : sorted) {
        const double z = (value - centre_) / scale;
        if (std::abs(z) > kWithin) continue;
        moments[0] += 1;
        moments[1] += z;
        moments[2] += z * z;
        moments[3] += z * z * z;
    }
    const double mean = moments[1] / moments[0];
    const double variance = moments[2] / moments[0] - mean * mean;
    const double third = moments[3] / moments[0] - 3 * mean * variance - mean * mean * mean;
    const double seen = third / std::pow(variance, 1.5);
    return std::max(0.0, seen + 2 * kError / std::sqrt(moments[0])) / kSeen;
}

/// The last twentieth of the healthy ones gives an exponential of its own (a generalised Pareto of
/// shape 0: Pickands 1975). The worst of them are censored: they may be faults that the models took
/// for healthy, or the reverse.
void Population::fit_exponential(const std::vector<double>& sorted, double floor) {
    constexpr double kShare = 0.05;
    constexpr double kCensored = 0.2;
    double healthy = 0;
    for (const Model& model : models_) healthy += model.weight * model.healthy;
    const auto end = std::min(static_cast<std::size_t>(std::llround(healthy)), sorted.size());
    const auto count = static_cast<std::size_t>(kShare * static_cast<double>(end));
    const auto censored = static_cast<std::size_t>(kCensored * static_cast<double>(count));
    const std::size_t begin = end - count;
    if (begin == 0 || count <= censored) return;
    far_end_.from = sorted[begin - 1];
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i) {
        sum += sorted[std::min(i, end - 1 - censored)] - far_end_.from;
    }
    far_end_.known = static_cast<double>(count - censored);
    far_end_.mean = std::max(sum / far_end_.known, floor / 2);
    far_end_.share = static_cast<double>(count) / static_cast<double>(end);
}

double Population::cautious_tail(double value) const {
    constexpr double kLessKnown = 1;
    return std::max(tail(value), tail(value, &Model::cautious, kLessKnown));
}

double Population::tail(double value, double Model::*weight, double less_known) const {
    double chance = 0;
    for (const Model& model : models_) {
        if (model.*weight < 1e-12) continue;
        // The scale is an estimate: for a normal model the prediction is a t of its freedom.
        const double known = std::max(model.known - less_known, 1.0);
        const double freedom = 1 / (1 / model.freedom + 1 / known);
        const double scale = model.worse_scale * std::sqrt(1 + 1 / std::max(1.0, model.healthy));
        const double z = (value - model.centre) / scale;
        const double both = model.better_scale + model.worse_scale;
        const double beyond =
            z > 0 ? 2 * model.worse_scale / both * upper_tail(freedom, z)
                  : 1 - 2 * model.better_scale / both *
                            upper_tail(freedom, -z * model.worse_scale / model.better_scale);
        chance += model.*weight * beyond;
    }
    if (skewed_ && value > centre_) {
        chance = std::max(chance, skewed_->chance((value - centre_) / spread_));
    }
    if (far_end_.known > 0 && value > far_end_.from) {
        const double beyond = (value - far_end_.from) / (far_end_.known * far_end_.mean);
        chance = std::max(chance, far_end_.share * std::pow(1 + beyond, -far_end_.known));
    }
    return std::clamp(chance, kLeastChance, 1.0);
}

}  // namespace rackproof
