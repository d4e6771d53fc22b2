#include "core/core_list.hpp"

#include <gtest/gtest.h>

namespace rackproof {
namespace {

TEST(SharedCores, AreThoseOfBothLists) {
    EXPECT_EQ(shared_cores("0-3", "4-7"), "");
    EXPECT_EQ(shared_cores("0-3,8", "2-8"), "2-3,8");
    EXPECT_EQ(shared_cores("8,0-3", "0"), "0");
    EXPECT_EQ(shared_cores("0-1,1-2", "1-9"), "1-2");
    EXPECT_EQ(shared_cores("", "0-3"), "");
}

TEST(SharedCores, WhatIsNoListHoldsNoCores) {
    EXPECT_EQ(shared_cores("x,3-1,-,1-,99999999999", "0-99"), "");
    EXPECT_EQ(shared_cores("0-2147483647", "7"), "7");
}

}  // namespace
}  // namespace rackproof
