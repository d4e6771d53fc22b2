#include "analysis/simulator/metric_maker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>

#include "tests/analysis/simulator/scenarios.hpp"

namespace rackproof::simulator {
namespace {

using test::fault;

/// Without spread and noise, so that what moves a value stands alone.
Scenario still(std::int32_t nodes, std::vector<std::string> metrics = {"gemm.fp64"}) {
    Scenario scenario = test::fleet(nodes, std::move(metrics));
    for (MetricModel& model : scenario.metrics) {
        model.spread = 0;
        model.noise = 0;
    }
    return scenario;
}

SimulatedMetric made(const Scenario& scenario, std::size_t metric = 0) {
    return FleetSimulator{scenario, 1}.metric(metric);
}

/// Values of the first repetitions, each with how many targets have it.
std::map<double, int> counted(const Metric& metric) {
    std::map<double, int> counts;
    for (const double value : test::firsts(metric)) ++counts[value];
    return counts;
}

TEST(MetricMaker, MakesOneRowADeviceAroundTheCentre) {
    const SimulatedMetric result = made(test::fleet(100));
    const Metric& metric = result.metric;
    ASSERT_EQ(metric.rows(), 800U);
    EXPECT_EQ(metric.values.size(), 4000U);
    EXPECT_EQ(metric.suite, "gemm");
    EXPECT_EQ(metric.target[799].first, 799);
    EXPECT_TRUE(result.reasons.empty());
    const std::vector<double> values = test::firsts(metric);
    EXPECT_NEAR(test::quantile(values, 0.5) / 1e12, 1, 0.002);
    const double width = test::quantile(values, 0.841) - test::quantile(values, 0.159);
    EXPECT_NEAR(width / 2e12, 0.0102, 0.0012);  // spread 1 % and noise 0.2 %
    double squares = 0;
    for (std::size_t i = 0; i < metric.rows(); ++i) {
        const double step = (metric.row(i)[1] - metric.row(i)[0]) / metric.row(i)[0];
        squares += step * step / 2 / 800;
    }
    EXPECT_NEAR(std::sqrt(squares), 0.002, 0.0002);
}

TEST(MetricMaker, SlowIsWorseWhicheverWayTheMetricPoints) {
    Scenario scenario = still(10, {"rate", "latency", "hot"});
    scenario.metrics[1].better = Direction::LowerIsBetter;
    scenario.metrics[2].better = Direction::LowerIsBetter;
    scenario.metrics[2].unit = "degC";
    scenario.metrics[2].centre = 60;
    scenario.faults = {fault(FaultKind::Slow, FaultLevel::Node, 1)};
    scenario.faults[0].metrics = {"rate", "latency"};
    EXPECT_EQ(counted(made(scenario, 0).metric), (std::map<double, int>{{0.9e12, 8}, {1e12, 72}}));
    EXPECT_EQ(counted(made(scenario, 1).metric), (std::map<double, int>{{1e12, 72}, {1.1e12, 8}}));
    EXPECT_EQ(counted(made(scenario, 2).metric), (std::map<double, int>{{60, 80}}));
    scenario.faults[0].metrics = {"hot"};
    scenario.faults[0].size = Range{7, 7};
    EXPECT_EQ(counted(made(scenario, 2).metric), (std::map<double, int>{{60, 72}, {67, 8}}));
}

TEST(MetricMaker, ADeviceInsideASlowRackIsSlowerThanTheRack) {
    Scenario scenario = still(16);
    FaultPlan rack = fault(FaultKind::Slow, FaultLevel::Rack, 1);
    rack.name = "rack";
    FaultPlan device = fault(FaultKind::Slow, FaultLevel::Device, 1);
    device.inside = "rack";
    device.size = Range{0.5, 0.5};
    scenario.faults = {rack, device};
    EXPECT_EQ(counted(made(scenario).metric),
              (std::map<double, int>{{0.45e12, 1}, {0.9e12, 63}, {1e12, 64}}));
}

TEST(MetricMaker, UnstableIsNoisyAndNotSlow) {
    Scenario scenario = still(4);
    scenario.metrics[0].repetitions = 400;
    scenario.faults = {fault(FaultKind::Unstable, FaultLevel::Device, 1)};
    scenario.faults[0].size = Range{0.03, 0.03};
    const Metric metric = made(scenario).metric;
    int unstable = 0;
    for (std::size_t i = 0; i < metric.rows(); ++i) {
        const std::vector<double> samples{metric.row(i).begin(), metric.row(i).end()};
        const double mean = std::accumulate(samples.begin(), samples.end(), 0.0) / 400;
        double squares = 0;
        for (const double sample : samples) squares += (sample - mean) * (sample - mean) / 399;
        if (squares == 0) continue;
        ++unstable;
        EXPECT_NEAR(std::sqrt(squares) / mean, 0.03, 0.005);
        EXPECT_NEAR(mean / 1e12, 1, 0.006);
    }
    EXPECT_EQ(unstable, 1);
}

TEST(MetricMaker, SkusPopulationsAndPlacesMoveTheirTargets) {
    Scenario scenario = still(16, {"gemm.fp64", "membw"});
    SkuModel usual;
    usual.fraction = 0.5;
    SkuModel large;
    large.name = "large";
    large.fraction = 0.5;
    large.scale = 2;
    large.centre["membw"] = 5e12;
    scenario.skus = {usual, large};
    EXPECT_EQ(counted(made(scenario, 0).metric), (std::map<double, int>{{1e12, 64}, {2e12, 64}}));
    EXPECT_EQ(counted(made(scenario, 1).metric), (std::map<double, int>{{1e12, 64}, {5e12, 64}}));

    scenario.skus.clear();
    Population part;
    part.fraction = 0.25;
    part.effect = -0.5;
    part.metrics = {"gemm.*"};
    scenario.populations = {part};
    EXPECT_EQ(counted(made(scenario, 0).metric), (std::map<double, int>{{0.5e12, 32}, {1e12, 96}}));
    EXPECT_EQ(counted(made(scenario, 1).metric), (std::map<double, int>{{1e12, 128}}));

    scenario.populations.clear();
    scenario.gradients = {{-0.07, {}}};
    const Metric sloped = made(scenario, 0).metric;
    EXPECT_DOUBLE_EQ(sloped.row(0)[0], 1e12);
    EXPECT_DOUBLE_EQ(sloped.row(8)[0], 0.99e12) << "the second of eight slots";
    EXPECT_DOUBLE_EQ(sloped.row(56)[0], 0.93e12) << "the last slot";

    scenario.gradients.clear();
    scenario.rack_effects = {{0.01, {}}};
    EXPECT_EQ(counted(made(scenario, 0).metric).size(), 2U) << "one value a rack";
}

TEST(MetricMaker, OutliersAreOneRepetitionOfARow) {
    Scenario scenario = still(100);
    scenario.metrics[0].outlier_rate = 0.5;
    const Metric metric = made(scenario).metric;
    int with_outlier = 0;
    for (std::size_t i = 0; i < metric.rows(); ++i) {
        const auto out = std::ranges::count_if(metric.row(i), [](double v) { return v < 0.96e12; });
        EXPECT_LE(out, 1);
        with_outlier += static_cast<int>(out);
    }
    EXPECT_NEAR(with_outlier, 400, 60);
}

TEST(MetricMaker, WrongAnswersKeepTheirSamplesAndSaySo) {
    Scenario scenario = still(4);
    scenario.faults = {fault(FaultKind::WrongAnswer, FaultLevel::Device, 1)};
    const SimulatedMetric result = made(scenario);
    ASSERT_EQ(result.reasons.size(), 1U);
    const auto row = static_cast<std::size_t>(result.reasons[0].row);
    EXPECT_EQ(result.metric.outcome[row], Outcome::WrongAnswer);
    EXPECT_EQ(result.metric.row(row)[4], 1e12);
    EXPECT_EQ(std::ranges::count(result.metric.outcome, Outcome::WrongAnswer), 1);
}

TEST(MetricMaker, EachWayToBeMissingLeavesWhatItsNameSays) {
    struct Expected {
        Missing missing;
        std::size_t rows;
        Outcome outcome;
        std::size_t reasons;
    };
    for (const Expected& expected : {Expected{Missing::Absent, 31, Outcome::Completed, 0},
                                     Expected{Missing::NoNumber, 32, Outcome::Completed, 0},
                                     Expected{Missing::Failed, 33, Outcome::Failed, 2},
                                     Expected{Missing::TimedOut, 33, Outcome::TimedOut, 2},
                                     Expected{Missing::Lost, 33, Outcome::Lost, 2},
                                     Expected{Missing::Skipped, 32, Outcome::Skipped, 1},
                                     Expected{Missing::Excluded, 32, Outcome::Excluded, 1}}) {
        Scenario scenario = still(4, {"gemm", "membw"});
        scenario.faults = {fault(FaultKind::Missing, FaultLevel::Device, 1)};
        scenario.faults[0].metrics = {"gemm"};
        scenario.faults[0].missing = expected.missing;
        scenario.faults[0].attempts = 2;
        const SimulatedMetric result = made(scenario);
        EXPECT_EQ(result.metric.rows(), expected.rows) << to_string(expected.missing);
        EXPECT_EQ(result.reasons.size(), expected.reasons) << to_string(expected.missing);
        const auto without = std::ranges::count_if(result.metric.values,
                                                   [](double value) { return std::isnan(value); });
        EXPECT_EQ(without, static_cast<std::ptrdiff_t>(expected.rows - 31) * 5);
        EXPECT_EQ(std::ranges::count(result.metric.outcome, expected.outcome),
                  expected.outcome == Outcome::Completed
                      ? static_cast<std::ptrdiff_t>(expected.rows)
                      : static_cast<std::ptrdiff_t>(expected.rows) - 31);
        EXPECT_EQ(made(scenario, 1).metric.rows(), 32U);
    }
}

TEST(MetricMaker, MeasuresNodesByTheNode) {
    Scenario scenario = still(10, {"hpl"});
    scenario.metrics[0].scope = Scope::Node;
    scenario.faults = {fault(FaultKind::Slow, FaultLevel::Rack, 1)};
    const Metric metric = made(scenario).metric;
    ASSERT_EQ(metric.rows(), 10U);
    EXPECT_EQ(metric.scope, Scope::Node);
    const int slow = counted(metric)[0.9e12];
    EXPECT_TRUE(slow == 8 || slow == 2) << slow;
}

}  // namespace
}  // namespace rackproof::simulator
