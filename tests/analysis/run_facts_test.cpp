#include "analysis/run_facts.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using testing::IsEmpty;

std::optional<RunFact> fact(const rackproof::Run& run, const std::string& name) {
    const std::vector<RunFact> facts = run_facts(run);
    const auto found = std::ranges::find(facts, name, &RunFact::name);
    return found == facts.end() ? std::nullopt : std::optional{*found};
}

rackproof::Run some_run() {
    rackproof::Run run = test::make_fleet(3, 1);
    run.environment["kernel"] = "6.1";
    for (Device& device : run.devices) device.driver = "550";
    run.devices[2].driver = "535";
    run.inventory = {{"gpu.vbios@0", Scope::Device, "nvml", {"96", "96", ""}},
                     {"gpu.serial@0", Scope::Device, "nvml", {"1", "2", "3"}}};
    return run;
}

TEST(RunFacts, AreWhatMostSay) {
    const rackproof::Run run = some_run();
    EXPECT_EQ(fact(run, "environment kernel")->value, "6.1");
    EXPECT_EQ(fact(run, "libraries")->value, "blas 1.0");
    EXPECT_EQ(fact(run, "device driver")->value, "550");
    EXPECT_EQ(fact(run, "device driver")->holders, 2);
    EXPECT_EQ(fact(run, "device driver")->known, 3);
    EXPECT_EQ(fact(run, "gpu.vbios")->known, 2);
    EXPECT_FALSE(fact(run, "gpu.serial")) << "each has its own";
    EXPECT_FALSE(fact(run, "device vbios")) << "nobody says";
}

TEST(DifferingFacts, AreThoseThatAreNotTheSameInAll) {
    const rackproof::Run run = some_run();
    EXPECT_THAT(differing_facts({run_facts(run), run_facts(run)}), IsEmpty());
    rackproof::Run other = some_run();
    for (Device& device : other.devices) device.driver = "570";
    other.inventory.clear();
    const auto differences = differing_facts({run_facts(run), run_facts(run), run_facts(other)});
    ASSERT_EQ(differences.size(), 2U);
    EXPECT_EQ(differences[0].name, "device driver");
    EXPECT_EQ(differences[0].of_run[1]->value, "550");
    EXPECT_EQ(differences[0].of_run[2]->value, "570");
    EXPECT_EQ(differences[1].name, "gpu.vbios");
    EXPECT_FALSE(differences[1].of_run[2]) << "the run does not say";
}

}  // namespace
}  // namespace rackproof
