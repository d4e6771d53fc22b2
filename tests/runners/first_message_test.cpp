#include "runners/first_message.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace rackproof {
namespace {

using std::chrono::milliseconds;

milliseconds later(const std::map<std::string, std::string>& environment) {
    return later_than_the_first_node([&](const char* name) -> const char* {
        const auto found = environment.find(name);
        return found == environment.end() ? nullptr : found->second.c_str();
    });
}

TEST(FirstMessage, TheSecondNodeComesLater) {
    EXPECT_EQ(later({{"SLURM_NODEID", "1"}, {kSecondNodeLaterVariable, "500"}}), milliseconds{500});
    EXPECT_EQ(later({{"SLURM_NODEID", "0"}, {kSecondNodeLaterVariable, "500"}}), milliseconds{0});
    EXPECT_EQ(later({{"SLURM_NODEID", "1"}}), milliseconds{0});
    EXPECT_EQ(later({{kSecondNodeLaterVariable, "500"}}), milliseconds{0});
}

TEST(FirstMessage, WhatIsMalformedDelaysNobody) {
    for (const char* text : {"", "x", "5x", "-5", "10001", "99999999999999999999", " 5"}) {
        EXPECT_EQ(later({{"SLURM_NODEID", "1"}, {kSecondNodeLaterVariable, text}}), milliseconds{0})
            << text;
    }
}

}  // namespace
}  // namespace rackproof
