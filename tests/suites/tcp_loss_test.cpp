#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/support/suite_runner.hpp"

namespace rackproof {
namespace {

using test::ScriptedCommunicator;
using test::SuiteRun;

std::string reason_with(int ranks) {
    SuiteRun one{"tcp_loss", "tcp_loss.retransmitted"};
    ScriptedCommunicator together{one.device, ranks};
    one.context.ranks = &together;
    try {
        one.run();
    } catch (const Unsupported& reason) {
        EXPECT_TRUE(one.context.recorded.empty());
        return reason.what();
    }
    return "it ran";
}

TEST(TcpLoss, NeedsTwoRanks) { EXPECT_EQ(reason_with(1), "needs at least 2 ranks"); }

/// Scripted ranks send nothing: no share is made of nothing, and 0 would read as fine.
TEST(TcpLoss, IsNoShareOfWhatDidNotGoOverTcp) {
    EXPECT_EQ(reason_with(2), "the messages of some rank's host did not go over TCP");
}

TEST(TcpLoss, LessIsBetter) {
    const std::vector<CaseSpec> cases = test::cases_for("tcp_loss");
    ASSERT_EQ(cases.size(), 1U);
    EXPECT_EQ(cases[0].better, Direction::LowerIsBetter);
    EXPECT_EQ(cases[0].unit, "1");
    EXPECT_EQ(cases[0].repetitions, 3);
}

}  // namespace
}  // namespace rackproof
