#include "hwcheck/tcp_counters.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

class TcpCountersFile : public ::testing::Test {
  protected:
    void write(const std::string& name, const std::string& text) {
        std::filesystem::create_directories(proc_ / "net");
        std::ofstream{proc_ / "net" / name} << text;
    }

    test::ScratchFolder folder_;
    std::filesystem::path proc_ = folder_.path();
};

constexpr const char* kSnmp =
    "Ip: Forwarding DefaultTTL\nIp: 1 64\n"
    "Tcp: RtoAlgorithm MaxConn InSegs OutSegs RetransSegs InErrs\n"
    "Tcp: 1 -1 300 200 7 0\nUdp: OutSegs RetransSegs\nUdp: 1 2\n";
constexpr const char* kNetstat =
    "TcpExt: SyncookiesSent TCPDSACKRecv TCPDSACKRecvSegs\nTcpExt: 0 3 5\n"
    "IpExt: InNoRoutes\nIpExt: 0\n";

TEST_F(TcpCountersFile, AreFoundByTheirNames) {
    write("snmp", kSnmp);
    write("netstat", kNetstat);
    const auto counters = read_tcp_counters(proc_);
    ASSERT_TRUE(counters);
    EXPECT_EQ(counters->sent, 200);
    EXPECT_EQ(counters->retransmitted, 7);
    EXPECT_EQ(counters->needless, 5);
}

TEST_F(TcpCountersFile, OfAnOlderKernelCountReportsOfTheNeedless) {
    write("snmp", kSnmp);
    write("netstat", "TcpExt: SyncookiesSent TCPDSACKRecv\nTcpExt: 0 3\n");
    const auto counters = read_tcp_counters(proc_);
    ASSERT_TRUE(counters);
    EXPECT_EQ(counters->needless, 3);
}

TEST_F(TcpCountersFile, AreNoneWhereTheFilesSayNothingOfThem) {
    write("netstat", kNetstat);
    EXPECT_FALSE(read_tcp_counters(proc_));
    for (const char* text : {"", "Tcp: OutSegs RetransSegs\n", "Tcp: OutSegs RetransSegs\nTcp: 5\n",
                             "Tcp: OutSegs\nTcp: 5\n", "Tcp: OutSegs RetransSegs\nTcp: many few\n",
                             "Tcp: OutSegs RetransSegs\nTcp: 5 -1\n"}) {
        write("snmp", text);
        EXPECT_FALSE(read_tcp_counters(proc_)) << text;
    }
    write("snmp", kSnmp);
    write("netstat", "TcpExt: SyncookiesSent\nTcpExt: 0\n");
    EXPECT_FALSE(read_tcp_counters(proc_));
}

TEST(TcpCountersOfThisHost, AreThere) { EXPECT_TRUE(read_tcp_counters()); }

}  // namespace
}  // namespace rackproof
