#include "results/stored_telemetry.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "results/run_file.hpp"
#include "results/run_file_reader.hpp"
#include "results/stored_metrics.hpp"
#include "tests/results/sample_run.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof::run_file {
namespace {

using ::testing::ElementsAre;

/// 20,000 rows of two devices: chunks, and more than one of them.
rackproof::Run long_run() {
    rackproof::Run run;
    run.nodes.resize(1);
    run.devices.resize(2);
    for (Device& device : run.devices) device.node = 0;
    SensorSeries temperature{"t", "degC", Scope::Device, 0.5, {}};
    for (int row = 0; row < 200'000; ++row) {
        run.telemetry.time.push_back(row);
        temperature.values.push_back(static_cast<float>(row % 50));
        temperature.values.push_back(static_cast<float>(100 + row % 50));
    }
    run.telemetry.sensors = {temperature};
    return run;
}

TEST(StoredTelemetry, IsWhatIsReadAsAWhole) {
    const test::ScratchFolder folder;
    for (const rackproof::Run& run : {test::sample_run(), test::empty_run(), long_run()}) {
        write_run_file(run, folder / "run.h5");
        StoredMetrics stored{folder / "run.h5"};
        EXPECT_TRUE(stored.facts().telemetry.time.empty());
        EXPECT_TRUE(stored.facts().telemetry.sensors.empty());
        rackproof::Run again = run;
        again.telemetry = whole_telemetry(stored.telemetry());
        EXPECT_EQ(test::difference(again, run), "");
    }
}

TEST(StoredTelemetry, GivesTheRowsThatAreAskedFor) {
    const test::ScratchFolder folder;
    write_run_file(long_run(), folder / "run.h5");
    StoredMetrics stored{folder / "run.h5"};
    std::vector<float> values(4);
    stored.telemetry().read_values(0, 199'998, values);
    EXPECT_THAT(values, ElementsAre(48, 148, 49, 149));
    std::vector<double> times(2);
    stored.telemetry().read_times(131'071, times);
    EXPECT_THAT(times, ElementsAre(131'071, 131'072));
}

TEST(StoredTelemetry, ARunThatIsReadWholeHasItToo) {
    const test::ScratchFolder folder;
    write_run_file(test::sample_run(), folder / "run.h5");
    RunFileReader stored{folder / "run.h5", RunFileReader::Telemetry::Read};
    EXPECT_EQ(whole_telemetry(stored.telemetry()).time, stored.frame().telemetry.time);
    EXPECT_FALSE(stored.frame().telemetry.time.empty());
}

TEST(StoredTelemetry, OfAnOpenRunStaysInTheFile) {
    const test::ScratchFolder folder;
    write_run_file(test::sample_run(), folder / "run.h5");
    OpenRunFile open{folder / "run.h5"};
    EXPECT_TRUE(open.run().telemetry.time.empty());
    rackproof::Run again = open.run();
    again.telemetry = whole_telemetry(open.telemetry());
    EXPECT_EQ(test::difference(again, test::sample_run()), "");
}

}  // namespace
}  // namespace rackproof::run_file
