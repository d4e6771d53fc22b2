#include "analysis/pair_reading.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "analysis/pair_gains.hpp"
#include "analysis/robust.hpp"
#include "analysis/slow.hpp"

namespace rackproof {
namespace {

/// With the best pairs as usual: where to look for them. A tenth of a class and fewer may be left
/// of its healthy pairs, and slow ones are near.
constexpr double kFewKnown = 0.03;
constexpr PairStart kStartsAtBest[] = {
    {0.05, 0.01, 2.5, kFewKnown},
    {0.05, 0.01, 1.5, kFewKnown},
    {0.1, 0.03, 1.5, kFewKnown},
    {0.025, 0.005, 1.5, kFewKnown},
};

/// What is asked of the pairs of a metric.
struct Asked {
    const Metric& metric;
    const Policy& policy;
    const std::vector<Grouping>& groupings;
    std::size_t ends;
};

/// So slow that it counts: from the policy's smallest effect up to the slowest, evenly spaced on a
/// logarithmic scale.
std::vector<double> thresholds_from(double least, const std::vector<PairObservation>& pairs) {
    constexpr double kStep = 1.5;
    double slowest = 0;
    for (const PairObservation& pair : pairs) slowest = std::max(slowest, pair.worse);
    std::vector<double> thresholds;
    for (double each = least; each <= slowest && thresholds.size() < kMostThresholds;
         each *= kStep) {
        thresholds.push_back(each);
    }
    return thresholds;
}

/// As a logarithm; of the smallest effect by the policy, but not within the healthy ones' spread.
double least_that_matters(const Metric& metric, const Policy& policy, const PairValues& values) {
    const double effect = logarithmic(metric.better, min_effect_of(metric, policy));
    return std::max(effect, values.spread / 2);
}

void explain(const Asked& asked, PairReading& reading) {
    const std::vector<PairObservation>& pairs = reading.values.observations;
    reading.least = least_that_matters(asked.metric, asked.policy, reading.values);
    reading.explanation = explain_pairs(
        pairs, asked.ends, asked.groupings,
        {.thresholds = thresholds_from(reading.least, pairs), .q = asked.policy.watch_q});
}

/// Explains what is slower than these centres, and again about those of what is not explained.
PairReading read_from(PairValues values, int times_anew, double known, const Asked& asked) {
    PairReading reading;
    reading.values = std::move(values);
    explain(asked, reading);
    for (int i = 0; i < times_anew && !reading.explanation.causes.empty(); ++i) {
        centre_anew(asked.metric.better, reading.explanation.explained, {.known = known},
                    reading.values);
        explain(asked, reading);
    }
    return reading;
}

/// What is left of each pair's slowness once that of the worst of its causes is taken off.
std::vector<double> residuals_of(const PairReading& reading) {
    const std::vector<PairObservation>& pairs = reading.values.observations;
    std::vector<double> expected(pairs.size(), 0.0);
    for (const PairCause& cause : reading.explanation.causes) {
        for (const std::size_t i : cause.slow) expected[i] = std::max(expected[i], cause.worse);
    }
    std::vector<double> residuals;
    residuals.reserve(pairs.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        residuals.push_back(pairs[i].worse - expected[i]);
    }
    return residuals;
}

/// In nats, of the centres, of the names of the causes and of the residuals: normal about zero, but
/// for a few that may be anywhere (Rissanen 1978).
double length_of(const PairReading& reading) {
    constexpr double kAnywhere = 0.05;
    constexpr double kRange = 6;
    constexpr double kFinest = 0.001;
    const std::vector<double> residuals = residuals_of(reading);
    std::vector<double> distances;
    for (const double each : residuals) distances.push_back(std::abs(each));
    const double spread = std::max(kMadToSigma * median_in_place(distances).value_or(0.0), kFinest);
    double length = 0;
    for (const double each : residuals) {
        const double z = each / spread;
        const double usual = std::exp(-z * z / 2) / (spread * std::sqrt(2 * std::numbers::pi));
        length -= std::log((1 - kAnywhere) * usual + kAnywhere / kRange);
    }
    for (const PairCause& cause : reading.explanation.causes) length += name_cost(cause.candidates);
    const auto pairs = static_cast<double>(std::max<std::size_t>(residuals.size(), 1));
    length += static_cast<double>(reading.values.classes.size()) * std::log(pairs) / 2;
    return length;
}

/// True if parts of the fabric explain so many slow pairs that the others may be faults of their
/// own, or of nodes that a larger fault hides.
bool explains_nearly_all(const PairReading& reading) {
    constexpr double kNearlyAll = 0.9;
    const auto explained = static_cast<double>(
        std::ranges::count_if(reading.explanation.explained, [](double each) { return each > 0; }));
    const auto left = static_cast<double>(unexplained_pairs(reading).slow.size());
    return explained > 0 && explained >= kNearlyAll * (explained + left);
}

/// True if the classes are the same, and no centre of theirs differs by more than noise.
bool are_alike(const PairValues& a, const PairValues& b) {
    const double noise = std::min(a.spread, b.spread) / 2;
    return std::ranges::equal(a.classes, b.classes, [&](const PairClass& x, const PairClass& y) {
        return x.shared == y.shared && std::abs(std::log(x.centre / y.centre)) <= noise;
    });
}

/// The groupings by which the classes differ.
std::vector<Grouping> groupings_of(const PairValues& values, const std::vector<Grouping>& all) {
    std::vector<Grouping> found;
    for (const Grouping& grouping : all) {
        const bool matters = std::ranges::any_of(values.classes, [&](const PairClass& each) {
            return std::ranges::find(each.shared, grouping.name) != each.shared.end();
        });
        if (matters) found.push_back(grouping);
    }
    return found;
}

/// Keeps the reading that is told in the fewest words.
class Choosing {
  public:
    Choosing(const Asked& asked, const PairValues& first)
        : asked_{asked},
          chosen_{read_from(first, 1, PairStart{}.known, asked)},
          shortest_{length_of(chosen_)},
          tried_{first, chosen_.values} {}

    /// With the best of these pairs as usual. True if they reach more than what was usual so far.
    bool try_best_of(const PairValues& values) {
        constexpr int kTimesAnew = 3;
        constexpr double kSurelyShorter = 5;  // nats
        const std::vector<double> nothing(values.observations.size(), 0.0);
        bool any = false;
        for (const PairStart& start : kStartsAtBest) {
            PairValues best = values;
            centre_anew(asked_.metric.better, nothing, start, best);
            const auto is_like = [&](const PairValues& other) { return are_alike(best, other); };
            if (std::ranges::any_of(tried_, is_like)) continue;
            any = true;
            tried_.push_back(best);
            PairReading reading = read_from(std::move(best), kTimesAnew, start.known, asked_);
            const double length = length_of(reading);
            if (length > shortest_ - kSurelyShorter || !explains_nearly_all(reading)) continue;
            chosen_ = std::move(reading);
            shortest_ = length;
        }
        return any;
    }

    PairReading chosen() && { return std::move(chosen_); }

  private:
    const Asked& asked_;
    PairReading chosen_;
    double shortest_;
    std::vector<PairValues> tried_;
};

}  // namespace

bool are_too_many_links(std::size_t slow, std::size_t pairs) {
    constexpr double kSingleFaults = 2;
    constexpr double kUnexplainedShare = 0.015;
    return static_cast<double>(slow) >
           kSingleFaults + kUnexplainedShare * static_cast<double>(pairs);
}

UnexplainedPairs unexplained_pairs(const PairReading& reading) {
    constexpr double kBeyondDoubt = 8;  // spreads: a healthy tail three times as wide is not meant
    const double far = std::max(reading.least, kBeyondDoubt * reading.values.spread);
    const std::vector<PairObservation>& pairs = reading.values.observations;
    UnexplainedPairs found;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        if (reading.explanation.explained[i] > 0) continue;
        ++found.pairs;
        if (pairs[i].worse >= far) found.slow.push_back(i);
    }
    return found;
}

PairReading read_pairs(const MetricCells& cells, const Survey& survey, const Policy& policy,
                       const std::vector<Grouping>& groupings, std::size_t ends) {
    constexpr std::size_t kMostPairs = 4096;  // in a large fabric few faults do not slow most
    const Asked asked{cells.metric(), policy, groupings, ends};
    const PairValues first = pair_values(cells, survey, policy, groupings);
    if (first.observations.empty()) return {first, {}, 0};
    Choosing choosing{asked, first};
    if (first.observations.size() > kMostPairs) return std::move(choosing).chosen();
    if (!choosing.try_best_of(first)) return std::move(choosing).chosen();
    // where most pairs are slow, a fault may look like how far apart the pairs of a row are
    const std::vector<Grouping> of_classes = groupings_of(first, groupings);
    for (std::size_t i = 0; i < of_classes.size() && of_classes.size() > 1; ++i) {
        choosing.try_best_of(pair_values(cells, survey, policy, {of_classes[i]}));
    }
    return std::move(choosing).chosen();
}

}  // namespace rackproof
