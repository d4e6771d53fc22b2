#include "core/outcome.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <set>
#include <string_view>

namespace rackproof {
namespace {

TEST(Outcome, NumbersAreThoseOfTheRunFile) {
    EXPECT_EQ(static_cast<int>(Outcome::Completed), 0);
    EXPECT_EQ(static_cast<int>(Outcome::WrongAnswer), 1);
    EXPECT_EQ(static_cast<int>(Outcome::Failed), 2);
    EXPECT_EQ(static_cast<int>(Outcome::TimedOut), 3);
    EXPECT_EQ(static_cast<int>(Outcome::Lost), 4);
    EXPECT_EQ(static_cast<int>(Outcome::Skipped), 5);
    EXPECT_EQ(static_cast<int>(Outcome::Excluded), 6);
    EXPECT_EQ(std::size(kAllOutcomes), 7U);
}

TEST(Outcome, NamesAreThoseOfTheRunFile) {
    EXPECT_EQ(to_string(Outcome::Completed), "completed");
    EXPECT_EQ(to_string(Outcome::WrongAnswer), "wrong_answer");
    EXPECT_EQ(to_string(Outcome::Failed), "failed");
    EXPECT_EQ(to_string(Outcome::TimedOut), "timed_out");
    EXPECT_EQ(to_string(Outcome::Lost), "lost");
    EXPECT_EQ(to_string(Outcome::Skipped), "skipped");
    EXPECT_EQ(to_string(Outcome::Excluded), "excluded");
}

TEST(Outcome, NameAndNumberLeadBackToEach) {
    std::set<std::string_view> names;
    for (const Outcome outcome : kAllOutcomes) {
        EXPECT_EQ(outcome_from(to_string(outcome)), outcome);
        EXPECT_EQ(outcome_from(static_cast<std::uint8_t>(outcome)), outcome);
        names.insert(to_string(outcome));
    }
    EXPECT_EQ(names.size(), std::size(kAllOutcomes)) << "two outcomes share a name";
}

TEST(Verdict, ItsNameLeadsBackToIt) {
    for (const Verdict verdict : {Verdict::Pass, Verdict::Watch, Verdict::NoData, Verdict::Fail}) {
        EXPECT_EQ(verdict_from(to_string(verdict)), verdict);
    }
    for (const std::string_view name : {"", "Pass", "unknown", "lost"}) {
        EXPECT_FALSE(verdict_from(name)) << name;
    }
}

TEST(Outcome, UnknownNamesAndNumbersAreNone) {
    for (const std::string_view name : {"", "Completed", "completed ", "pass", "unknown"}) {
        EXPECT_FALSE(outcome_from(name)) << name;
    }
    EXPECT_FALSE(outcome_from(std::uint8_t{7}));
    EXPECT_FALSE(outcome_from(std::uint8_t{255}));
}

TEST(Outcome, OutOfRangeIsNamedUnknownAndNeverCompleted) {
    EXPECT_EQ(to_string(static_cast<Outcome>(99)), "unknown");
    EXPECT_EQ(to_string(static_cast<Verdict>(99)), "unknown");
}

TEST(Verdict, HasTheNamesOfTheVerdictFile) {
    EXPECT_EQ(to_string(Verdict::Pass), "pass");
    EXPECT_EQ(to_string(Verdict::Watch), "watch");
    EXPECT_EQ(to_string(Verdict::Fail), "fail");
    EXPECT_EQ(to_string(Verdict::NoData), "no_data");
}

TEST(Verdict, WorstIsFailThenNoDataThenWatchThenPass) {
    constexpr Verdict kBestFirst[] = {Verdict::Pass, Verdict::Watch, Verdict::NoData,
                                      Verdict::Fail};
    for (std::size_t a = 0; a < std::size(kBestFirst); ++a) {
        for (std::size_t b = 0; b < std::size(kBestFirst); ++b) {
            EXPECT_EQ(worst(kBestFirst[a], kBestFirst[b]), kBestFirst[a > b ? a : b]);
        }
    }
}

}  // namespace
}  // namespace rackproof
