#include "runners/journal_progress.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "core/error.hpp"
#include "runners/journal.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

class JournalProgressTest : public testing::Test {
  protected:
    [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "journal"; }
    test::ScratchFolder folder_;
    JournalWriter writer_{path()};
    record::RunStarted start_ = test::sample_start(
        2, {test::sample_case("a", 0, Scope::Device), test::sample_case("b", 1, Scope::Node)});
};

TEST_F(JournalProgressTest, CountsEachCellOnceWhateverItsAttempts) {
    writer_.append(start_);
    EXPECT_EQ(journal_progress(path()), (JournalProgress{3, 0, {}}));
    writer_.append(record::CellEnded{1, 0, Outcome::Failed, "x", 1});
    writer_.append(record::CellEnded{1, 1, Outcome::Completed, "", 2});
    writer_.append(record::CellEnded{2, 0, Outcome::Completed, "", 3});
    writer_.append(record::CellEnded{2, 0, Outcome::Completed, "", 4});
    EXPECT_EQ(journal_progress(path()), (JournalProgress{3, 2, {}}));
}

TEST_F(JournalProgressTest, SaysHowTheRunEnded) {
    writer_.append(start_);
    writer_.append(record::RunFinished{"2026-11-23T05:00:00Z", false});
    EXPECT_EQ(journal_progress(path()).complete, false);
    writer_.append(record::CellEnded{0, 0, Outcome::Completed, "", 4});
    EXPECT_EQ(journal_progress(path()).complete, std::nullopt) << "resumed, and under way";
    writer_.append(record::RunFinished{"2026-11-23T06:00:00Z", true});
    EXPECT_EQ(journal_progress(path()).complete, true);
}

TEST_F(JournalProgressTest, ReadsWhatIsWhole) {
    writer_.append(start_);
    writer_.append(record::CellEnded{0, 0, Outcome::Completed, "", 1});
    writer_.append(record::CellEnded{1, 0, Outcome::Completed, "", 1});
    std::filesystem::resize_file(path(), std::filesystem::file_size(path()) - 1);
    EXPECT_EQ(journal_progress(path()), (JournalProgress{3, 1, {}}));
}

TEST_F(JournalProgressTest, ACellOutsideTheManifestCountsForNothing) {
    writer_.append(start_);
    writer_.append(record::CellEnded{3, 0, Outcome::Completed, "", 1});
    writer_.append(record::CellEnded{-1, 0, Outcome::Completed, "", 1});
    EXPECT_EQ(journal_progress(path()).ended, 0);
}

TEST_F(JournalProgressTest, WhatBeginsWithNoRunIsRefused) {
    EXPECT_THROW((void)journal_progress(path()), InputError);
    writer_.append(record::CellEnded{0, 0, Outcome::Completed, "", 1});
    EXPECT_THROW((void)journal_progress(path()), InputError);
    EXPECT_THROW((void)journal_progress(folder_.path() / "none"), InputError);
}

}  // namespace
}  // namespace rackproof
