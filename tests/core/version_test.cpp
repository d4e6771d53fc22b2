#include "core/version.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include "tests/support/source_folder.hpp"

namespace rackproof {
namespace {

TEST(Version, IsTheOneOfTheProject) {
    std::ifstream file{test::source_folder() / "CMakeLists.txt"};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    std::smatch found;
    ASSERT_TRUE(std::regex_search(text, found, std::regex{R"(VERSION (\d+\.\d+\.\d+))"}));
    EXPECT_EQ(found[1].str(), kVersion);
}

}  // namespace
}  // namespace rackproof
