#include "analysis/population.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <numbers>

#include "analysis/in_double.hpp"
#include "analysis/ordering.hpp"
#include "analysis/robust.hpp"
#include "analysis/robust_factors.hpp"

namespace rackproof {
namespace {

constexpr double kNoEvidence = -std::numeric_limits<double>::infinity();
constexpr double kLeastChance = 1e-300;

double upper_tail(double freedom, double z) {
    if (std::isinf(z)) return z > 0 ? kLeastChance : 1.0;
    if (freedom > 1e6) return std::max(std::erfc(z / std::numbers::sqrt2) / 2, kLeastChance);
    const boost::math::students_t_distribution<double, InDouble> t{freedom};
    return std::max(boost::math::cdf(boost::math::complement(t, z)), kLeastChance);
}

/// Values on one step, evenly over it: where they were before they were rounded, as far as anybody
/// can tell. Else their tails would look like any model's.
void spread_over_steps(std::vector<double>& sorted, double step) {
    constexpr double kSame = 1e-6;
    for (std::size_t begin = 0; begin < sorted.size();) {
        const double value = sorted[begin];
        std::size_t end = begin;
        while (end < sorted.size() && sorted[end] - value <= kSame * step) ++end;
        const auto alike = static_cast<double>(end - begin);
        for (std::size_t i = begin; i < end; ++i) {
            const double part = (static_cast<double>(i - begin) + 0.5) / alike;
            sorted[i] = value + step * (part - 0.5);
        }
        begin = end;
    }
}

Population::Assumed assumed_before(const Prior& prior) {
    Population::Assumed assumed;
    assumed.likely.fill((1 - prior.normal) / (Population::kTails - 1));
    assumed.likely.front() = prior.normal;
    assumed.cautious = with_heavy(assumed.likely, prior.cautious_heavy);
    return assumed;
}

}  // namespace

Population::Tails with_heavy(Population::Tails tails, double chance) {
    for (double& tail : tails) tail *= 1 - chance;
    tails.back() += chance;
    return tails;
}

std::optional<Population> Population::fitted(std::vector<double> values, const Prior& prior) {
    if (values.size() < 3) return std::nullopt;
    if (!std::ranges::all_of(values, [](double each) { return std::isfinite(each); })) {
        return std::nullopt;
    }
    if (prior.step > 0) {
        sort_values(values);
        spread_over_steps(values, prior.step);
    }
    Population population;
    population.size_ = values.size();
    const std::vector<CountedValue> points = binned(values, prior.floor);
    if (!std::isfinite(points.back().value - points.front().value)) return std::nullopt;
    Model start;
    start.centre = median_of(points);
    double scale =
        kMadToSigma * small_sample_factor(values.size()) * median_distance_of(points, start.centre);
    scale = std::max(scale, prior.floor);
    if (prior.weight > 0) {
        const double expected = std::max(prior.scale, prior.seen);
        scale = std::min(scale, std::max(2 * expected, prior.floor));
    }
    if (!(scale > 0) || !std::isfinite(scale)) return std::nullopt;
    start.better_scale = start.worse_scale = scale;
    // Faulty values may lie anywhere up to the worst one that there is, but one that is out of all
    // proportion says nothing of the others: so near to the healthy ones there would be next to
    // none.
    constexpr double kFarthest = 100;
    start.worst = std::min(points.back().value, start.centre + kFarthest * scale);
    start.best = std::max(points.front().value, start.centre - kFarthest * scale);
    start.faulty = 0.05;
    start.better_share = 0.25 / static_cast<double>(values.size());
    population.fit_all(points, start, prior);
    if (population.models_.empty()) return std::nullopt;
    population.usual_ = assumed_before(prior);
    population.assume(population.usual_);
    if (prior.skewness == Skewness::Possible) {
        population.fit_far_end(std::move(values), prior.floor);
    }
    return population;
}

Population::Tails Population::evidence() const {
    Tails most;
    most.fill(kNoEvidence);
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
    double most = kNoEvidence;
    for (Model& model : models_) {
        model.*weight = model.evidence + std::log(tails[model.tail]);
        most = std::max(most, model.*weight);
    }
    double sum = 0;
    for (Model& model : models_) sum += model.*weight = std::exp(model.*weight - most);
    for (Model& model : models_) model.*weight /= sum;
}

void Population::assume(const Assumed& assumed) {
    weigh_models(assumed.likely, &Model::weight);
    weigh_models(assumed.cautious, &Model::cautious);
    centre_ = spread_ = 0;
    for (const Model& model : models_) {
        centre_ += model.weight * model.centre;
        spread_ += model.weight * model.worse_spread();
    }
}

double Population::Model::deviate(double z) const {
    return skew > 0 ? std::log(std::max(1 + skew * z, 0.0)) / skew : z;
}

double Population::Model::worse_spread() const {
    return skew > 0 ? worse_scale * std::expm1(skew) / skew : worse_scale;
}

/// The scale is an estimate: for a normal model the prediction is a t of its freedom.
double Population::Model::beyond(double value, double known_degrees) const {
    const double predicted = 1 / (1 / freedom + 1 / known_degrees);
    const bool is_worse = value > centre;
    const double own = is_worse ? worse_scale : better_scale;
    const double wider = std::sqrt(1 + 1 / std::max(1.0, healthy));
    const double distance = std::abs(deviate((value - centre) / (own * wider)));
    const double further = 2 * own / (better_scale + worse_scale) * upper_tail(predicted, distance);
    return is_worse ? further : 1 - further;
}

double Population::cautious_tail(double value) const {
    constexpr double kLessKnown = 1;
    return std::max(tail(value), tail(value, &Model::cautious, kLessKnown));
}

double Population::tail(double value, double Model::*weight, double less_known) const {
    double chance = 0;
    for (const Model& model : models_) {
        if (model.*weight < 1e-12) continue;
        chance += model.*weight * model.beyond(value, std::max(model.known - less_known, 1.0));
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
