#include "app/meter_file.hpp"

#include <gmock/gmock.h>

#include "app/utility_file.hpp"
#include "tests/support/refusal.hpp"

namespace rackproof {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::string meter_refusal(const std::string& text) {
    return test::refusal([&] { (void)parse_meter(text, "m.csv"); });
}

std::string utility_refusal(const std::string& text) {
    return test::refusal([&] { (void)parse_utility(text, "u.toml"); });
}

TEST(MeterFile, ReadsEitherKindOfTimeAndAnyOfItsUnits) {
    const PowerSeries utc = parse_meter(
        "feeder,time,power_kW\nA,1970-01-01T00:00:01.5Z,2\nA,1970-01-01T01:00:02+01:00,3e0\n",
        "m.csv");
    EXPECT_THAT(utc.time_s, ElementsAre(1.5, 2));
    EXPECT_THAT(utc.power_w, ElementsAre(2000, 3000));
    const PowerSeries unix = parse_meter("time,power_MW\r\n1.25,-1\r\n1.5,0.5\r\n", "m.csv");
    EXPECT_THAT(unix.time_s, ElementsAre(1.25, 1.5));
    EXPECT_THAT(unix.power_w, ElementsAre(-1e6, 5e5));
}

TEST(MeterFile, RefusesWhatIsNoSeriesWithItsPlace) {
    EXPECT_THAT(meter_refusal(""), HasSubstr("m.csv:1:1: is empty"));
    EXPECT_THAT(meter_refusal("time,power\n1,2\n"), HasSubstr("power_W, power_kW or power_MW"));
    EXPECT_THAT(meter_refusal("time,power_w\n1,2\n"), HasSubstr("m.csv:1:1"));
    EXPECT_THAT(meter_refusal("time,power_mW\n1,2\n"), HasSubstr("m.csv:1:1")) << "milli";
    EXPECT_THAT(meter_refusal("time,power_W,power_kW\n1,2,3\n"), HasSubstr("m.csv:1:14"));
    EXPECT_THAT(meter_refusal("time,power_W\n1,2\n2\n"), HasSubstr("m.csv:3:1: 1 fields"));
    EXPECT_THAT(meter_refusal("time,power_W\n1,2\nnoon,3\n"), HasSubstr("m.csv:3:1"));
    EXPECT_THAT(meter_refusal("time,power_W\n1,2\n2,nan\n"), HasSubstr("m.csv:3:3"));
    EXPECT_THAT(meter_refusal("time,power_W\n1,2\n2,1e999\n"), HasSubstr("m.csv:3:3"));
    EXPECT_THAT(meter_refusal("time,power_W\n1,2\n1,3\n"), HasSubstr("not after"));
    EXPECT_THAT(meter_refusal("time,power_W\n1,2\n"), HasSubstr("fewer than two"));
}

constexpr const char* kUtility = R"(source = "annex 4"
[range]
max = 2
unit = "MW"
[ramp]
max = 500
unit = "kW/s"
window_s = 1
[[band]]
from_hz = 0.1
to_hz = 2
max = 100
unit = "kW"
)";

TEST(UtilityFile, HoldsAllThatAUtilityMayAskFor) {
    const UtilityLimits utility = parse_utility(kUtility, "u.toml");
    EXPECT_EQ(utility.source, "annex 4");
    ASSERT_THAT(utility.limits, SizeIs(3));
    EXPECT_EQ(utility.limits[0].most, 2e6);
    EXPECT_EQ(utility.limits[1].kind, SwingLimit::Kind::Ramp);
    EXPECT_EQ(utility.limits[1].most, 5e5);
    EXPECT_EQ(utility.limits[1].window_s, 1);
    EXPECT_EQ(utility.limits[2].kind, SwingLimit::Kind::Band);
    EXPECT_EQ(utility.limits[2].from_hz, 0.1);
    EXPECT_EQ(utility.limits[2].most, 1e5);
}

TEST(UtilityFile, RefusesWhatIsNoLimitWithItsPlace) {
    const auto with = [](const std::string& from, const std::string& to) {
        std::string text = kUtility;
        return text.replace(text.find(from), from.size(), to);
    };
    EXPECT_THAT(utility_refusal(with("\"MW\"", "\"MVA\"")),
                AllOf(HasSubstr("u.toml:4:"), HasSubstr("W, kW or MW")));
    EXPECT_THAT(utility_refusal(with("\"kW/s\"", "\"kW\"")),
                AllOf(HasSubstr("u.toml:7:"), HasSubstr("W/s, kW/s or MW/s")));
    EXPECT_THAT(utility_refusal(with("max = 2\n", "max = 0\n")), HasSubstr("more than 0"));
    EXPECT_THAT(utility_refusal(with("window_s = 1\n", "")), HasSubstr("window_s"));
    EXPECT_THAT(utility_refusal(with("to_hz = 2\n", "to_hz = 0.05\n")), HasSubstr("above"));
    EXPECT_THAT(utility_refusal(with("to_hz = 2\n", "to_hz = 200\n")), HasSubstr("above 20"));
    EXPECT_THAT(utility_refusal(with("[range]", "[rage]")), HasSubstr("rage"));
    EXPECT_THAT(utility_refusal(with("source = \"annex 4\"\n", "")), HasSubstr("source"));
    EXPECT_THAT(utility_refusal("source = \"x\"\n"), HasSubstr("[range], [ramp] or [[band]]"));
}

}  // namespace
}  // namespace rackproof
