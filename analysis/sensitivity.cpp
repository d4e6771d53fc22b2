#include "analysis/sensitivity.hpp"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>

#include "analysis/in_double.hpp"
#include "analysis/tails.hpp"

namespace rackproof {
namespace {

/// In a larger contest one value hardly changes what is fitted.
constexpr std::size_t kMostFittedAgain = 2000;

/// How far from the centre a place must be seen for a verdict of `fail`.
std::optional<double> failing_from(const Population& population, const Contested& contested,
                                   const LevelEvidence& level, const Policy& policy) {
    const double alone = policy.fail_q / static_cast<double>(contested.contest.size);
    double cautious = kFleetsWithAFalseOne / static_cast<double>(level.compared);
    if (contested.contest.level == Level::Link) {
        cautious = std::min(cautious, kCautionWithLinks * alone);
    }
    const auto found = crossing(
        [&](double value) {
            const double likely = std::log(alone / population.tail(value));
            return std::min(likely, std::log(cautious / population.cautious_tail(value)));
        },
        population.centre(), population.spread());
    if (!found) return std::nullopt;
    return std::max(*found, population.centre() + contested.cohort.min_effect);
}

/// Chance that a rack or node that is worse by `shift` is so as a whole (as_a_whole): that of its
/// members no more than one in eight are nearer to the others.
double seen_as_a_whole(const Contest& contest, const Contest& members, double shift) {
    const auto size = static_cast<double>(members.size) / static_cast<double>(contest.size);
    const double count = std::max(std::round(size), 1.0);
    const Population& population = members.population;
    const double near = 1 - population.tail(population.centre() - shift / 2);
    const boost::math::binomial_distribution<double, InDouble> odd{count,
                                                                   std::clamp(near, 0.0, 1.0)};
    return boost::math::cdf(odd, std::floor(count / 8));
}

/// The contest of what the places of this one consist of: a cohort's come from the top.
const Contest* members_of(const std::vector<Contested>& contests, std::size_t index) {
    if (contests[index].contest.compared == Compared::Values) return nullptr;
    if (index + 1 == contests.size()) return nullptr;
    const Contest& next = contests[index + 1].contest;
    return next.level < contests[index].contest.level ? &next : nullptr;
}

/// What would be fitted to the values if the one nearest to `healthy` were `faulty`: in a cohort of
/// few a fault makes the tail look heavier, and hides behind it. nullopt where the values are not
/// known one by one.
std::optional<Population> fitted_with(const Contested& contested, double healthy, double faulty,
                                      const std::vector<Population*>& alike) {
    const Contest& contest = contested.contest;
    if (contest.compared != Compared::Values || contest.standings.empty()) return std::nullopt;
    if (contest.size > kMostFittedAgain) return std::nullopt;
    std::vector<double> values;
    for (const Standing& standing : contest.standings) values.push_back(standing.seen_as);
    *std::ranges::min_element(
        values, {}, [healthy](double value) { return std::abs(value - healthy); }) = faulty;
    auto population = Population::fitted(std::move(values), prior_of_values(contested.cohort));
    if (!population || !shares_its_tail(contest, contested.cohort)) return population;
    std::vector<Population> others;
    for (const Population* other : alike) {
        if (other != &contest.population) others.push_back(*other);
    }
    std::vector<Population*> all{&*population};
    for (Population& other : others) all.push_back(&other);
    share_tails(all);
    return population;
}

/// What the smallest fault that is seen turns into what: "worse" as a Member has it.
struct SmallestFault {
    double healthy = 0;
    double faulty = 0;
};

std::optional<SmallestFault> smallest_fault(const Contested& contested, const Contest* members,
                                            const LevelEvidence& level,
                                            const std::vector<Population*>& alike,
                                            const Policy& policy) {
    constexpr int kSteps = 3;
    const Contest& contest = contested.contest;
    const Population& population = contest.population;
    auto from = failing_from(population, contested, level, policy);
    if (!from) return std::nullopt;
    const auto shift = crossing(
        [&](double worse) {
            const double far = population.tail(*from - worse);
            return far * (members ? seen_as_a_whole(contest, *members, worse) : 1.0) - kPower;
        },
        0, population.spread());
    if (!shift) return std::nullopt;
    const double healthy = *from - *shift;
    for (int step = 0; step < kSteps; ++step) {
        const auto with_it = fitted_with(contested, healthy, *from, alike);
        if (!with_it) break;
        from = failing_from(*with_it, contested, level, policy);
        if (!from) return std::nullopt;
    }
    return SmallestFault{healthy, *from};
}

/// The size of a fault: of a rate relative to what it would have been, in kelvin for temperatures.
std::optional<double> slowdown_of(const SmallestFault& fault, const MetricIdentity& metric) {
    const double shift = fault.faulty - fault.healthy;
    if (is_temperature(metric.unit)) return shift;
    if (metric.better == Direction::LowerIsBetter) return shift / (1 + fault.healthy);
    if (fault.faulty >= 1) return std::nullopt;
    return shift / (1 - fault.healthy);
}

}  // namespace

std::optional<double> crossing(const std::function<double(double)>& rises, double from,
                               double scale) {
    constexpr double kMostScales = 1e6;
    constexpr double kPart = 1e-4;
    double low = from;
    double at_low = rises(low);
    if (at_low >= 0) return low;
    for (double step = scale; step <= kMostScales * scale; step *= 2) {
        const double high = from + step;
        const double at_high = rises(high);
        if (at_high >= 0) {
            std::uintmax_t steps = 60;
            const auto close = [scale](double a, double b) { return b - a <= kPart * scale; };
            return boost::math::tools::toms748_solve(rises, low, high, at_low, at_high, close,
                                                     steps)
                .second;
        }
        low = high;
        at_low = at_high;
    }
    return std::nullopt;
}

std::vector<Sensitivity> sensitivity_of(const MetricIdentity& metric,
                                        const std::vector<Contested>& contests,
                                        const LevelsEvidence& levels, const Alike& alike,
                                        const Policy& policy) {
    std::vector<Sensitivity> seen;
    if (metric.better == Direction::None) return seen;
    Sensitivity of_metric{metric.name, metric.suite, std::nullopt,
                          0,           std::nullopt, is_temperature(metric.unit) ? "K" : "1"};
    for (std::size_t i = 0; i < contests.size(); ++i) {
        const Contest& contest = contests[i].contest;
        of_metric.level = contest.level;
        of_metric.compared = static_cast<std::int64_t>(contest.size);
        const auto fault =
            smallest_fault(contests[i], members_of(contests, i), levels.at(contest.level),
                           alike.at({contest.level, contest.compared}), policy);
        of_metric.slowdown = fault ? slowdown_of(*fault, metric) : std::nullopt;
        seen.push_back(of_metric);
    }
    if (seen.empty()) seen.push_back(of_metric);
    return seen;
}

}  // namespace rackproof
