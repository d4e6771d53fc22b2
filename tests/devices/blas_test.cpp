#include "devices/cpu/blas.hpp"

#include <gmock/gmock.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <map>

#include "devices/cpu/affinity.hpp"

namespace rackproof::cpu {
namespace {

/// How many of this process's threads the kernel keeps on each list of cores.
std::map<std::string, int> threads_by_cores() {
    std::map<std::string, int> counted;
    for (const auto& task : std::filesystem::directory_iterator{"/proc/self/task"}) {
        std::ifstream status{task.path() / "status"};
        for (std::string line; std::getline(status, line);) {
            constexpr std::string_view kKey = "Cpus_allowed_list:\t";
            if (line.starts_with(kKey)) ++counted[line.substr(kKey.size())];
        }
    }
    return counted;
}

TEST(BlasTest, ThreadsArePinnedOneACore) {
    const std::vector<int> before = this_thread_cores();
    const int threads = use_blas_threads(before);
    // Work must have reached the threads, or they may not be there yet.
    std::vector<double> a(200 * 200, 1.0), c(200 * 200);
    multiply(a.data(), a.data(), c.data(), 200, 200, 200);
    const std::map<std::string, int> pinned = threads_by_cores();
    bind_all_threads(before);
    EXPECT_EQ(threads, static_cast<int>(before.size()));
    for (const int core : before) {
        const auto found = pinned.find(std::to_string(core));
        ASSERT_NE(found, pinned.end()) << "no thread on core " << core;
        EXPECT_GE(found->second, 1);
    }
}

TEST(BlasTest, ThreadsArePinnedWhateverTheEnvironmentSaid) {
    // OpenBLAS reads this once, when it is loaded: so in a process of its own.
    for (const char* setting :
         {"OPENBLAS_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=", "OMP_NUM_THREADS=1"}) {
        std::string program = "/proc/self/exe";
        std::string filter = "--gtest_filter=BlasTest.ThreadsArePinnedOneACore";
        std::string variable = setting;
        std::array<char*, 3> arguments{program.data(), filter.data(), nullptr};
        std::vector<char*> environment{variable.data()};
        for (char** other = environ; *other != nullptr; ++other) {
            const std::string_view text = *other;
            const bool of_threads =
                text.starts_with("OPENBLAS_NUM_THREADS=") || text.starts_with("OMP_NUM_THREADS=");
            if (!of_threads) environment.push_back(*other);
        }
        environment.push_back(nullptr);
        pid_t child = 0;
        ASSERT_EQ(posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments.data(),
                              environment.data()),
                  0);
        int status = -1;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0) << setting;
    }
}

TEST(BlasTest, OneCoreMeansOneThread) {
    const std::vector<int> before = this_thread_cores();
    EXPECT_EQ(use_blas_threads(std::array{before.front()}), 1);
    bind_all_threads(before);
}

TEST(BlasTest, MultipliesRowMajor) {
    const std::array<double, 6> a{1, 2, 3, 4, 5, 6};     // 2 x 3
    const std::array<double, 6> b{1, 0, 0, 1, 10, 100};  // 3 x 2
    std::array<double, 4> c{-1, -1, -1, -1};
    multiply(a.data(), b.data(), c.data(), 2, 2, 3);
    EXPECT_THAT(c, testing::ElementsAre(31, 302, 64, 605));
    const std::array<float, 2> x{2, 3};
    float product = -1;
    multiply(x.data(), x.data(), &product, 1, 1, 2);
    EXPECT_EQ(product, 13);
}

TEST(BlasTest, SaysWhatItIs) {
    EXPECT_THAT(blas_version(), testing::MatchesRegex("OpenBLAS [0-9]+\\.[0-9]+\\.[0-9]+.*"));
    EXPECT_THAT(blas_version(), testing::Not(testing::HasSubstr("MAX_THREADS")));
    EXPECT_FALSE(blas_core().empty());
}

}  // namespace
}  // namespace rackproof::cpu
