#include "analysis/compared_metric.hpp"

#include <gmock/gmock.h>

#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

TEST(ComparedMetric, IsOfTheLastAttemptsOfTargetsMeasuredLikeMost) {
    rackproof::Run run = test::make_fleet(4, 2);
    Metric& metric =
        test::add_metric(run, {}, [](std::size_t i) { return 1.0 + static_cast<double>(i); });
    metric.parameters = R"({"m":64})";
    test::add_retest(metric, 1, 1, Outcome::Completed, 20);
    test::end_row(run, metric, 2, Outcome::Failed, "x");
    run.variants.push_back({R"({"m":64})", "other", "blas 1.0", "memory"});
    metric.variant[5] = 1;
    const ComparedMetric compared = compared_metric(Survey{run}, metric);
    EXPECT_THAT(compared.values, testing::ElementsAre(1, 20, 4, 5, 7, 8));
    EXPECT_THAT(compared.node, testing::ElementsAre(0, 0, 1, 2, 3, 3));
    EXPECT_THAT(compared.rack, testing::ElementsAre(0, 0, 0, 0, 0, 0));
    EXPECT_EQ(compared.missing, 1);
    EXPECT_EQ(compared.left_out, 1);
    EXPECT_EQ(compared.like.algorithm, "tiled");
    EXPECT_EQ(compared.parameters, R"({"m":64})");
}

TEST(ClocksPolicy, IsWhatMostHaveAgainstTheirDefaults) {
    rackproof::Run run = test::make_fleet(4, 1);
    EXPECT_EQ(clocks_policy(run), "");
    run.inventory = {
        {"gpu.power_limit_default_w", Scope::Device, "nvml", {"700", "700", "700", "x"}},
        {"gpu.power_limit_enforced_w", Scope::Device, "nvml", {"490", "490", "700", "490"}}};
    EXPECT_EQ(clocks_policy(run), "power limit at 70 %");
    const std::vector<std::string> clocks(4, "1980000000");
    run.inventory.push_back({"gpu.application_clock_default_hz", Scope::Device, "nvml", clocks});
    run.inventory.push_back({"gpu.application_clock_hz", Scope::Device, "nvml", clocks});
    EXPECT_EQ(clocks_policy(run), "power limit at 70 %");
    run.inventory.back().values = {"1980000000", "990000000", "990000000", ""};
    EXPECT_EQ(clocks_policy(run), "power limit at 70 %, application clock at 50 %");
    run.inventory.back().values = clocks;
    run.inventory[0].key = "gpu.power_limit_default_w@1";
    EXPECT_EQ(clocks_policy(run), "");
}

/// A burn-in of 4 nodes of 2 devices: rate and power, by device.
rackproof::Run with_power(const std::string& kind) {
    rackproof::Run run = test::make_fleet(4, 2);
    for (Device& device : run.devices) device.kind = kind;
    test::add_metric(run, {.name = "burnin.bf16", .suite = "burnin"},
                     [](std::size_t i) { return 1e12 * static_cast<double>(1 + i); });
    test::add_metric(
        run,
        {.name = "burnin.bf16.power", .suite = "burnin", .unit = "W", .better = Direction::None},
        [](std::size_t i) { return 100 * static_cast<double>(2 + i); });
    run.variants.push_back({"{}", "gpu.power_average", "", ""});
    for (std::int32_t& variant : run.metrics[1].variant) variant = 1;
    return run;
}

std::optional<ComparedMetric> energy_of(const rackproof::Run& run) {
    return energy_per_operation(Survey{run}, run.metrics[0], run.metrics[1]);
}

TEST(EnergyPerOperation, IsEachDevicesPowerByItsRate) {
    rackproof::Run run = with_power("gpu");
    test::end_row(run, run.metrics[1], 3, Outcome::Skipped, "no sensor");
    const std::optional<ComparedMetric> energy = energy_of(run);
    ASSERT_TRUE(energy);
    EXPECT_EQ(energy->identity.name, "burnin.bf16.energy_per_operation");
    EXPECT_EQ(energy->identity.unit, "J");
    EXPECT_EQ(energy->identity.better, Direction::LowerIsBetter);
    EXPECT_EQ(energy->like.algorithm, "tiled, power: gpu.power_average");
    ASSERT_EQ(energy->values.size(), 7U);
    EXPECT_DOUBLE_EQ(energy->values[0], 200e-12);
    EXPECT_DOUBLE_EQ(energy->values[1], 150e-12);
    EXPECT_DOUBLE_EQ(energy->values[3], 600 / 5e12);
    EXPECT_EQ(energy->missing, 1);
}

TEST(EnergyPerOperation, IsNotMadeOfTheHostsPowerThatSeveralDevicesShare) {
    EXPECT_FALSE(energy_of(with_power("cpu")));
    rackproof::Run run = with_power("gpu");
    for (std::size_t row = 0; row < 8; ++row) {
        test::end_row(run, run.metrics[1], row, Outcome::Skipped, "no sensor");
    }
    EXPECT_FALSE(energy_of(run));
}

}  // namespace
}  // namespace rackproof
