#include "results/run_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "results/run_columns.hpp"
#include "tests/results/sample_run.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using test::ScratchFolder;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Run there_and_back(const Run& run) {
    const ScratchFolder folder;
    write_run_file(run, folder / "run.h5");
    return read_run_file(folder / "run.h5");
}

std::size_t entries_in(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{folder}, {}));
}

TEST(RunFile, EveryPartComesBackAsItWas) {
    const auto run = test::sample_run();
    EXPECT_EQ(test::difference(run, there_and_back(run)), "");
}

TEST(RunFile, AnEmptyRunComesBackEmpty) {
    const auto run = test::empty_run();
    EXPECT_EQ(test::difference(run, there_and_back(run)), "");
}

TEST(RunFile, ColumnsThatAreStoredInChunksComeBack) {
    auto run = test::sample_run();
    Metric& metric = run.metrics.emplace_back();
    metric.name = "large";
    metric.repetitions = 5;
    for (std::int32_t i = 0; i < 60'000; ++i) {
        metric.add_row({i % 4, -1}, i / 4, Outcome::Completed);
        metric.values[5 * static_cast<std::size_t>(i) + 2] = 1e12 + i;
    }
    for (int i = 0; i < 5'000; ++i)
        run.events.push_back({1.0 * i, 0, 0, "info", "c", "é" + std::to_string(i)});
    EXPECT_EQ(test::difference(run, there_and_back(run)), "");
}

TEST(RunFile, AnAttributeMayBeLargerThanAnObjectHeader) {
    auto run = test::sample_run();
    run.environment["command line"] = std::string(200'000, 'x');
    run.metrics[0].parameters = R"({"list":")" + std::string(100'000, 'y') + "\"}";
    EXPECT_EQ(test::difference(run, there_and_back(run)), "");
}

TEST(RunFile, ThousandsOfColumnsShareTheAxisOfTheNodes) {
    auto run = test::sample_run();
    for (int i = 0; i < 5'000; ++i) {
        run.inventory.push_back({"key" + std::to_string(i), Scope::Node, "s", {"a", "b", "c"}});
    }
    EXPECT_EQ(test::difference(run, there_and_back(run)), "");
}

TEST(RunFile, TheSameRunGivesTheSameBytes) {
    const ScratchFolder folder;
    write_run_file(test::sample_run(), folder / "a.h5");
    write_run_file(test::empty_run(), folder / "other.h5");
    write_run_file(test::sample_run(), folder / "b.h5");
    EXPECT_EQ(test::bytes_of(folder / "a.h5"), test::bytes_of(folder / "b.h5"));
}

TEST(RunFile, AReadRunIsWrittenAsTheSameBytes) {
    const ScratchFolder folder;
    write_run_file(test::sample_run(), folder / "a.h5");
    write_run_file(read_run_file(folder / "a.h5"), folder / "b.h5");
    EXPECT_EQ(test::bytes_of(folder / "a.h5"), test::bytes_of(folder / "b.h5"));
}

TEST(RunFile, ReplacesAnOlderFileAndLeavesNothingBeside) {
    const ScratchFolder folder;
    test::write_bytes(folder / "run.h5", "old");
    write_run_file(test::sample_run(), folder / "run.h5");
    EXPECT_EQ(read_run_file(folder / "run.h5").plan_name, test::sample_run().plan_name);
    EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(RunFile, AFailedWriteLeavesTheOldFileAndNothingBeside) {
    const ScratchFolder folder;
    test::write_bytes(folder / "run.h5", "old");
    auto run = test::sample_run();
    run.metrics[0].name = "GB/s";
    EXPECT_THAT([&] { write_run_file(run, folder / "run.h5"); },
                ThrowsMessage<Error>(HasSubstr("GB/s")));
    EXPECT_EQ(test::bytes_of(folder / "run.h5"), "old");
    EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(RunFile, WritingWhereNothingCanBeSaysWhere) {
    const ScratchFolder folder;
    EXPECT_THAT([&] { write_run_file(test::empty_run(), folder / "no" / "run.h5"); },
                ThrowsMessage<Error>(HasSubstr("no/run.h5")));
}

TEST(RunFile, TextsThatAreNoUtf8AreMadeFit) {
    auto run = test::sample_run();
    run.events[0].text = std::string{"a\0b\xFFz", 5};
    EXPECT_EQ(there_and_back(run).events[0].text, "a\uFFFDb\uFFFDz");
}

TEST(RunFile, LongTextsOfEventsAndReasonsAreCut) {
    auto run = test::sample_run();
    run.events[0].text = std::string(1'000'000, 'e');
    run.reasons[0].text = std::string(1'000'000, 'r');
    const auto back = there_and_back(run);
    EXPECT_EQ(back.events[0].text, std::string(run_file::kLongestProse - 3, 'e') + "...");
    EXPECT_EQ(back.reasons[0].text.size(), run_file::kLongestProse);
}

TEST(RunFile, ReadingSaysWhatIsNoRunFile) {
    const ScratchFolder folder;
    test::write_bytes(folder / "text.h5", "not HDF5 at all");
    test::write_bytes(folder / "empty.h5", "");
    for (const char* name : {"text.h5", "empty.h5", "missing.h5", "."}) {
        EXPECT_THAT([&] { static_cast<void>(read_run_file(folder / name)); },
                    ThrowsMessage<InputError>(HasSubstr((folder / name).native())))
            << name;
    }
}

}  // namespace
}  // namespace rackproof
