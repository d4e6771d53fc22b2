#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "analysis/curve_metrics.hpp"
#include "analysis/false_discovery.hpp"
#include "analysis/population.hpp"
#include "analysis/robust.hpp"
#include "analysis/rules.hpp"

namespace rackproof {
namespace {

/// Scatter below this is none: samples of many metrics are rounded.
constexpr double kLeastScatter = 1e-4;
/// Where they are rounded coarsely: one that lies at the edge of a step has samples on either side.
constexpr double kLeastScatterSteps = 0.5;
/// No value is a scale that is so much nearer to zero than is usual.
constexpr double kLeastOfUsual = 0.5;

constexpr const char* kAfterUnstable =
    "Run the case on it alone with many repetitions; if they still scatter, watch its clocks, "
    "temperature and throttle reasons during the run, and look for other processes on it.";

/// Scatter of the repetitions relative to their median; nullopt where there are too few.
std::optional<double> relative_scatter(const TargetCell& cell, const Cohort& cohort) {
    if (!cell.value || !cell.scatter) return std::nullopt;
    const double scatter =
        *cell.scatter / std::max(std::abs(*cell.value), kLeastOfUsual * cohort.scale);
    return std::isfinite(scatter) ? std::optional{scatter} : std::nullopt;
}

Verdict verdict_for(const Metric& metric, const Policy& policy) {
    Verdict verdict = policy.unstable;
    for (const MetricRule& rule : policy.metrics) {
        if (rule.unstable && matches(rule.pattern, metric.name)) verdict = *rule.unstable;
    }
    return verdict;
}

struct Shaky {
    const TargetCell* cell;
    double scatter;
};

/// What is no more than usual: the cohort's median or, if that is less, what rounding makes.
struct UsualScatter {
    double scatter = 0;
    bool by_rounding = false;
};

UsualScatter usual_scatter(std::vector<double> scatters, double by_rounding) {
    const double middle = *median_in_place(scatters);
    return {std::max({middle, by_rounding, kLeastScatter}), by_rounding > middle};
}

Draft unstable(const MetricCells& cells, const Shaky& shaky, const UsualScatter& usual,
               double chance, std::size_t cohort) {
    Draft draft;
    Finding& finding = draft.finding;
    finding.kind = FindingKind::Unstable;
    finding.observed = *shaky.cell->value;
    finding.rule = "scatter";
    finding.p_value = chance;
    finding.cohort = static_cast<std::int64_t>(cohort);
    finding.action = kAfterUnstable;
    draft.place = shaky.cell->place;
    draft.metric = cells.index();
    draft.what = fmt::format(
        "repetitions of {} scatter by {:.2g} % (one of them left out), {:.1f} times as much as {} "
        "its cohort of {}",
        cells.metric().name, 100 * shaky.scatter, shaky.scatter / usual.scatter,
        usual.by_rounding ? "half a step between the values of" : "the median of", cohort);
    return draft;
}

}  // namespace

void judge_scatter(const MetricCells& cells, const Policy& policy, const Cohort& cohort,
                   const std::vector<TargetCell*>& members, std::vector<Draft>& drafts) {
    const Verdict verdict = verdict_for(cells.metric(), policy);
    const MetricIdentity metric = identity_of(cells.metric());
    if (verdict == Verdict::Pass || is_temperature(metric.unit) || is_thermal(metric)) return;
    const double by_rounding = kLeastScatterSteps * cohort.step.value_or(0.0);
    std::vector<Shaky> all;
    std::vector<double> scatters;
    all.reserve(members.size());
    scatters.reserve(members.size());
    for (const TargetCell* cell : members) {
        const std::optional<double> scatter = relative_scatter(*cell, cohort);
        if (!scatter) continue;
        all.push_back({cell, *scatter});
        scatters.push_back(*scatter);
    }
    if (all.size() < static_cast<std::size_t>(std::max(policy.min_cohort, 0))) return;
    const UsualScatter usual = usual_scatter(std::move(scatters), by_rounding);
    const double least = std::max(policy.unstable_cv, policy.unstable_ratio * usual.scatter);
    const bool any = std::ranges::any_of(all, [&](const Shaky& s) { return s.scatter >= least; });
    if (!any) return;
    const auto log_of = [&](const Shaky& each) {
        return std::log(std::max({each.scatter, by_rounding, kLeastScatter}));
    };
    std::vector<double> logs(all.size());
    std::ranges::transform(all, logs.begin(), log_of);
    // The logarithm of a normal sample's standard deviation with f degrees of freedom scatters by
    // 1 / sqrt(2 f): no cohort is more regular than one of many repetitions.
    constexpr double kLeastLogSpread = 0.1;
    const auto population = Population::fitted(
        std::move(logs), {.floor = kLeastLogSpread, .normal = 0.97, .fast_ones = FastOnes::None});
    if (!population) return;
    std::vector<double> chances;  // of those that scatter enough to matter
    for (const Shaky& each : all) {
        if (each.scatter >= least) chances.push_back(population->tail(log_of(each)));
    }
    const double q = verdict == Verdict::Fail ? policy.fail_q : policy.watch_q;
    const double threshold = discovery_threshold(chances, all.size(), q);
    auto chance = chances.begin();
    for (const Shaky& each : all) {
        if (each.scatter < least) continue;
        const double own = *chance++;
        if (own > threshold) continue;
        Draft draft = unstable(cells, each, usual, own, all.size());
        draft.finding.verdict = verdict;
        drafts.push_back(std::move(draft));
    }
}

}  // namespace rackproof
