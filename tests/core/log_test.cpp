#include "core/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace rackproof {
namespace {

template <class Write>
std::string stderr_of(Write write) {
    testing::internal::CaptureStderr();
    write();
    return testing::internal::GetCapturedStderr();
}

TEST(Log, EachLevelHasItsPrefix) {
    EXPECT_EQ(stderr_of([] { log_info("two nodes"); }), "rackproof: two nodes\n");
    EXPECT_EQ(stderr_of([] { log_warning("slow"); }), "rackproof: warning: slow\n");
    EXPECT_EQ(stderr_of([] { log_error("gone"); }), "rackproof: error: gone\n");
}

TEST(Log, ForeignTextForgesNoLine) {
    EXPECT_EQ(stderr_of([] { log_info("node a\nrackproof: all passed\x1b[2J"); }),
              "rackproof: node a\uFFFDrackproof: all passed\uFFFD[2J\n");
}

TEST(Log, LinesOfSeveralThreadsDoNotMix) {
    constexpr int kThreads = 4;
    constexpr int kLines = 200;
    const std::string text(100, 'x');
    const std::string written = stderr_of([&] {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < kThreads; ++thread) {
            threads.emplace_back([&] {
                for (int line = 0; line < kLines; ++line) log_info(text);
            });
        }
    });
    std::istringstream lines{written};
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        ASSERT_EQ(line, "rackproof: " + text);
    }
    EXPECT_EQ(count, kThreads * kLines);
}

}  // namespace
}  // namespace rackproof
