#include "analysis/joint.hpp"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <span>
#include <utility>

#include "analysis/both_far_out.hpp"
#include "analysis/false_discovery.hpp"
#include "analysis/in_double.hpp"
#include "analysis/parallel.hpp"
#include "analysis/population.hpp"
#include "analysis/robust.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

/// A place that is bad in one metric alone is that metric's to find: the others must say so too,
/// with this chance of doing so in a healthy one.
constexpr double kOthersAgreeToFail = 0.001;
constexpr double kOthersAgreeToWatch = 0.01;

/// Sums over the metrics in which a place was compared.
struct Sums {
    float surprise = 0;  ///< -ln of the chances
    float most = 0;      ///< the largest of them
    float score = 0;     ///< the chances as standard normal deviates
    std::int32_t metrics = 0;
};

double normal_score(double chance) {
    constexpr double kLeast = 1e-300;
    return std::numbers::sqrt2 *
           boost::math::erfc_inv(2 * std::clamp(chance, kLeast, 1 - 1e-12), InDouble{});
}

/// A function that is smooth and dear, tabulated where it is asked for. Outside the range: its
/// value at the end.
template <class Function>
class Table {
  public:
    Table(double from, double to, std::size_t points, Function function)
        : from_{from},
          step_{(to - from) / static_cast<double>(points - 1)},
          points_per_unit_{1 / step_},
          function_{std::move(function)},
          values_(points, std::numeric_limits<double>::quiet_NaN()) {}
    [[nodiscard]] double at(double x) {
        const double position = std::clamp((x - from_) * points_per_unit_, 0.0,
                                           static_cast<double>(values_.size() - 1));
        const auto below = std::min(static_cast<std::size_t>(position), values_.size() - 2);
        const double before = point(below);
        return before + (point(below + 1) - before) * (position - static_cast<double>(below));
    }
    [[nodiscard]] double exactly(double x) const { return function_(x); }

  private:
    double point(std::size_t i) {
        if (std::isnan(values_[i])) values_[i] = function_(from_ + step_ * static_cast<double>(i));
        return values_[i];
    }

    double from_;
    double step_;
    double points_per_unit_;
    Function function_;
    std::vector<double> values_;
};

double score_of_surprise(double surprise) { return normal_score(std::exp(-surprise)); }
using Scores = Table<double (*)(double)>;

double surprise_of(const Population& population, double value) {
    return -std::log(population.tail(value));
}

/// What the standings of one contest say, of places one after the other.
class Told {
  public:
    explicit Told(const Contest& contest)
        : contest_{&contest},
          table_{contest.population.centre() - kBetterSpreads * contest.population.spread(),
                 contest.population.centre() + kWorseSpreads * contest.population.spread(), kPoints,
                 SurpriseOf{&contest.population}} {}

    /// Adds what it says of the places from index `first` on.
    void add_to(std::span<Sums> places, std::size_t first, Scores& scores) {
        const std::vector<Standing>& all = contest_->standings;
        const auto begin = from(first);
        const auto end = from(first + places.size());
        const bool tabulated = all.size() > kTabulateFrom;
        for (auto standing = begin; standing != end; ++standing) {
            const double value = standing->seen_as;
            const double surprise = tabulated ? table_.at(value) : table_.exactly(value);
            Sums& sums = places[at(standing->index) - first];
            sums.surprise += static_cast<float>(surprise);
            sums.most = std::max(sums.most, static_cast<float>(surprise));
            sums.score += static_cast<float>(scores.at(surprise));
            ++sums.metrics;
        }
    }

  private:
    static constexpr std::size_t kTabulateFrom = 2000;
    static constexpr std::size_t kPoints = 1000;
    static constexpr double kBetterSpreads = 5;
    static constexpr double kWorseSpreads = 60;

    struct SurpriseOf {
        const Population* population;
        double operator()(double value) const { return surprise_of(*population, value); }
    };

    [[nodiscard]] std::vector<Standing>::const_iterator from(std::size_t place) const {
        return std::ranges::lower_bound(contest_->standings, place, {},
                                        [](const Standing& each) { return at(each.index); });
    }

    const Contest* contest_;
    Table<SurpriseOf> table_;
};

/// Adds what all contests say of the places from index `first` on: of some at a time, so that their
/// sums stay at hand.
void add_all(const std::vector<const Contest*>& contests, std::size_t first,
             std::span<Sums> places) {
    constexpr std::size_t kAtATime = 16'384;
    Scores scores{0, 60, 6001, score_of_surprise};
    std::vector<Told> told;
    told.reserve(contests.size());
    for (const Contest* contest : contests) told.emplace_back(*contest);
    for (std::size_t begin = 0; begin < places.size(); begin += kAtATime) {
        const std::span<Sums> some =
            places.subspan(begin, std::min(kAtATime, places.size() - begin));
        for (Told& each : told) each.add_to(some, first + begin, scores);
    }
}

/// By index of the place. Each thread adds up its own stretch of places, over all contests.
std::vector<Sums> sums_of(const std::vector<const Contest*>& contests, std::size_t count,
                          std::size_t threads) {
    constexpr std::size_t kFewest = 10'000;
    std::vector<Sums> places(count);
    const std::size_t stretches =
        std::clamp<std::size_t>(count / kFewest, 1, std::max<std::size_t>(threads, 1));
    for_each_index(stretches, threads, [&](std::size_t i) {
        const std::size_t first = i * count / stretches;
        const std::size_t end = (i + 1) * count / stretches;
        add_all(contests, first, std::span{places}.subspan(first, end - first));
    });
    return places;
}

/// Mean correlation of two metrics of one place, from how much more their sum varies than
/// independent ones' would; of few places hardly anything is known.
double correlation_of(const std::vector<Sums>& places) {
    constexpr double kUsual = 0.4;
    constexpr double kUsualCounts = 10;
    constexpr double kEfficiency = 0.4;  // of a MAD
    constexpr double kMost = 0.95;
    std::vector<double> scores;
    double others = 0;
    for (const Sums& sums : places) {
        if (sums.metrics < 2) continue;
        scores.push_back(sums.score / std::sqrt(static_cast<double>(sums.metrics)));
        others += sums.metrics - 1;
    }
    const std::optional<double> spread = robust_spread(scores);
    if (!spread) return kUsual;
    const auto n = static_cast<double>(scores.size());
    const double seen = std::clamp((*spread * *spread - 1) / (others / n), 0.0, kMost);
    const double counts = kEfficiency * n;
    return (kUsual * kUsualCounts + seen * counts) / (kUsualCounts + counts);
}

/// The sum of `metrics` surprises of a healthy place: a gamma distribution, wider than that of
/// independent ones (Fisher 1932; Brown 1975; the covariance: Kost & McDermott 2002).
class Healthy {
  public:
    Healthy(std::int32_t metrics, double correlation) {
        const double shared = correlation * (3.263 + correlation * (0.710 + 0.027 * correlation));
        const auto count = static_cast<double>(metrics);
        const double variance = count + count * (count - 1) * shared / 4;
        shape_ = count * count / variance;
        scale_ = variance / count;
    }
    [[nodiscard]] double tail(double surprise) const {
        constexpr double kLeast = 1e-300;
        return std::max(boost::math::gamma_q(shape_, std::max(surprise, 0.0) / scale_, InDouble{}),
                        kLeast);
    }

  private:
    double shape_ = 1;
    double scale_ = 1;
};

/// The sums of so many metrics, and their normal scores.
struct HealthySums {
    struct Score {
        Healthy sums;
        double operator()(double surprise) const { return normal_score(sums.tail(surprise)); }
    };
    HealthySums(std::int32_t metrics, double correlation)
        : sums{metrics, correlation}, score{0, 10.0 * metrics + 40, 2000, Score{sums}} {}
    Healthy sums;
    Table<Score> score;
};

/// Every place that was compared in several metrics, with what the metrics say together.
struct Joint {
    std::int32_t index;
    std::int32_t metrics;
    double chance;  ///< by the gamma distribution
    double others;  ///< likewise, without the metric that says most
    double score;   ///< `chance` as a standard normal deviate
    double least;   ///< surprise without the metric that says most
    double both;    ///< of two metrics: chance that both are so far out
};

std::vector<Joint> joints_of(const std::vector<Sums>& places, double correlation) {
    constexpr std::size_t kTabulateFrom = 2000;
    constexpr double kFar = 4;  // what may be found is calculated
    const bool tabulated = places.size() > kTabulateFrom;
    std::map<std::int32_t, HealthySums> healthy;
    std::vector<Joint> joints;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const Sums& sums = places[i];
        if (sums.metrics < 2) continue;
        const auto known = healthy.try_emplace(sums.metrics, sums.metrics, correlation).first;
        HealthySums& all = known->second;
        const double least = sums.surprise - sums.most;
        Joint joint{static_cast<std::int32_t>(i), sums.metrics, 1, 1, 0, least, 1};
        if (tabulated) joint.score = all.score.at(sums.surprise);
        if (!tabulated || joint.score > kFar) {
            joint.chance = all.sums.tail(sums.surprise);
            joint.score = normal_score(joint.chance);
            joint.others = Healthy{sums.metrics - 1, correlation}.tail(least);
        }
        joints.push_back(joint);
    }
    return joints;
}

/// Of places with two metrics: the gamma distribution takes what the bulk has in common for what
/// the tails have, and asks too much of two whose tails come independently.
void ask_both(std::vector<Joint>& joints) {
    constexpr std::int32_t kBoth = 2;
    std::vector<double> smaller;
    for (const Joint& joint : joints) {
        if (joint.metrics == kBoth) smaller.push_back(joint.least);
    }
    const auto healthy = BothFarOut::fitted(std::move(smaller));
    if (!healthy) return;
    for (Joint& joint : joints) {
        const bool asked = joint.metrics == kBoth && joint.least >= BothFarOut::kDoubted;
        if (asked) joint.both = healthy->chance(joint.least);
    }
}

}  // namespace

TogetherByIndex judge_together(const std::vector<const Contest*>& contests, const Policy& policy,
                               std::size_t threads) {
    std::int32_t most = -1;
    for (const Contest* contest : contests) {
        for (const Standing& standing : contest->standings) most = std::max(most, standing.index);
    }
    const std::vector<Sums> places = sums_of(contests, at(most + 1), threads);
    std::vector<Joint> joints = joints_of(places, correlation_of(places));
    std::vector<double> scores;
    for (const Joint& joint : joints) scores.push_back(joint.score);
    // The gamma distribution takes tails of different metrics to be independent; where they are
    // not, the scores have a tail of their own.
    const auto population = Population::fitted(
        std::move(scores),
        {.scale = 1, .weight = 10, .floor = 0.8, .normal = 0.999, .skewness = Skewness::None});
    TogetherByIndex found;
    if (!population) return found;
    ask_both(joints);
    std::vector<double> chances;
    for (Joint& joint : joints) {
        if (joint.chance < 1) {
            joint.chance = std::max(joint.chance, population->tail(joint.score));
        }
        chances.push_back(std::min(joint.chance, joint.both));
    }
    const double fails = discovery_threshold(chances, joints.size(), policy.fail_q);
    const double watches = discovery_threshold(chances, joints.size(), policy.watch_q);
    for (const Joint& joint : joints) {
        const bool fail =
            joint.both <= fails || (joint.chance <= fails && joint.others <= kOthersAgreeToFail);
        const bool watch = joint.both <= watches ||
                           (joint.chance <= watches && joint.others <= kOthersAgreeToWatch);
        if (!fail && !watch) continue;
        found[joint.index] = {fail ? Verdict::Fail : Verdict::Watch,
                              std::min(joint.chance, joint.both), at(joint.metrics)};
    }
    return found;
}

}  // namespace rackproof
