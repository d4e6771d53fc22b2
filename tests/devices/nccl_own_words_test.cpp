#include "devices/nccl/own_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rackproof::nccl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kStart =
    "n1:71:71 [0] NCCL INFO Bootstrap: Using eth0:10.0.0.1<0>\n"
    "n1:71:90 [0] NCCL INFO Using network IB\n"
    "n1:71:90 [0] NCCL INFO NVLS multicast support is available on dev 0\n"
    "n1:71:90 [0] NCCL INFO Channel 00/0 : 0[0] -> 1[1] via P2P/CUMEM/read\n"
    "n1:71:90 [0] NCCL INFO Channel 01/0 : 0[0] -> 1[1] via P2P/CUMEM/read\n"
    "n1:71:90 [0] NCCL INFO Channel 02/0 : 7[7] -> 8[0] [send] via NET/IB/3(2)/GDRDMA/Shared\n"
    "n1:71:90 [0] NCCL INFO Channel 02/0 : 15[7] -> 0[0] [receive] via NET/IB/0/GDRDMA/Shared\n";

TEST(OwnWords, KnowsHowItIsConnected) {
    OwnWords words;
    words.read(kStart);
    EXPECT_EQ(words.network(), "IB");
    EXPECT_EQ(words.nvls(), true);
    EXPECT_THAT(words.transports(), ElementsAre("NET/IB/GDRDMA/Shared", "P2P/CUMEM/read"));
}

TEST(OwnWords, GoesOnInTheMiddleOfALine) {
    OwnWords whole;
    whole.read(kStart);
    OwnWords pieces;
    for (const char* c = kStart; *c != '\0'; ++c) pieces.read(std::string_view{c, 1});
    EXPECT_EQ(pieces.transports(), whole.transports());
    EXPECT_EQ(pieces.network(), "IB");
}

TEST(OwnWords, KnowsWhatWasChosenLast) {
    OwnWords words;
    words.read(
        "n1:71:71 [0] NCCL INFO AllReduce: 8 Bytes -> Algo RING proto LL channel{Lo..Hi}={0..1}\n"
        "n1:71:71 [0] NCCL INFO AllReduce: 1073741824 Bytes -> Algo NVLS proto SIMPLE "
        "channel{Lo..Hi}={0..15}\n"
        "n1:71:71 [0] NCCL INFO Broadcast: 8 Bytes -> Algo TREE proto LL128 "
        "channel{Lo..Hi}={3..3}\n");
    ASSERT_TRUE(words.choice("AllReduce"));
    EXPECT_EQ(words.choice("AllReduce")->algorithm, "NVLS");
    EXPECT_EQ(words.choice("AllReduce")->protocol, "SIMPLE");
    EXPECT_EQ(words.choice("AllReduce")->channels, 16);
    EXPECT_EQ(words.choice("Broadcast")->channels, 1);
    EXPECT_FALSE(words.choice("AllGather"));
}

TEST(OwnWords, ReadsTheNumbersOfOlderOnes) {
    OwnWords words;
    words.read(
        "n1:71:71 [0] NCCL INFO AllGather: 1024 Bytes -> Algo 1 proto 2 time 12.5\n"
        "n1:71:71 [0] NCCL INFO AllReduce: 1024 Bytes -> Algo 77 proto 0 time 12.5\n");
    EXPECT_EQ(words.choice("AllGather")->algorithm, "RING");
    EXPECT_EQ(words.choice("AllGather")->protocol, "SIMPLE");
    EXPECT_EQ(words.choice("AllGather")->channels, 0);
    EXPECT_EQ(words.choice("AllReduce")->algorithm, "77");
}

TEST(OwnWords, WhatIsNotSaidIsNotKnown) {
    OwnWords words;
    words.read("rubbish\n\nn1:71:71 [0] NCCL WARN Channel 00/0 via NET/Socket/0\n");
    EXPECT_THAT(words.transports(), IsEmpty());
    EXPECT_EQ(words.network(), "");
    EXPECT_EQ(words.nvls(), std::nullopt);
    words.read("n1:1:1 [0] NCCL INFO NVLS multicast support is not available on dev 0\n");
    EXPECT_EQ(words.nvls(), false);
}

TEST(OwnWords, ALineWithoutEndIsForgotten) {
    OwnWords words;
    for (int i = 0; i < 1000; ++i) words.read(std::string(1000, 'x'));
    words.read("\n");
    words.read(kStart);
    EXPECT_EQ(words.network(), "IB");
}

}  // namespace
}  // namespace rackproof::nccl
