#include "runners/run_watch.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "core/error.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

class RunWatchTest : public testing::Test {
  protected:
    RunWatchTest() {
        start_ = test::sample_fleet_start(2, 2,
                                          {test::sample_case("burn", 0, Scope::Device),
                                           test::sample_case("burn.temperature", 1, Scope::Device),
                                           test::sample_case("host", 2, Scope::Node)});
        start_.manifest.cases[1].lead = 0;
        start_.manifest.cases[1].unit = "degC";
    }
    [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "journal"; }
    static record::Reading reading(const char* sensor, const char* unit, std::int32_t device,
                                   double time_s, double value) {
        return {sensor, unit, Scope::Device, device, 0, time_s, value};
    }

    test::ScratchFolder folder_;
    record::RunStarted start_;
    JournalWriter writer_{path()};
};

TEST_F(RunWatchTest, FollowsAJournalWhileItIsWritten) {
    writer_.append(start_);
    RunWatch watch{path()};
    EXPECT_FALSE(watch.devices()[1].rate);
    EXPECT_FALSE(watch.devices()[1].heard_s);
    writer_.append(record::CellBegun{1, 0, 1, 2});
    writer_.append(record::Operation{1, 1, 2.5, "soak"});
    writer_.append(reading("burnin.rate", "FLOP/s", 1, 3, 1e12));
    writer_.append(reading("cpu.temperature", "degC", 1, 3.5, 71));
    EXPECT_FALSE(watch.devices()[1].rate) << "nothing is read before it is asked for";
    watch.read_on();
    const DeviceWatch& device = watch.devices()[1];
    ASSERT_TRUE(device.rate && device.temperature);
    EXPECT_EQ(device.rate->value, 1e12);
    EXPECT_EQ(device.temperature->value, 71);
    EXPECT_EQ(device.operation, "soak");
    EXPECT_EQ(device.in_flight, 1);
    EXPECT_EQ(device.heard_s, 3.5);
    EXPECT_EQ(watch.devices()[0].in_flight, 0);
    writer_.append(reading("burnin.rate", "FLOP/s", 1, 4, 9e11));
    writer_.append(record::CellEnded{1, 0, Outcome::WrongAnswer, "x", 5});
    watch.read_on();
    EXPECT_EQ(device.rate->value, 9e11);
    EXPECT_EQ(device.in_flight, 0);
    EXPECT_EQ(device.broken, 1);
    EXPECT_EQ(device.ended, 1);
    EXPECT_EQ(watch.cells_ended(), 1);
    EXPECT_EQ(watch.cells_broken(), 1);
    EXPECT_EQ(watch.time_s(), 5);
}

TEST_F(RunWatchTest, AnEntryThatIsBeingWrittenIsReadOnceItIsWhole) {
    writer_.append(start_);
    writer_.append(record::CellEnded{0, 0, Outcome::Completed, "", 1});
    writer_.append(record::CellEnded{1, 0, Outcome::Completed, "", 2});
    std::ifstream whole{path(), std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{whole}, {}};
    const std::filesystem::path other = folder_.path() / "other";
    std::ofstream part{other, std::ios::binary};
    part << bytes.substr(0, bytes.size() - 5) << std::flush;
    RunWatch watch{other};
    EXPECT_EQ(watch.cells_ended(), 1);
    EXPECT_GT(watch.unread_bytes(), 0U);
    part << bytes.substr(bytes.size() - 5) << std::flush;
    watch.read_on();
    EXPECT_EQ(watch.cells_ended(), 2);
    EXPECT_EQ(watch.unread_bytes(), 0U);
}

TEST_F(RunWatchTest, ACaseOfItsOwnIsARateAndACompanionIsNone) {
    writer_.append(start_);
    record::Samples samples;
    samples.cell = 0;
    samples.values = {3, 1, 2};
    writer_.append(samples);
    samples.cell = 4;  // burn.temperature of the same device
    samples.values = {90};
    writer_.append(samples);
    const RunWatch watch{path()};
    ASSERT_TRUE(watch.devices()[0].rate);
    EXPECT_EQ(watch.devices()[0].rate->of, "burn");
    EXPECT_EQ(watch.devices()[0].rate->value, 2);
}

TEST_F(RunWatchTest, ANodesCellsStandWithItsFirstDevice) {
    writer_.append(start_);
    writer_.append(record::CellEnded{9, 0, Outcome::Lost, "gone", 1});  // host, on the second node
    const RunWatch watch{path()};
    EXPECT_EQ(watch.devices()[2].broken, 1);
    EXPECT_EQ(watch.devices()[3].broken, 0);
    EXPECT_EQ(watch.devices()[2].cells, 3);
    EXPECT_EQ(watch.devices()[3].cells, 2);
}

TEST_F(RunWatchTest, ReadingsThatStandTogetherCountAsEachDoes) {
    writer_.append(start_);
    writer_.append(reading("burnin.rate", "FLOP/s", 0, 1, 1e12));
    writer_.append(reading("cpu.temperature", "degC", 1, 1, 60));
    writer_.append(record::Readings{{1, 0, 9}, 2, {0, 0.5F, 0.5F}, {70, 2e12F, 5}});
    const RunWatch watch{path()};
    EXPECT_EQ(watch.devices()[0].rate->value, static_cast<double>(2e12F));
    EXPECT_EQ(watch.devices()[1].temperature->value, 70);
    EXPECT_EQ(watch.devices()[0].heard_s, 2.5);
}

TEST_F(RunWatchTest, OfTheSensorsOfAPowerTheBestStands) {
    writer_.append(start_);
    writer_.append(reading("gpu.power_usage", "W", 0, 1, 400));
    writer_.append(reading("gpu.power_average", "W", 0, 2, 410));
    writer_.append(reading("gpu.power_usage", "W", 0, 3, 390));
    writer_.append(reading("gpu.power_limit", "W", 0, 4, 700));
    const RunWatch watch{path()};
    EXPECT_EQ(watch.devices()[0].power->value, 410);
}

TEST_F(RunWatchTest, AResumedRunHasNotEndedAndNothingIsInFlight) {
    writer_.append(start_);
    writer_.append(record::CellBegun{0, 0, 0, 1});
    writer_.append(record::RunFinished{"2026-11-23T05:00:00Z", false});
    RunWatch watch{path()};
    ASSERT_TRUE(watch.finished());
    EXPECT_FALSE(watch.finished()->complete);
    writer_.append(record::Resumed{"2026-11-23T06:00:00Z", 9, 5, 0});
    watch.read_on();
    EXPECT_FALSE(watch.finished());
    EXPECT_EQ(watch.devices()[0].in_flight, 0);
    EXPECT_EQ(watch.time_s(), 9);
}

TEST_F(RunWatchTest, WhatTheManifestDoesNotHaveCountsForNothing) {
    writer_.append(start_);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const std::int32_t cell : {-1, 10, 1'000'000}) {
        writer_.append(record::CellBegun{cell, 0, 0, 1});
        writer_.append(record::CellEnded{cell, 0, Outcome::Lost, "", 1});
        writer_.append(record::Operation{0, cell, 1, "x"});
        writer_.append(record::Samples{cell, 0, {1}, {}, {}});
        writer_.append(reading("burnin.rate", "FLOP/s", cell, 1, 1));
    }
    writer_.append(reading("burnin.rate", "FLOP/s", 0, nan, 1));
    writer_.append(reading("burnin.rate", "FLOP/s", 0, 1, nan));
    const RunWatch watch{path()};
    EXPECT_EQ(watch.cells_ended(), 0);
    for (const DeviceWatch& device : watch.devices()) EXPECT_FALSE(device.rate);
}

TEST_F(RunWatchTest, WhatBeginsWithNoRunOrABadManifestIsRefused) {
    EXPECT_THROW((void)RunWatch{path()}, InputError);
    start_.manifest.cases[0].stage = 7;
    writer_.append(start_);
    EXPECT_THROW((void)RunWatch{path()}, InputError);
}

}  // namespace
}  // namespace rackproof
