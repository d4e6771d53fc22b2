#include "hwcheck/tcp_counters.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

class TcpCountersFile : public ::testing::Test {
  protected:
    void write(const std::string& text) {
        std::filesystem::create_directories(proc_ / "net");
        std::ofstream{proc_ / "net" / "snmp"} << text;
    }

    test::ScratchFolder folder_;
    std::filesystem::path proc_ = folder_.path();
};

TEST_F(TcpCountersFile, AreFoundByTheirNames) {
    write(
        "Ip: Forwarding DefaultTTL\nIp: 1 64\n"
        "Tcp: RtoAlgorithm MaxConn InSegs OutSegs RetransSegs InErrs\n"
        "Tcp: 1 -1 300 200 7 0\nUdp: OutSegs RetransSegs\nUdp: 1 2\n");
    const auto counters = read_tcp_counters(proc_);
    ASSERT_TRUE(counters);
    EXPECT_EQ(counters->sent, 200);
    EXPECT_EQ(counters->retransmitted, 7);
}

TEST_F(TcpCountersFile, AreNoneWhereTheFileSaysNothingOfThem) {
    EXPECT_FALSE(read_tcp_counters(proc_));
    for (const char* text : {"", "Tcp: OutSegs RetransSegs\n", "Tcp: OutSegs RetransSegs\nTcp: 5\n",
                             "Tcp: OutSegs\nTcp: 5\n", "Tcp: OutSegs RetransSegs\nTcp: many few\n",
                             "Tcp: OutSegs RetransSegs\nTcp: 5 -1\n"}) {
        write(text);
        EXPECT_FALSE(read_tcp_counters(proc_)) << text;
    }
}

TEST(TcpCountersOfThisHost, AreThere) { EXPECT_TRUE(read_tcp_counters()); }

}  // namespace
}  // namespace rackproof
