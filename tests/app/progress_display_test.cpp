#include "app/progress_display.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "reports/text_layout.hpp"
#include "tests/runners/sample_start.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::Not;

Progress some_progress() {
    Progress progress;
    progress.stage = "device";
    progress.cells = 40;
    progress.ended = 12;
    progress.not_completed = 2;
    progress.elapsed_s = 75;
    progress.left_s = 130;
    progress.running = {"0 gemm.fp64: sample 3 of 10", "1 gemm.fp64: verify"};
    return progress;
}

TEST(ProgressText, SaysHowFarAndHowLong) {
    const std::string text = progress_text(some_progress(), {});
    EXPECT_THAT(text, HasSubstr("12 of 40 cells"));
    EXPECT_THAT(text, HasSubstr("2 not completed"));
    EXPECT_THAT(text, HasSubstr("2 min 10 s left"));
    EXPECT_THAT(text, HasSubstr("sample 3 of 10"));
}

TEST(ProgressText, CountsTheRanksItDoesNotShow) {
    Progress progress = some_progress();
    progress.running.resize(20, "a rank");
    const std::string text = progress_text(progress, {});
    EXPECT_THAT(text, HasSubstr("and 12 more ranks"));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);
}

TEST(ProgressText, NeverFillsTheTerminal) {
    const record::RunStarted start =
        test::sample_fleet_start(50, 1, {test::sample_case("a", 0, Scope::Device)});
    const ProgressBoard board{start.manifest};
    Progress progress = some_progress();
    progress.board = &board;
    progress.running.resize(50, "a rank");
    for (std::size_t lines = 6; lines < 70; ++lines) {
        const std::string text = progress_text(progress, {80, lines});
        EXPECT_LT(std::count(text.begin(), text.end(), '\n'), static_cast<int>(lines));
        EXPECT_THAT(text, HasSubstr("n001"));
        EXPECT_THAT(text, HasSubstr(lines < 40 ? "more nodes" : "n00"));
    }
}

TEST(ProgressText, KeepsHostileWordsHarmlessAndShort) {
    Progress progress = some_progress();
    progress.running = {"0 \x1b[2J" + std::string(500, 'x') + "\nforged"};
    const std::string text = progress_text(progress, {});
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 79U) << line;
}

}  // namespace
}  // namespace rackproof
