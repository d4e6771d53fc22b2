// Fans and pumps beside a burn-in, through the whole judge.

#include "analysis/cooling.hpp"

#include <gmock/gmock.h>

#include "tests/analysis/judge_support.hpp"
#include "tests/support/scripted_curves.hpp"

namespace rackproof {
namespace {

using test::by_rule;
using test::CurveScript;
using test::Plant;
using test::Planted;
using test::scripted_burnin;
using test::verdict_of;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Eight nodes of two devices, whose fans are read every five seconds.
CurveScript air_script(std::uint64_t seed) {
    CurveScript script;
    script.seed = seed;
    script.devices = 2;
    script.period_s = 5;
    script.fans = 3;
    script.has_pump = true;
    return script;
}

/// Of the only finding by the rule.
Finding only_fan(const rackproof::Run& run, const Policy& policy = {}) {
    const std::vector<Finding> found = by_rule(judge(run, policy), "fan");
    EXPECT_THAT(found, SizeIs(1));
    return found.empty() ? Finding{} : found.front();
}

TEST(Cooling, OfCleanRacksIsNotToldOf) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CurveScript script = air_script(seed);
        script.fan_spread = seed % 2 == 0 ? 0.03 : 0.12;
        EXPECT_THAT(by_rule(judge(scripted_burnin(script), Policy{}), "fan"), IsEmpty()) << seed;
    }
}

TEST(Cooling, NamesTheNodeWhoseFanStands) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const auto run = scripted_burnin(air_script(seed), {Planted::FanStops, 6, 0, 0.5});
        const Finding fan = only_fan(run);
        EXPECT_EQ(fan.node, "r0n3");
        EXPECT_EQ(fan.level, Level::Node);
        EXPECT_EQ(fan.verdict, Verdict::Fail);
        EXPECT_THAT(fan.sentence, AllOf(HasSubstr("fan hwmon.bmc.fan1 stood still for 10.0 min"),
                                        HasSubstr("from 10.0 min into the soak on"),
                                        HasSubstr("peers' turn at 7")));
        EXPECT_THAT(fan.action, HasSubstr("plug"));
        EXPECT_EQ(verdict_of(judge(run, Policy{}), "r0n3"), Verdict::Fail);
    }
}

TEST(Cooling, NamesAFanThatStandsWithoutPeers) {
    CurveScript script = air_script(3);
    script.nodes = 1;
    EXPECT_EQ(only_fan(scripted_burnin(script, {Planted::FanStops, 0, 0, 0.5})).verdict,
              Verdict::Fail);
    script.nodes = 4;
    EXPECT_EQ(only_fan(scripted_burnin(script, {Planted::FanStops, 0, 0, 0.5})).node, "r0n0");
}

TEST(Cooling, NamesAFanThatNeverTurnedWhereThoseOfFewPeersDo) {
    for (const int nodes : {2, 3, 4}) {
        CurveScript script = air_script(3);
        script.nodes = nodes;
        const Finding fan = only_fan(scripted_burnin(script, {Planted::FanStops, 2, 0, 0}));
        EXPECT_EQ(fan.node, "r0n1") << nodes;
        EXPECT_EQ(fan.verdict, Verdict::Fail) << nodes;
    }
    CurveScript alone = air_script(3);
    alone.nodes = 1;
    EXPECT_THAT(
        by_rule(judge(scripted_burnin(alone, {Planted::FanStops, 0, 0, 0}), Policy{}), "fan"),
        IsEmpty())
        << "nothing tells it from a place without a fan";
}

TEST(Cooling, SaysNothingOfFansThatAllStand) {
    CurveScript script = air_script(4);
    script.fan_speed = 0;
    EXPECT_THAT(by_rule(judge(scripted_burnin(script), Policy{}), "fan"), IsEmpty());
}

TEST(Cooling, SaysSinceWhenAFanIsSlower) {
    for (const int nodes : {1, 8}) {
        CurveScript script = air_script(5);
        script.nodes = nodes;
        const Finding fan = only_fan(scripted_burnin(script, {Planted::FanSlows, 0, 0.4, 0.6}));
        EXPECT_EQ(fan.node, "r0n0");
        EXPECT_EQ(fan.verdict, Verdict::Watch);
        EXPECT_THAT(fan.sentence, AllOf(HasSubstr("slowed down to 6"),
                                        HasSubstr("since 12.7 min into the soak")));
    }
}

TEST(Cooling, HoldsSpeedsAgainstTheUsualOne) {
    const auto slow = [](double size) {
        return only_fan(scripted_burnin(air_script(6), {Planted::FanIsSlow, 4, size}));
    };
    EXPECT_EQ(slow(0.4).verdict, Verdict::Watch);
    EXPECT_EQ(slow(0.4).node, "r0n2");
    EXPECT_THAT(slow(0.4).sentence, HasSubstr("% slower than usual"));
    EXPECT_EQ(slow(0.6).verdict, Verdict::Fail);
    const Finding fast = only_fan(scripted_burnin(air_script(6), {Planted::FanIsFast, 4, 0.6}));
    EXPECT_EQ(fast.verdict, Verdict::Watch);
    EXPECT_THAT(fast.sentence, HasSubstr("asks for more"));
    EXPECT_THAT(
        by_rule(judge(scripted_burnin(air_script(6), {Planted::FanIsSlow, 4, 0.2}), Policy{}),
                "fan"),
        IsEmpty());
}

TEST(Cooling, LeavesTheFansOfACoolerNodeAlone) {
    auto run = scripted_burnin(air_script(7), {Planted::FanIsSlow, 4, 0.4});
    for (SensorSeries& sensor : run.telemetry.sensors) {
        if (sensor.name != "gpu.temperature") continue;
        for (std::size_t i = 0; i < sensor.values.size(); ++i) {
            if (i % 16 == 4 || i % 16 == 5) sensor.values[i] -= 9;
        }
    }
    EXPECT_THAT(by_rule(judge(run, Policy{}), "fan"), IsEmpty());
}

TEST(Cooling, SaysThatASensorIsReadNoMore) {
    const Finding fan = only_fan(scripted_burnin(air_script(8), {Planted::FanUnread, 2, 0, 0.5}));
    EXPECT_EQ(fan.verdict, Verdict::Watch);
    EXPECT_THAT(fan.sentence,
                HasSubstr("was read for the last time 9.9 min into a soak of 20.0 min"));
    auto run = scripted_burnin(air_script(8), {Planted::FanUnread, 2, 0, 0.0});
    EXPECT_THAT(only_fan(run).sentence, HasSubstr("never read in the soak"));
}

TEST(Cooling, IsTheRacksWhereAllItsNodesHaveIt) {
    CurveScript script = air_script(9);
    script.racks = 5;
    const auto run = scripted_burnin(script, {Planted::PumpsStop, 0, 0, 0.5});
    const Judgement judgement = judge(run, Policy{});
    const std::vector<Finding> found = by_rule(judgement, "fan");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found.front().level, Level::Rack);
    EXPECT_EQ(found.front().rack, "r0");
    EXPECT_EQ(found.front().verdict, Verdict::Fail);
    EXPECT_THAT(found.front().sentence, AllOf(HasSubstr("8 of its nodes"), HasSubstr("pump")));
    EXPECT_EQ(verdict_of(judgement, "r0n3"), Verdict::Watch);
    EXPECT_EQ(verdict_of(judgement, "r1n3"), Verdict::Pass);
}

TEST(Cooling, GivesSpeedsThatLimitsAreHeldAgainst) {
    Policy policy;
    Limit limit;
    limit.pattern = "burnin.*.fan_speed.hwmon.bmc.fan2";
    limit.unit = "1/s";
    limit.min = 200;
    limit.source = "the fan's data sheet";
    policy.limits.push_back(limit);
    const Judgement judgement = judge(scripted_burnin(air_script(10)), policy);
    EXPECT_THAT(by_rule(judgement, "limit"),
                Each(testing::Field(&Finding::verdict, Verdict::Fail)));
    EXPECT_FALSE(by_rule(judgement, "limit").empty());
}

}  // namespace
}  // namespace rackproof
