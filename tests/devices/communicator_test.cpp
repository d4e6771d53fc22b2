#include "devices/communicator.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <set>

#include "core/error.hpp"

namespace rackproof {
namespace {

TEST(CommunicatorTest, NamesAreDistinct) {
    std::set<std::string_view> names;
    for (const Collective collective : kCollectives) names.insert(to_string(collective));
    EXPECT_EQ(names, (std::set<std::string_view>{"all_reduce", "all_gather", "reduce_scatter",
                                                 "broadcast", "all_to_all", "send_receive"}));
}

TEST(CommunicatorTest, FactorsAreThoseOfNcclTests) {
    EXPECT_DOUBLE_EQ(bus_bandwidth_factor(Collective::AllReduce, 4), 1.5);
    EXPECT_DOUBLE_EQ(bus_bandwidth_factor(Collective::AllReduce, 2), 1.0);
    EXPECT_DOUBLE_EQ(bus_bandwidth_factor(Collective::AllGather, 4), 0.75);
    EXPECT_DOUBLE_EQ(bus_bandwidth_factor(Collective::ReduceScatter, 8), 0.875);
    EXPECT_DOUBLE_EQ(bus_bandwidth_factor(Collective::AllToAll, 2), 0.5);
    EXPECT_DOUBLE_EQ(bus_bandwidth_factor(Collective::Broadcast, 8), 1.0);
    EXPECT_DOUBLE_EQ(bus_bandwidth_factor(Collective::SendReceive, 8), 1.0);
}

TEST(CommunicatorTest, OneRankMovesNothing) {
    EXPECT_DOUBLE_EQ(bus_bandwidth_factor(Collective::AllReduce, 1), 0.0);
    EXPECT_DOUBLE_EQ(bus_bandwidth_factor(Collective::AllToAll, 1), 0.0);
}

TEST(CommunicatorTest, SizesAreRoundedUpToWholeElements) {
    EXPECT_EQ(effective_bytes(Collective::AllReduce, 1, 3), 8);
    EXPECT_EQ(effective_bytes(Collective::Broadcast, 16, 3), 16);
    EXPECT_EQ(effective_bytes(Collective::AllGather, 8, 3), 24);
    EXPECT_EQ(effective_bytes(Collective::AllToAll, 25, 3), 48);
    EXPECT_EQ(effective_bytes(Collective::ReduceScatter, 64, 4), 64);
}

TEST(CommunicatorTest, RoundedSizesHoldTheirContract) {
    for (const Collective collective : kCollectives) {
        for (int ranks = 1; ranks <= 9; ++ranks) {
            for (const std::int64_t bytes : {1, 7, 8, 9, 100, 4096, 268435456}) {
                const std::int64_t moved = effective_bytes(collective, bytes, ranks);
                EXPECT_GE(moved, bytes);
                EXPECT_LT(moved, bytes + 8 * ranks);
                EXPECT_EQ(moved % 8, 0);
                EXPECT_EQ(effective_bytes(collective, moved, ranks), moved);
            }
        }
    }
}

TEST(CommunicatorTest, ImpossibleSizesAreErrors) {
    EXPECT_THROW((void)effective_bytes(Collective::AllReduce, 0, 2), Error);
    EXPECT_THROW((void)effective_bytes(Collective::AllReduce, -8, 2), Error);
    EXPECT_THROW((void)effective_bytes(Collective::AllReduce, 8, 0), Error);
    EXPECT_THROW((void)bus_bandwidth_factor(Collective::Broadcast, 0), Error);
    EXPECT_THROW((void)effective_bytes(Collective::AllToAll,
                                       std::numeric_limits<std::int64_t>::max() - 1, 3),
                 Error);
}

}  // namespace
}  // namespace rackproof
