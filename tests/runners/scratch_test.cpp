#include "runners/scratch.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <optional>

namespace rackproof {
namespace {

TEST(ScratchTest, GoesWithWhatIsInIt) {
    std::filesystem::path path;
    {
        const Scratch scratch;
        path = scratch.path();
        std::filesystem::create_directories(path / "a" / "b");
        std::ofstream{path / "a" / "b" / "segment"} << "x";
        EXPECT_TRUE(std::filesystem::exists(path));
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ScratchTest, LeavesOthersAlone) {
    const Scratch first;
    const Scratch second;
    EXPECT_NE(first.path(), second.path());
    EXPECT_TRUE(std::filesystem::exists(first.path()));
}

TEST(ScratchTest, ClearsAwayWhatAKilledProcessHasLeft) {
    std::filesystem::path left;
    {
        const Scratch scratch;
        left = scratch.path();
    }
    std::filesystem::create_directories(left);  // as if nobody had cleared it
    std::ofstream{left / "vader_segment"} << "x";
    const Scratch next;
    EXPECT_FALSE(std::filesystem::exists(left));
}

}  // namespace
}  // namespace rackproof
