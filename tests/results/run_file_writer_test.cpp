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
