#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include "core/error.hpp"
#include "results/run_file.hpp"
#include "tests/results/sample_run.hpp"
#include "tests/support/file_size_limit.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

TEST(FullDisk, AnywhereInAFileIsAnErrorThatNamesItAndLeavesTheOldOne) {
    const test::ScratchFolder folder;
    const std::filesystem::path path = folder.path() / "run.h5";
    const rackproof::Run run = test::sample_run();
    write_run_file(run, path);
    const auto size = std::filesystem::file_size(path);
    const auto written = std::filesystem::last_write_time(path);
    constexpr int kPlaces = 24;
    for (int i = 0; i < kPlaces; ++i) {
        const test::FileSizeLimit limit{size * static_cast<rlim_t>(i) / kPlaces};
        try {
            write_run_file(run, path);
            FAIL() << "written into " << i << " parts of " << kPlaces;
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), ::testing::HasSubstr(path.string()));
            EXPECT_THAT(error.what(), ::testing::HasSubstr("File too large"));
        }
        EXPECT_EQ(std::filesystem::last_write_time(path), written);
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder.path()},
                                std::filesystem::directory_iterator{}),
                  1);
    }
    write_run_file(run, path);  // and HDF5 is as well as it was
    EXPECT_EQ(read_run_file(path).metrics.size(), run.metrics.size());
}

}  // namespace
}  // namespace rackproof
