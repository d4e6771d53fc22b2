#include <gmock/gmock.h>

#include "reports/fleet_health_report.hpp"
#include "tests/reports/fleet_health_support.hpp"

namespace rackproof {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(FleetHealthPrometheus, SaysTheLastNightAndWhoFailsAgain) {
    const std::string text = fleet_health_prometheus(test::fleet_of_three_nights(), 1767412800);
    EXPECT_THAT(text, HasSubstr("\nrackproof_fleet_nights 3\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_fleet_last_night_started_time_seconds 1767412800\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_fleet_verdict{verdict=\"fail\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_fleet_nodes{verdict=\"pass\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_fleet_nodes{verdict=\"absent\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_fleet_transitions{transition=\"newly_absent\"} 1\n"));
    EXPECT_THAT(text,
                HasSubstr("\nrackproof_fleet_drift_findings{verdict=\"fail\",waived=\"no\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_fleet_rack_nodes{row=\"A\",rack=\"r1\","
                                "verdict=\"no_data\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_fleet_rack_fail_share{row=\"A\",rack=\"r0\"} 0.5\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_fleet_offender_nights{node=\"n1\",rack=\"r0\","
                                "verdict=\"fail\"} 3\n"));
}

TEST(FleetHealthPrometheus, NamesThatAreAlikeOncePrintableAreOneSeries) {
    FleetHealth health = test::fleet_of_three_nights();
    health.offenders[0].node = {"a\nrackproof_fleet_nights 9\n\\\"", "r", "A"};
    health.offenders[1].node = {"a\rrackproof_fleet_nights 9\r\\\"", "r", "A"};
    const std::string text = fleet_health_prometheus(health, {});
    EXPECT_THAT(text, Not(HasSubstr("\nrackproof_fleet_nights 9")));
    EXPECT_THAT(text,
                HasSubstr("{node=\"a\uFFFDrackproof_fleet_nights 9\uFFFD\\\\\\\"\",rack=\"r\","
                          "verdict=\"fail\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("\\\\\\\"\",rack=\"r\",verdict=\"no_data\"} 2\n"));
}

TEST(FleetHealthPrometheus, WhatIsNotKnownIsNotThere) {
    FleetHealth health = test::fleet_of_three_nights();
    health.nights.resize(1);
    health.offenders.clear();
    for (PlaceHealth& rack : health.racks) rack.period = {};
    const std::string text = fleet_health_prometheus(health, {});
    EXPECT_THAT(text, Not(HasSubstr("time_seconds")));
    EXPECT_THAT(text, Not(HasSubstr("transitions")));
    EXPECT_THAT(text, Not(HasSubstr("fail_share")));
    EXPECT_THAT(text, Not(HasSubstr("offender")));
}

}  // namespace
}  // namespace rackproof
