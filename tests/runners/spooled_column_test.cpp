#include "runners/spooled_column.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <numeric>

#include "core/error.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::Each;

constexpr std::size_t kPiece = 64 * 1024 / sizeof(double);

class SpooledColumnTest : public testing::Test {
  protected:
    test::ScratchFolder folder_;
    SpoolFile file_{folder_.path()};
    SpooledColumn<double> column_{file_, -1};
};

TEST_F(SpooledColumnTest, ReadsAsNoneWhereNothingWasWritten) {
    EXPECT_EQ(column_.at(0), -1);
    column_.set(3 * kPiece, 7);
    EXPECT_EQ(column_.at(0), -1) << "a piece that is not there";
    EXPECT_EQ(column_.at(3 * kPiece + 1), -1) << "the piece in memory";
    EXPECT_EQ(column_.at(9 * kPiece), -1) << "behind all";
}

TEST_F(SpooledColumnTest, GivesBackWhatWasWrittenAcrossPieces) {
    std::vector<double> numbers(3 * kPiece + 5);
    std::iota(numbers.begin(), numbers.end(), 0.0);
    column_.write(2, numbers);
    std::vector<double> found(numbers.size());
    column_.read(2, found);
    EXPECT_EQ(found, numbers);
    EXPECT_EQ(column_.at(1), -1);
}

TEST_F(SpooledColumnTest, WhatLiesBehindCanStillBeWritten) {
    column_.set(kPiece, 1);
    column_.set(5 * kPiece, 2);
    column_.set(kPiece, 3);
    column_.set(2 * kPiece + 1, 4);
    EXPECT_EQ(column_.at(kPiece), 3);
    EXPECT_EQ(column_.at(2 * kPiece + 1), 4);
    EXPECT_EQ(column_.at(2 * kPiece), -1);
    EXPECT_EQ(column_.at(5 * kPiece), 2);
}

TEST_F(SpooledColumnTest, SeveralShareAFileThatHasNoName) {
    SpooledColumn<double> other{file_, -2};
    const std::vector<double> ones(4 * kPiece, 1);
    const std::vector<double> twos(4 * kPiece, 2);
    for (std::size_t first = 0; first < ones.size(); first += kPiece) {
        column_.write(first, std::span{ones}.subspan(first, kPiece));
        other.write(first, std::span{twos}.subspan(first, kPiece));
    }
    std::vector<double> found(ones.size());
    column_.read(0, found);
    EXPECT_THAT(found, Each(1));
    other.read(0, found);
    EXPECT_THAT(found, Each(2));
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(SpooledColumnTest, SaysWhereItCannotWrite) {
    SpoolFile nowhere{folder_.path() / "none"};
    SpooledColumn<double> column{nowhere, 0};
    column.set(0, 1);  // in memory, still
    EXPECT_THROW(column.set(kPiece, 1), Error);
}

}  // namespace
}  // namespace rackproof
