#include "analysis/sensitivity.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "analysis/simulator/fleet_simulator.hpp"
#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_steady_metric;
using rackproof::test::make_fleet;

TEST(Crossing, IsWhereTheFunctionReachesZero) {
    const auto found = crossing([](double x) { return x * x - 2; }, 0, 1);
    ASSERT_TRUE(found);
    EXPECT_NEAR(*found, std::sqrt(2.0), 2e-4);
}

TEST(Crossing, OfWhatIsThereAlreadyIsTheStart) {
    EXPECT_EQ(crossing([](double x) { return x; }, 3, 1), 3.0);
}

TEST(Crossing, IsNoneWhereNothingReachesIt) {
    EXPECT_EQ(crossing([](double) { return -1.0; }, 0, 1), std::nullopt);
}

simulator::Scenario fleet_of(std::int32_t nodes, std::int32_t devices, simulator::Tail tail) {
    simulator::Scenario scenario;
    scenario.nodes = nodes;
    scenario.devices_per_node = devices;
    simulator::MetricModel metric;
    metric.name = "gemm.bf16";
    metric.unit = "FLOP/s";
    metric.centre = 7e14;
    metric.tail = tail;
    scenario.metrics.push_back(metric);
    return scenario;
}

rackproof::Run simulated(const simulator::Scenario& scenario, std::uint64_t seed) {
    return simulator::simulate(simulator::FleetSimulator{scenario, seed});
}

/// What the judge says that it could have seen on one level of a run of one metric.
std::optional<double> slowdown_on(const Judgement& judgement, Level level) {
    const auto found = std::ranges::find(judgement.sensitivity, level, &Sensitivity::level);
    return found == judgement.sensitivity.end() ? std::nullopt : found->slowdown;
}

/// An oracle that knows spread and tail would see what lies beyond 1 - q/n of the healthy, less the
/// tenth of them on the better side: 4.8 and 1.28 spreads for q = 0.001 and n = 1280. The judge
/// allows for tails that it cannot exclude.
TEST(Sensitivity, OfANormalFleetIsNotFarFromThatOfAnOracle) {
    const Judgement judgement = judge(simulated(fleet_of(160, 8, simulator::Tail::Normal), 1), {});
    const auto slowdown = slowdown_on(judgement, Level::Device);
    ASSERT_TRUE(slowdown);
    EXPECT_GE(*slowdown, (4.80 + 1.28) * 0.01);
    EXPECT_LE(*slowdown, 1.5 * (4.80 + 1.28) * 0.01);
}

TEST(Sensitivity, IsAtLeastWhatThePolicyLetsMatter) {
    simulator::Scenario scenario = fleet_of(160, 8, simulator::Tail::Normal);
    scenario.metrics[0].spread = 0.002;
    Policy policy;
    policy.min_effect = 0.08;
    const auto slowdown = slowdown_on(judge(simulated(scenario, 1), policy), Level::Device);
    ASSERT_TRUE(slowdown);
    EXPECT_NEAR(*slowdown, 0.08 + 1.28 * 0.002, 0.001);
}

TEST(Sensitivity, OfHeavyTailsIsLess) {
    const Judgement normal = judge(simulated(fleet_of(160, 8, simulator::Tail::Normal), 1), {});
    const Judgement heavy = judge(simulated(fleet_of(160, 8, simulator::Tail::StudentT3), 1), {});
    EXPECT_GT(slowdown_on(heavy, Level::Device).value_or(1),
              2 * *slowdown_on(normal, Level::Device));
}

TEST(Sensitivity, OfANodeAsAWholeIsMore) {
    const Judgement judgement = judge(simulated(fleet_of(160, 8, simulator::Tail::Normal), 1), {});
    ASSERT_TRUE(slowdown_on(judgement, Level::Node));
    EXPECT_LT(*slowdown_on(judgement, Level::Node), *slowdown_on(judgement, Level::Device));
}

TEST(Sensitivity, OfTooFewPeersIsNone) {
    rackproof::Run run = make_fleet(3, 1);
    add_steady_metric(run, {}, 7e14);
    const Judgement judgement = judge(run, {});
    ASSERT_EQ(judgement.sensitivity.size(), 1U);
    EXPECT_EQ(judgement.sensitivity[0].level, std::nullopt);
    EXPECT_EQ(judgement.sensitivity[0].slowdown, std::nullopt);
}

TEST(Sensitivity, IsNotAskedOfWhatHasNoDirectionOrNoNumber) {
    rackproof::Run run = make_fleet(16, 1);
    add_steady_metric(run, {.name = "clock", .better = Direction::None}, 1e9);
    Metric& skipped = add_steady_metric(run, {.name = "membw"}, 1e12);
    for (Outcome& outcome : skipped.outcome) outcome = Outcome::Skipped;
    EXPECT_TRUE(judge(run, {}).sensitivity.empty());
}

TEST(Sensitivity, WithoutAnyDiscoveryAllowedIsNone) {
    Policy policy;
    policy.fail_q = 0;
    const Judgement judgement =
        judge(simulated(fleet_of(16, 8, simulator::Tail::Normal), 1), policy);
    EXPECT_EQ(slowdown_on(judgement, Level::Device), std::nullopt);
}

struct FleetShape {
    std::int32_t nodes;
    std::int32_t devices;
    simulator::Tail tail;
    Level level;
    Direction better = Direction::HigherIsBetter;
    friend void PrintTo(const FleetShape& shape, std::ostream* out) {
        *out << shape.nodes << " x " << shape.devices << ", tail " << static_cast<int>(shape.tail)
             << ", " << to_string(shape.level);
    }
};

class SlowdownSeen : public ::testing::TestWithParam<FleetShape> {
  protected:
    /// Plants in each of many fleets one fault of so many times the size that the judge says it
    /// could have seen there: the share of the fleets in which it fails.
    static double recall(double times, int trials) {
        const FleetShape& shape = GetParam();
        simulator::Scenario scenario = fleet_of(shape.nodes, shape.devices, shape.tail);
        scenario.metrics[0].better = shape.better;
        if (shape.tail == simulator::Tail::StudentT3) scenario.metrics[0].spread = 0.004;
        int found = 0;
        for (int trial = 0; trial < trials; ++trial) {
            const auto seed = static_cast<std::uint64_t>(trial);
            scenario.faults.clear();
            const auto slowdown = slowdown_on(judge(simulated(scenario, seed), {}), shape.level);
            if (!slowdown) continue;
            simulator::FaultPlan fault;
            fault.level = planted_on(shape.level);
            fault.count = 1;
            fault.size = simulator::Range{times * *slowdown, times * *slowdown};
            scenario.faults.push_back(fault);
            const Judgement judgement = judge(simulated(scenario, seed), {});
            const bool fails = std::ranges::any_of(judgement.findings, [&](const Finding& finding) {
                return finding.verdict == Verdict::Fail && finding.level == shape.level;
            });
            found += fails ? 1 : 0;
        }
        return static_cast<double>(found) / trials;
    }

  private:
    static simulator::FaultLevel planted_on(Level level) {
        if (level == Level::Rack) return simulator::FaultLevel::Rack;
        return level == Level::Node ? simulator::FaultLevel::Node : simulator::FaultLevel::Device;
    }
};

TEST_P(SlowdownSeen, FailsNineTimesInTenAndAThirdLessDoesNot) {
    EXPECT_GE(recall(1, 60), 0.8);
    EXPECT_LE(recall(0.67, 12), 0.75);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, SlowdownSeen,
    ::testing::Values(FleetShape{9, 8, simulator::Tail::Normal, Level::Device},
                      FleetShape{40, 8, simulator::Tail::Normal, Level::Device,
                                 Direction::LowerIsBetter},
                      FleetShape{40, 8, simulator::Tail::Skewed, Level::Device},
                      FleetShape{40, 8, simulator::Tail::StudentT3, Level::Device},
                      FleetShape{72, 1, simulator::Tail::Normal, Level::Device},
                      FleetShape{16, 4, simulator::Tail::Normal, Level::Device},
                      FleetShape{9, 8, simulator::Tail::Normal, Level::Node},
                      FleetShape{40, 8, simulator::Tail::Normal, Level::Node},
                      FleetShape{40, 8, simulator::Tail::Normal, Level::Rack}));

}  // namespace
}  // namespace rackproof
