#include "runners/rank_records.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "core/error.hpp"
#include "tests/runners/sample_start.hpp"

namespace rackproof {
namespace {

/// Rank 1 of job 5 at device 1; it is at cell 1 (device scope) and cell 2 (node scope), attempt 1.
class RankRecordsTest : public testing::Test {
  protected:
    [[nodiscard]] std::string refusal(const record::Record& record) const {
        try {
            check_record(record, duty_, start_.manifest);
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }
    [[nodiscard]] bool taken(const record::Record& record) const { return refusal(record).empty(); }

    record::RunStarted start_ = test::sample_start(
        2, {test::sample_case("a", 0, Scope::Device), test::sample_case("b", 1, Scope::Node)});
    std::vector<std::int32_t> open_{1, 2};
    RankDuty duty_{5, 1, 0, 1, 1, open_};
};

TEST_F(RankRecordsTest, ItsOwnRecordsAreTaken) {
    EXPECT_TRUE(taken(record::RankPlaced{5, 1, 1, 99, "n001", "0"}));
    EXPECT_TRUE(taken(record::CellBegun{1, 1, 1, 0.5}));
    EXPECT_TRUE(taken(record::Operation{1, 1, 0.5, "multiply"}));
    EXPECT_TRUE(taken(record::Samples{1, 1, {1, 2, 3}, {4, 5, 6}, {}}));
    EXPECT_TRUE(taken(record::RankTimes{2, 1, 1, {1}, {2}, 1e-6}));
    EXPECT_TRUE(taken(record::RankEnded{1, 1, 1, Outcome::TimedOut, "hung", 1, 0.5}));
    EXPECT_TRUE(taken(record::Reading{"t", "degC", Scope::Node, 0, 0, 1, 40}));
    EXPECT_TRUE(taken(record::Fact{"k", Scope::Device, 1, "s", "v"}));
}

TEST_F(RankRecordsTest, NoMoreCardsThanANodeHas) {
    record::RankPlaced placed{5, 1, 1, 99, "n001", "0", {{"mlx5_0"}, {{"NCCL_IB_HCA", {"a"}}}}};
    EXPECT_TRUE(taken(placed));
    placed.nics.nearest = {std::string(70'000, 'x')};
    EXPECT_FALSE(taken(placed));
    placed.nics.nearest.assign(5000, "x");
    EXPECT_FALSE(taken(placed));
    placed.nics.nearest.clear();
    placed.nics.pinned["NCCL_IB_HCA"].assign(5000, "x");
    EXPECT_FALSE(taken(placed));
    placed.nics.pinned.clear();
    for (int i = 0; i < 17; ++i) placed.nics.pinned["V" + std::to_string(i)] = {};
    EXPECT_FALSE(taken(placed));
}

TEST_F(RankRecordsTest, OfAnotherCellOrAttemptNothingIsTaken) {
    EXPECT_FALSE(taken(record::CellBegun{0, 1, 1, 0}));
    EXPECT_FALSE(taken(record::CellBegun{-1, 1, 1, 0}));
    EXPECT_FALSE(taken(record::CellBegun{99, 1, 1, 0}));
    EXPECT_FALSE(taken(record::CellBegun{1, 0, 1, 0}));
    EXPECT_FALSE(taken(record::RankEnded{1, 2, 1, Outcome::Completed, "", 0, 0}));
    duty_.open = {};
    EXPECT_FALSE(taken(record::CellBegun{1, 1, 1, 0}));
}

TEST_F(RankRecordsTest, NothingInAnothersName) {
    EXPECT_FALSE(taken(record::RankPlaced{4, 1, 1, 99, "n001", "0"}));
    EXPECT_FALSE(taken(record::RankPlaced{5, 0, 1, 99, "n001", "0"}));
    EXPECT_FALSE(taken(record::RankPlaced{5, 1, 0, 99, "n001", "0"}));
    EXPECT_FALSE(taken(record::CellBegun{1, 1, 0, 0}));
    EXPECT_FALSE(taken(record::Operation{0, 1, 0, "x"}));
    EXPECT_FALSE(taken(record::RankTimes{2, 1, 0, {1}, {2}, 0}));
    EXPECT_FALSE(taken(record::Reading{"t", "degC", Scope::Node, 1, 0, 1, 40}));
    EXPECT_FALSE(taken(record::Reading{"t", "degC", Scope::Group, 0, 0, 1, 40}));
    EXPECT_FALSE(taken(record::Fact{"k", Scope::Device, 0, "s", "v"}));
}

TEST_F(RankRecordsTest, NoNumberThatIsNone) {
    EXPECT_FALSE(taken(record::Samples{1, 1, {kNoValue}, {}, {}}));
    EXPECT_FALSE(taken(record::Samples{1, 1, {1}, {kNoValue}, {}}));
    EXPECT_FALSE(taken(record::CellBegun{1, 1, 1, kNoValue}));
    EXPECT_FALSE(taken(record::Operation{1, 1, kNoValue, "x"}));
    EXPECT_FALSE(taken(record::RankTimes{2, 1, 1, {kNoValue}, {2}, 0}));
    EXPECT_FALSE(taken(record::RankTimes{2, 1, 1, {1}, {2}, kNoValue}));
    EXPECT_FALSE(taken(record::RankEnded{1, 1, 1, Outcome::Completed, "", 0, -1}));
    EXPECT_FALSE(taken(record::Reading{"t", "degC", Scope::Node, 0, 0, 1, kNoValue}));
}

TEST_F(RankRecordsTest, CountsAreHeldToTheCase) {
    EXPECT_FALSE(taken(record::Samples{1, 1, {}, {}, {}}));
    EXPECT_FALSE(taken(record::Samples{1, 1, {1, 2, 3, 4}, {}, {}}));
    EXPECT_FALSE(taken(record::Samples{1, 1, {1, 2}, {1}, {}}));
    EXPECT_FALSE(taken(record::RankTimes{2, 1, 1, {1}, {1, 2}, 0}));
    EXPECT_FALSE(taken(record::RankTimes{2, 1, 1, {1, 2, 3, 4}, {1, 2, 3, 4}, 0}));
    EXPECT_FALSE(taken(record::Operation{1, 1, 0, std::string(100'000, 'x')}));
    EXPECT_FALSE(taken(record::Fact{"", Scope::Device, 1, "s", "v"}));
    EXPECT_FALSE(taken(record::Reading{"", "degC", Scope::Node, 0, 0, 1, 40}));
}

TEST_F(RankRecordsTest, TheSamplesOfANodeComeFromItsFirstRank) {
    EXPECT_THAT(refusal(record::Samples{2, 1, {1}, {}, {}}),
                testing::HasSubstr("from another rank than the first"));
    duty_.rank = 0;
    EXPECT_TRUE(taken(record::Samples{2, 1, {1}, {}, {}}));
}

TEST_F(RankRecordsTest, TheSamplesOfAPairOfDevicesComeFromTheRankThatIsAtIt) {
    start_.manifest.cases[1].scope = Scope::DevicePair;
    EXPECT_TRUE(taken(record::Samples{2, 1, {1}, {}, {}}));
    EXPECT_FALSE(taken(record::Samples{0, 1, {1}, {}, {}})) << "it is not at that";
}

TEST_F(RankRecordsTest, EventsAreOfTheOwnDeviceOrNode) {
    const auto event = [](std::int32_t node, std::int32_t device, const char* severity,
                          const char* code) {
        return record::Happened{{1.5, node, device, severity, code, "2 new errors"}};
    };
    EXPECT_TRUE(taken(event(0, 1, "error", "gpu_ecc_uncorrected")));
    EXPECT_FALSE(taken(event(0, 0, "error", "gpu_ecc_uncorrected")));
    EXPECT_TRUE(taken(event(0, -1, "error", "port_errors"))) << "of its node";
    EXPECT_FALSE(taken(event(1, -1, "error", "port_errors")));
    EXPECT_FALSE(taken(event(1, 1, "error", "gpu_ecc_uncorrected")));
    EXPECT_FALSE(taken(event(0, 1, "fatal", "gpu_ecc_uncorrected")));
    EXPECT_FALSE(taken(event(0, 1, "error", "")));
    EXPECT_FALSE(taken(event(0, 1, "error", "a/b")));
    EXPECT_FALSE(taken(record::Happened{}));
    EXPECT_FALSE(taken(record::Happened{{kNoValue, 0, 1, "error", "x", ""}}));
}

TEST_F(RankRecordsTest, WhatOnlyTheControllerMaySayIsRefused) {
    EXPECT_FALSE(taken(record::CellEnded{1, 1, Outcome::Completed, "", 0}));
    EXPECT_FALSE(taken(record::RankEnded{1, 1, 1, Outcome::Lost, "", 0, 0}));
    EXPECT_FALSE(taken(record::RankEnded{1, 1, 1, Outcome::Excluded, "", 0, 0}));
    EXPECT_FALSE(taken(record::JobStarted{}));
    EXPECT_FALSE(taken(record::JobEnded{}));
    EXPECT_FALSE(taken(record::RunFinished{"", true}));
    EXPECT_FALSE(taken(start_));
}

}  // namespace
}  // namespace rackproof
