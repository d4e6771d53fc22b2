#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <string>

#include "core/error.hpp"
#include "results/run_file.hpp"
#include "tests/results/sample_run.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

/// While alive, no file of this process grows beyond so many bytes: writing fails as it does on a
/// full disk.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) {
        ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit limit = before_;
        limit.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, SIG_DFL);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

  private:
    rlimit before_{};
};

TEST(FullDisk, AnywhereInAFileIsAnErrorThatNamesItAndLeavesTheOldOne) {
    const test::ScratchFolder folder;
    const std::filesystem::path path = folder.path() / "run.h5";
    const rackproof::Run run = test::sample_run();
    write_run_file(run, path);
    const auto size = std::filesystem::file_size(path);
    const auto written = std::filesystem::last_write_time(path);
    constexpr int kPlaces = 24;
    for (int i = 0; i < kPlaces; ++i) {
        const FileSizeLimit limit{size * static_cast<rlim_t>(i) / kPlaces};
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
