#include "results/run_file_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "core/error.hpp"
#include "results/run_file.hpp"
#include "results/write_columns.hpp"
#include "tests/results/sample_run.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof::run_file {
namespace {

using rackproof::test::bytes_of;
using rackproof::test::sample_run;
using rackproof::test::ScratchFolder;
using ::testing::HasSubstr;

TEST(RunFileWriter, WritesTheBytesOfAWholeRun) {
    const ScratchFolder folder;
    const auto run = sample_run();
    write_run_file(run, folder.path() / "whole.h5");
    auto frame = run;
    frame.metrics.clear();
    frame.reasons.clear();
    frame.ranks.clear();
    RunFileWriter writer{frame, folder.path() / "parts.h5"};
    for (const Metric& metric : run.metrics) writer.add(metric);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "parts.h5")) << "not before it is whole";
    writer.finish(run.reasons, run.ranks);
    EXPECT_EQ(bytes_of(folder.path() / "parts.h5"), bytes_of(folder.path() / "whole.h5"));
}

/// Rows of the sizes that are stored in one piece, in chunks, and as noise.
class Rows final : public TelemetrySource {
  public:
    explicit Rows(std::size_t rows) : rows_{rows} {}
    [[nodiscard]] const std::vector<SensorSeries>& sensors() const override { return sensors_; }
    [[nodiscard]] std::size_t targets(Scope scope) const override {
        return scope == Scope::Node ? 2 : 5;
    }
    [[nodiscard]] std::size_t rows() const override { return rows_; }
    void read_times(std::size_t first, std::span<double> times) override {
        for (double& time : times) time = static_cast<double>(first++);
    }
    void read_values(std::size_t sensor, std::size_t first, std::span<float> values) override {
        const std::size_t width = targets(sensors_[sensor].scope);
        for (std::size_t i = 0; i < values.size(); ++i) {
            std::minstd_rand random{static_cast<unsigned>(first * width + i + 1)};
            random.discard(3);
            values[i] = static_cast<float>(sensor == 0 ? random() % 8 : random());
        }
    }

  private:
    std::size_t rows_;
    std::vector<SensorSeries> sensors_{{"coarse", "degC", Scope::Device, 1, {}},
                                       {"noise", "W", Scope::Device, 0, {}},
                                       {"inlet", "degC", Scope::Node, 0, {}}};
};

rackproof::Run frame_for_rows() {
    rackproof::Run run;
    run.nodes.resize(2);
    run.devices.resize(5);
    for (Device& device : run.devices) device.node = 0;
    return run;
}

TEST(RunFileWriter, WritesTelemetryByRowsToTheBytesOfAWholeRun) {
    const ScratchFolder folder;
    for (const std::size_t rows : {0U, 100U, 5000U, 120'000U}) {
        rackproof::Run run = frame_for_rows();
        Rows by_rows{rows};
        write_run_file(run, by_rows, folder.path() / "by_rows.h5");
        run.telemetry = whole_telemetry(by_rows);
        write_run_file(run, folder.path() / "whole.h5");
        EXPECT_EQ(bytes_of(folder.path() / "by_rows.h5"), bytes_of(folder.path() / "whole.h5"));
        const Telemetry read = read_run_file(folder.path() / "by_rows.h5").telemetry;
        EXPECT_EQ(read.time, run.telemetry.time);
        for (std::size_t i = 0; i < read.sensors.size(); ++i) {
            EXPECT_EQ(read.sensors[i].values, run.telemetry.sensors[i].values) << rows;
        }
    }
}

/// What another writer of the format does: each matrix in one call.
TEST(WriteReadRows, WritesTheBytesOfOneCall) {
    const ScratchFolder folder;
    const hdf5::QuietErrors quiet;
    constexpr std::size_t kRows = 120'000;
    Rows rows{kRows};
    const Telemetry whole = whole_telemetry(rows);
    const auto write = [&](const char* name, auto matrix) {
        hdf5::File file = hdf5::create_file(folder.path() / name);
        for (std::size_t i = 0; i < whole.sensors.size(); ++i) matrix(file.get(), i);
        hdf5::close_file(std::move(file), folder.path() / name);
    };
    write("one.h5", [&](hid_t root, std::size_t i) {
        const SensorSeries& sensor = whole.sensors[i];
        (void)write_numbers<float>(root, sensor.name, sensor.values,
                                   {kRows, rows.targets(sensor.scope)});
    });
    write("rows.h5", [&](hid_t root, std::size_t i) {
        const SensorSeries& sensor = whole.sensors[i];
        (void)write_read_rows<float>(root, sensor.name, kRows, rows.targets(sensor.scope),
                                     [&](std::size_t first, std::span<float> values) {
                                         rows.read_values(i, first, values);
                                     });
    });
    EXPECT_EQ(bytes_of(folder.path() / "rows.h5"), bytes_of(folder.path() / "one.h5"));
}

TEST(RunFileWriter, RefusesTelemetryThatDoesNotAscend) {
    class Back final : public TelemetrySource {
      public:
        [[nodiscard]] const std::vector<SensorSeries>& sensors() const override { return none_; }
        [[nodiscard]] std::size_t targets(Scope) const override { return 0; }
        [[nodiscard]] std::size_t rows() const override { return 200'000; }
        void read_times(std::size_t first, std::span<double> times) override {
            for (double& time : times) time = first++ < 150'000 ? 2 : 1;
        }
        void read_values(std::size_t, std::size_t, std::span<float>) override {}

      private:
        std::vector<SensorSeries> none_;
    };
    const ScratchFolder folder;
    Back back;
    EXPECT_THROW(write_run_file(frame_for_rows(), back, folder.path() / "run.h5"), Error);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(RunFileWriter, RefusesWhatDoesNotFit) {
    const ScratchFolder folder;
    const auto run = sample_run();
    RunFileWriter writer{run, folder.path() / "run.h5"};
    writer.add(run.metrics[0]);
    EXPECT_THROW(writer.add(run.metrics[0]), Error) << "the same again";
    Metric stray = run.metrics[0];
    stray.name = "stray";
    stray.target[0].first = 1'000'000;
    EXPECT_THROW(writer.add(stray), Error);
    const Reason reason{"nowhere", 0, "text"};
    EXPECT_THROW(writer.finish({&reason, 1}, {}), Error);
}

TEST(RunFileWriter, LeavesNothingBehindUnlessFinished) {
    const ScratchFolder folder;
    const auto run = sample_run();
    {
        RunFileWriter writer{run, folder.path() / "run.h5"};
        writer.add(run.metrics[0]);
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    EXPECT_THROW(RunFileWriter(run, folder.path() / "none" / "run.h5"), Error);
}

TEST(PackingOf, PacksWhatShrinksAndLeavesNoiseAlone) {
    std::mt19937_64 random{1};
    std::vector<double> noise(100'000);
    for (double& value : noise) value = 1e12 + static_cast<double>(random() >> 16U);
    std::vector<double> whole_degrees(100'000);
    for (double& value : whole_degrees) value = 60 + static_cast<double>(random() % 8);
    std::vector<std::int32_t> counted(100'000);
    for (std::size_t i = 0; i < counted.size(); ++i) counted[i] = static_cast<std::int32_t>(i);
    const auto packing = [](const auto& values) {
        return packing_of(std::as_bytes(std::span{values}), sizeof values[0]);
    };
    EXPECT_EQ(packing(noise), Packing::None);
    EXPECT_EQ(packing(whole_degrees), Packing::Deflate);
    EXPECT_EQ(packing(counted), Packing::Deflate);
    EXPECT_EQ(packing(std::vector<double>{}), Packing::Deflate);
}

}  // namespace
}  // namespace rackproof::run_file
