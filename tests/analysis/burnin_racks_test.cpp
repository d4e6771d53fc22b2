// Racks of 64 devices in a burn-in, over seeds: what is planted is found, and nobody else. A few
// seeds each; RACKPROOF_SEEDS=50 (label long) for as many as docs/measured.md has.

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <set>

#include "tests/analysis/judge_support.hpp"
#include "tests/support/scripted_curves.hpp"

namespace rackproof {
namespace {

using test::CurveScript;
using test::Plant;
using test::Planted;

int rack_seeds() {
    constexpr int kFew = 4;
    const char* wanted = std::getenv("RACKPROOF_SEEDS");
    return wanted == nullptr ? kFew : std::max(std::atoi(wanted), 1);
}

/// Thermal resistances that spread by 5 %: 3 % are each device's own, 4 % its place in the loop,
/// half of it by the slot and half by the place in the node. Sensor of 1 degC, inlet within 0.5 K,
/// power within 2 %.
CurveScript rack_of_64(int seed) {
    CurveScript script;
    script.seed = static_cast<std::uint64_t>(seed);
    script.period_s = 5;
    return script;
}

std::size_t planted_device(int seed) { return static_cast<std::size_t>(seed * 29 % 64); }

struct Outcome64 {
    Verdict planted = Verdict::Pass;
    int others_failed = 0;
    std::set<std::string> rules;  ///< of the planted device's findings
};

Outcome64 outcome_of(const CurveScript& script, const Plant& plant) {
    const rackproof::Run run = scripted_burnin(script, plant);
    const Device& device = run.devices[plant.device];
    const std::string node = run.nodes[static_cast<std::size_t>(device.node)].name;
    Outcome64 outcome;
    for (const Finding& finding : judge(run, Policy{}).findings) {
        const bool own = finding.node == node && finding.device == std::to_string(device.index);
        if (plant.what != Planted::Nothing && own) {
            outcome.planted = worst(outcome.planted, finding.verdict);
            outcome.rules.insert(finding.rule);
        } else if (finding.verdict == Verdict::Fail) {
            ++outcome.others_failed;
        }
    }
    return outcome;
}

TEST(BurninRacks, FailNoHealthyDevice) {
    int failed = 0;
    for (int seed = 1; seed <= rack_seeds(); ++seed) {
        failed += outcome_of(rack_of_64(seed), {}).others_failed;
    }
    EXPECT_EQ(failed, 0);
}

TEST(BurninRacks, FindAColdPlateThatIsAQuarterWorse) {
    int found = 0;
    int others = 0;
    for (int seed = 1; seed <= rack_seeds(); ++seed) {
        const Plant plant{Planted::BadColdPlate, planted_device(seed), 0.25, 0};
        const Outcome64 outcome = outcome_of(rack_of_64(seed), plant);
        found += outcome.planted == Verdict::Fail ? 1 : 0;
        others += outcome.others_failed;
    }
    EXPECT_GE(found, std::ceil(0.99 * rack_seeds()));
    EXPECT_EQ(others, 0);
}

TEST(BurninRacks, CallACloggedLoopTheirOwnFault) {
    for (int seed = 1; seed <= rack_seeds(); ++seed) {
        CurveScript script = rack_of_64(seed);
        script.racks = 4;
        script.period_s = 10;
        const Judgement judgement =
            judge(scripted_burnin(script, {Planted::CloggedLoop, 0, 0.2, 0}), Policy{});
        int of_rack = 0;
        for (const Finding& finding : judgement.findings) {
            EXPECT_TRUE(finding.verdict != Verdict::Fail || finding.level == Level::Rack)
                << finding.sentence;
            if (finding.level == Level::Rack && finding.rack == "r0") ++of_rack;
        }
        EXPECT_EQ(of_rack, 1) << seed;
    }
}

/// Two racks of 64, the first of them `clogged`.
CurveScript two_racks_of_64(int seed, double clogged) {
    CurveScript script = rack_of_64(seed);
    script.racks = 2;
    script.period_s = 10;
    script.clogged = clogged;
    return script;
}

TEST(BurninRacks, CallACloggedLoopOfTwoTheWorseOnesFault) {
    for (int seed = 1; seed <= rack_seeds(); ++seed) {
        const Judgement judgement = judge(scripted_burnin(two_racks_of_64(seed, 0.2)), Policy{});
        int of_rack = 0;
        for (const Finding& finding : judgement.findings) {
            EXPECT_TRUE(finding.verdict != Verdict::Fail || finding.level == Level::Rack)
                << seed << " " << finding.sentence;
            if (finding.level != Level::Rack) continue;
            ++of_rack;
            EXPECT_EQ(finding.rack, "r0");
            EXPECT_EQ(finding.verdict, Verdict::Fail);
            EXPECT_EQ(finding.metric, "burnin.bf16.thermal_resistance");
            EXPECT_NEAR(*finding.deviation, -0.2, 0.05);
        }
        EXPECT_EQ(of_rack, 1) << seed;
    }
}

TEST(BurninRacks, OfTwoThatAreCleanNobodyIsNamed) {
    int failed = 0;
    int racks = 0;
    for (int seed = 1; seed <= rack_seeds(); ++seed) {
        const Judgement judgement = judge(scripted_burnin(two_racks_of_64(seed, 0)), Policy{});
        for (const Finding& finding : judgement.findings) {
            failed += finding.verdict == Verdict::Fail ? 1 : 0;
            racks += finding.level == Level::Rack ? 1 : 0;
        }
    }
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(racks, 0);
}

TEST(BurninRacks, FindAColdPlateBesideAndInsideACloggedLoop) {
    int found = 0;
    for (int seed = 1; seed <= rack_seeds(); ++seed) {
        for (const std::size_t rack : {0U, 1U}) {
            const auto device = 64 * rack + planted_device(seed);
            const rackproof::Run run = scripted_burnin(two_racks_of_64(seed, 0.2),
                                                       {Planted::BadColdPlate, device, 0.38, 0});
            const std::string node =
                run.nodes[static_cast<std::size_t>(run.devices[device].node)].name;
            for (const NodeVerdict& each : judge(run, Policy{}).nodes) {
                const bool failed = each.verdict == Verdict::Fail;
                if (each.node == node) found += failed ? 1 : 0;
                EXPECT_TRUE(each.node == node || !failed) << seed << " " << each.node;
            }
        }
    }
    EXPECT_GE(found, std::floor(0.97 * 2 * rack_seeds()));
}

TEST(BurninRacks, SayWhichSensorLies) {
    for (const Planted what : {Planted::SensorFreezes, Planted::SensorJumps, Planted::SensorDies}) {
        for (int seed = 1; seed <= rack_seeds(); ++seed) {
            const double at = 0.05 + 0.7 * seed / rack_seeds();
            const Plant plant{what, planted_device(seed), 0, at};
            const Outcome64 outcome = outcome_of(rack_of_64(seed), plant);
            EXPECT_TRUE(outcome.rules.contains("sensor")) << static_cast<int>(what) << " " << seed;
            EXPECT_GE(outcome.planted, Verdict::NoData);
            EXPECT_EQ(outcome.others_failed, 0);
        }
    }
}

TEST(BurninRacks, SayWhatThrottles) {
    for (int seed = 1; seed <= rack_seeds(); ++seed) {
        const Plant plant{Planted::Throttles, planted_device(seed), 0, 0};
        const Outcome64 outcome = outcome_of(rack_of_64(seed), plant);
        EXPECT_TRUE(outcome.rules.contains("throttle")) << seed;
        EXPECT_EQ(outcome.planted, Verdict::Fail);
        EXPECT_EQ(outcome.others_failed, 0);
    }
}

}  // namespace
}  // namespace rackproof
