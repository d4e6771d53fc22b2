#include "suites/swing_wave.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "suites/parameters_check.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::Le;
using testing::SizeIs;

std::vector<std::string> wave_names(const Parameters& given) {
    std::vector<std::string> all;
    for (const SwingWave& wave : waves_of(with_defaults(*find_suite("power_swing"), given))) {
        all.push_back(name_of(wave));
    }
    return all;
}

double worked_s(const std::vector<Stretch>& work) {
    return std::accumulate(work.begin(), work.end(), 0.0, [](double sum_s, const Stretch& each) {
        return sum_s + each.to_s - each.from_s;
    });
}

TEST(SwingWave, RisesInStagesAndSweepsFrequenciesAsPeopleWriteThem) {
    Parameters given;
    given.set("from_hz", 0.1);
    given.set("to_hz", 5.0);
    given.set("stages", std::int64_t{2});
    given.set("shapes", std::vector<std::string>{"step", "square"});
    EXPECT_THAT(
        wave_names(given),
        ElementsAre("step.50pct", "square_0.1Hz.50pct", "square_0.2Hz.50pct", "square_0.5Hz.50pct",
                    "square_1Hz.50pct", "square_2Hz.50pct", "square_5Hz.50pct", "step.100pct",
                    "square_0.1Hz.100pct", "square_0.2Hz.100pct", "square_0.5Hz.100pct",
                    "square_1Hz.100pct", "square_2Hz.100pct", "square_5Hz.100pct"));
}

TEST(SwingWave, OneFrequencyIsOneWaveAndOddEndsAreKept) {
    Parameters given;
    given.set("shapes", std::vector<std::string>{"square"});
    given.set("stages", std::int64_t{1});
    given.set("from_hz", 3.0);
    given.set("to_hz", 3.0);
    EXPECT_THAT(wave_names(given), ElementsAre("square_3Hz.100pct"));
    given.set("to_hz", 7.0);
    EXPECT_THAT(wave_names(given),
                ElementsAre("square_3Hz.100pct", "square_5Hz.100pct", "square_7Hz.100pct"));
    given.set("to_hz", 2.0);
    EXPECT_THROW((void)wave_names(given), InputError);
}

TEST(SwingWave, EachSquareWaveLastsAsLongAsAskedForAndThreePeriods) {
    Parameters given;
    given.set("wave_s", 8.0);
    given.set("stages", std::int64_t{1});
    for (const SwingWave& wave : waves_of(with_defaults(*find_suite("power_swing"), given))) {
        if (wave.shape != SwingShape::Square) {
            EXPECT_EQ(wave.periods, 1);
            continue;
        }
        EXPECT_GE(wave.periods, 3);
        EXPECT_GE(wave.duration_s(), 8 - 1e-9);
    }
}

TEST(SwingWave, FullLoadIsOneStretchOfHalfThePeriod) {
    const std::vector<Stretch> work = work_of({SwingShape::Square, 0.5, 1, 3});
    ASSERT_THAT(work, SizeIs(1));
    EXPECT_DOUBLE_EQ(work[0].from_s, 0);
    EXPECT_DOUBLE_EQ(work[0].to_s, 0.25);
}

TEST(SwingWave, LessIsAShareOfTheTimeInPiecesTooShortToBeSeen) {
    const SwingWave wave{SwingShape::Square, 0.5, 0.3, 3};
    const std::vector<Stretch> work = work_of(wave);
    EXPECT_THAT(work, SizeIs(50));
    EXPECT_NEAR(worked_s(work), 0.3 * 0.25, 1e-9);
    for (std::size_t i = 1; i < work.size(); ++i) EXPECT_GE(work[i].from_s, work[i - 1].to_s);
    EXPECT_LE(work.back().to_s, 0.25);
}

TEST(SwingWave, ARampRisesAndFallsEvenly) {
    const SwingWave wave{SwingShape::Ramp, 2, 1, 1};
    const std::vector<Stretch> work = work_of(wave);
    EXPECT_NEAR(worked_s(work), 0.5 * 2, 1e-3);
    const auto half = std::ranges::find_if(work, [](const Stretch& s) { return s.from_s >= 0.5; });
    EXPECT_NEAR(worked_s({work.begin(), half}), 0.125, 2e-3);
}

TEST(SwingWave, RanksLookFourTimesASecondAndNeverAtAnEdge) {
    for (const double period_s : {20.0, 10.0, 1.0, 0.75, 0.55, 0.5, 0.2, 0.05, 0.02}) {
        const std::vector<double> looks = looks_of({SwingShape::Square, period_s, 1, 1});
        const double most_apart_s = std::max(0.25, period_s / 4);
        ASSERT_FALSE(looks.empty());
        EXPECT_THAT(looks, Each(AllOf(Ge(0.0), Le(period_s))));
        for (const double look : looks) {
            EXPECT_GT(std::abs(look - period_s / 2), period_s * 1e-3) << period_s;
            EXPECT_GT(look, 0);
            EXPECT_LT(look, period_s);
        }
        for (std::size_t i = 1; i < looks.size(); ++i) {
            EXPECT_LE(looks[i] - looks[i - 1], most_apart_s + 1e-9) << period_s;
        }
    }
}

}  // namespace
}  // namespace rackproof
