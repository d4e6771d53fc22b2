#include "runners/progress_board.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "tests/runners/sample_start.hpp"

namespace rackproof {
namespace {

std::vector<CaseSpec> one_of_each_scope() {
    std::vector<CaseSpec> cases{test::sample_case("device", 0, Scope::Device),
                                test::sample_case("pair", 1, Scope::NodePair),
                                test::sample_case("group", 2, Scope::Group)};
    cases[1].stage = 1;
    cases[2].stage = 1;
    return cases;
}

/// Of three nodes with two devices each: cells 0 to 5 of devices, 6 of a pair, 7 of the group.
class ProgressBoardTest : public testing::Test {
  protected:
    void measured(std::int32_t cell, std::vector<double> values) {
        record::Samples samples;
        samples.cell = cell;
        samples.values = std::move(values);
        board_.measured(samples);
    }

    record::RunStarted start_ = test::sample_fleet_start(3, 2, one_of_each_scope());
    ProgressBoard board_{start_.manifest};
};

TEST_F(ProgressBoardTest, CountsTheCellsOfEachNodeInEachStage) {
    EXPECT_EQ(board_.count(0, 0), (StageCount{2, 0, 0, 0}));
    EXPECT_EQ(board_.count(0, 1), (StageCount{2, 0, 0, 0})) << "its pair, and the group";
    EXPECT_EQ(board_.count(2, 1), (StageCount{1, 0, 0, 0})) << "it has no partner";
}

TEST_F(ProgressBoardTest, ACellCountsAtEveryNodeThatTakesPart) {
    board_.cell_ended(2, Outcome::Completed);
    board_.cell_ended(3, Outcome::Lost);
    board_.cell_ended(6, Outcome::TimedOut);
    board_.cell_ended(7, Outcome::Skipped);
    board_.cell_ended(0, Outcome::Excluded);
    EXPECT_EQ(board_.count(0, 0), (StageCount{2, 1, 0, 1}));
    EXPECT_EQ(board_.count(1, 0), (StageCount{2, 2, 1, 0}));
    EXPECT_EQ(board_.count(0, 1), (StageCount{2, 2, 1, 0}));
    EXPECT_EQ(board_.count(1, 1), (StageCount{2, 2, 1, 0}));
    EXPECT_EQ(board_.count(2, 1), (StageCount{1, 1, 0, 0})) << "what is skipped is not broken";
}

TEST_F(ProgressBoardTest, KeepsTheLatestNumberOfANode) {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    EXPECT_FALSE(board_.latest(1));
    measured(2, {5, kNaN, 1, 3});
    measured(7, {9});
    measured(3, {kNaN});
    ASSERT_TRUE(board_.latest(1));
    EXPECT_EQ(board_.latest(1)->case_index, 0);
    EXPECT_EQ(board_.latest(1)->value, 3);
    measured(6, {7});
    EXPECT_EQ(board_.latest(1)->case_index, 1);
    EXPECT_EQ(board_.latest(0)->value, 7);
    EXPECT_FALSE(board_.latest(2)) << "the group's number is nobody's";
}

}  // namespace
}  // namespace rackproof
