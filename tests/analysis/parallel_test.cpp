#include "analysis/parallel.hpp"

#include <gmock/gmock.h>

#include <stdexcept>
#include <string>

namespace rackproof {
namespace {

TEST(ForEachIndex, DoesEachOnceWhateverTheNumberOfThreads) {
    for (const std::size_t threads : {0U, 1U, 3U, 50U}) {
        std::vector<int> done(20, 0);
        for_each_index(done.size(), threads, [&](std::size_t i) { ++done[i]; });
        EXPECT_THAT(done, ::testing::Each(1)) << threads;
    }
    for_each_index(0, 2, [](std::size_t) { FAIL(); });
}

TEST(ForEachIndex, RethrowsOfTheFirstThatThrew) {
    try {
        for_each_index(10, 4, [](std::size_t i) {
            if (i >= 3) throw std::runtime_error{std::to_string(i)};
        });
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "3");
    }
}

}  // namespace
}  // namespace rackproof
