#include "analysis/pair_samples.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>

#include "analysis/cohort.hpp"
#include "analysis/false_discovery.hpp"
#include "analysis/pair_reading.hpp"
#include "analysis/slow.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

constexpr double kLossySpreads = 5;  // of healthy pairs: what no healthy one's median is off
constexpr const char* kAfterManyLossyPairs =
    "Look for what disturbs the whole fabric (other traffic, busy hosts): so many pairs that "
    "scatter and are slow are no single faults.";

struct LossyPair {
    std::size_t cell = 0;
    double worse = 0;  ///< of its median, as a logarithm
    std::size_t far = 0;
    std::size_t samples = 0;
    double chance = 1;
};

/// Chance that so many tosses of a coin or more show heads.
double chance_of_heads(std::size_t heads, std::size_t tosses) {
    if (heads == 0) return 1;
    const auto k = static_cast<double>(heads);
    return boost::math::ibeta(k, static_cast<double>(tosses) - k + 1, 0.5);
}

/// How many samples of the pair are worse than `bound`, in the metric's unit.
LossyPair counted(const MetricCells& cells, std::size_t cell, double bound) {
    LossyPair pair;
    pair.cell = cell;
    const bool higher = cells.metric().better == Direction::HigherIsBetter;
    for (const double sample : cells.samples(cells.rows(cells.cells()[cell]).back())) {
        if (!std::isfinite(sample)) continue;
        ++pair.samples;
        if (higher ? sample < bound : sample > bound) ++pair.far;
    }
    pair.chance = chance_of_heads(pair.far, pair.samples);
    return pair;
}

Draft lossy_draft(const MetricCells& cells, const Survey& survey, const LossyPair& pair,
                  double centre, double bound, std::size_t pairs) {
    const Metric& metric = cells.metric();
    const TargetCell& cell = cells.cells()[pair.cell];
    const double worse = relative(metric.better, pair.worse);
    Draft draft;
    draft.place = cell.place;
    draft.metric = cells.index();
    draft.finding.verdict = Verdict::Watch;
    draft.finding.kind = FindingKind::Slow;
    draft.finding.rule = "pairs";
    draft.finding.observed = *cell.value;
    draft.finding.expected = centre;
    draft.finding.deviation = -worse;
    draft.finding.p_value = pair.chance;
    draft.finding.cohort = static_cast<std::int64_t>(pairs);
    draft.finding.action = after_slow_link(*survey.run, cell.place);
    draft.what = fmt::format(
        "{} is {} that of pairs like it, and scatters so much that its median proves little; but "
        "{} "
        "of its {} samples are {} or more, as by chance once in {:.0e}",
        metric.name, worse_text(identity_of(metric), worse), pair.far, pair.samples,
        worse_text(identity_of(metric), std::abs(bound / centre - 1)), 1 / pair.chance);
    return draft;
}

Draft many_draft(const MetricCells& cells, std::size_t lossy, std::size_t pairs) {
    Draft draft;
    draft.metric = cells.index();
    draft.finding.verdict = Verdict::Watch;
    draft.finding.kind = FindingKind::Slow;
    draft.finding.rule = "pairs";
    draft.finding.cohort = static_cast<std::int64_t>(pairs);
    draft.finding.action = kAfterManyLossyPairs;
    draft.what = fmt::format(
        "{} of {} pairs of {} scatter much and are worse than pairs like them in nearly every "
        "sample, and no node, link or part of the fabric explains it",
        lossy, pairs, cells.metric().name);
    return draft;
}

}  // namespace

std::vector<Draft> judge_pair_samples(const MetricCells& cells, const Survey& survey,
                                      const Policy& policy, const PairReport& report) {
    const PairValues& values = report.values;
    if (values.observations.empty()) return {};
    const Metric& metric = cells.metric();
    const double least = logarithmic(metric.better, min_effect_of(metric, policy));
    const double far = std::max(least, kLossySpreads * values.spread);
    const double sign = metric.better == Direction::HigherIsBetter ? -1 : 1;
    std::vector<LossyPair> asked;
    std::vector<double> chances;
    for (std::size_t i = 0; i < values.observations.size(); ++i) {
        const std::size_t cell = values.cell[i];
        const double worse = values.observations[i].worse;
        if (report.is_told[cell] || worse < far) continue;
        const double centre = values.classes[at(values.class_of_cell[cell])].centre;
        LossyPair pair = counted(cells, cell, centre * std::exp(sign * far));
        pair.worse = worse;
        asked.push_back(pair);
        chances.push_back(pair.chance);
    }
    const std::size_t pairs = values.observations.size();
    const double threshold = discovery_threshold(chances, pairs, policy.watch_q);
    std::vector<Draft> drafts;
    for (const LossyPair& pair : asked) {
        if (pair.chance > threshold) continue;
        const double centre = values.classes[at(values.class_of_cell[pair.cell])].centre;
        drafts.push_back(
            lossy_draft(cells, survey, pair, centre, centre * std::exp(sign * far), pairs));
    }
    if (are_too_many_links(drafts.size(), pairs)) return {many_draft(cells, drafts.size(), pairs)};
    return drafts;
}

}  // namespace rackproof
