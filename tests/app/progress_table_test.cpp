#include "app/progress_table.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "reports/text_layout.hpp"
#include "tests/runners/sample_start.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

/// So many stages with a case of the nodes each.
record::RunStarted start_of(std::int32_t nodes, std::int32_t stages) {
    std::vector<CaseSpec> cases;
    for (std::int32_t stage = 0; stage < stages; ++stage) {
        cases.push_back(test::sample_case("case" + std::to_string(stage), stage, Scope::Node));
        cases.back().stage = stage;
        cases.back().unit = "B/s";
    }
    return test::sample_fleet_start(nodes, 1, std::move(cases));
}

TEST(ProgressTable, HasALineForEachNodeAndAColumnForEachStage) {
    const record::RunStarted start = start_of(2, 2);
    ProgressBoard board{start.manifest};
    board.cell_ended(0, Outcome::Completed);
    record::Samples samples;
    samples.cell = 0;
    samples.values = {3.0e12};
    board.measured(samples);
    EXPECT_EQ(progress_table(board, 0, 79, 20),
              "NODE  stage 0  stage 1  LATEST\n"
              "n002  0/1      0/1\n"
              "n001  1/1      0/1      case0 3.00 TB/s\n")
        << "who is not through comes before who is";
}

TEST(ProgressTable, WhoHasBrokenCellsComesFirstAndIsCountedEvenWhereThereIsNoRoom) {
    const record::RunStarted start = start_of(9, 1);
    ProgressBoard board{start.manifest};
    board.cell_ended(3, Outcome::Completed);
    board.cell_ended(7, Outcome::TimedOut);
    board.cell_ended(8, Outcome::Lost);
    std::vector<std::string> lines = lines_of(progress_table(board, 0, 79, 5));
    ASSERT_THAT(lines, SizeIs(5));
    EXPECT_EQ(lines[1], "n008  1/1 !1");
    EXPECT_EQ(lines[2], "n009  1/1 !1");
    EXPECT_EQ(lines[3], "n001  0/1");
    EXPECT_EQ(lines[4], "and 6 more nodes: 1 through with stage 0");
    lines = lines_of(progress_table(board, 0, 79, 3));
    ASSERT_THAT(lines, SizeIs(3));
    EXPECT_EQ(lines[2], "and 8 more nodes: 2 through with stage 0, 1 with broken cells");
}

TEST(ProgressTable, WhoTakesNoPartIsOutAndComesLast) {
    const record::RunStarted start = start_of(3, 1);
    ProgressBoard board{start.manifest};
    board.cell_ended(0, Outcome::Excluded);
    EXPECT_EQ(progress_table(board, 0, 79, 20),
              "NODE  stage 0  LATEST\n"
              "n002  0/1\n"
              "n003  0/1\n"
              "n001  out\n");
}

TEST(ProgressTable, ShowsTheStageAtWorkHoweverManyThereAre) {
    const record::RunStarted start = start_of(1, 30);
    const ProgressBoard board{start.manifest};
    for (std::size_t stage = 0; stage < 30; ++stage) {
        const std::string text = progress_table(board, stage, 79, 20);
        EXPECT_THAT(text, HasSubstr("stage " + std::to_string(stage)));
        for (const std::string& line : lines_of(text)) EXPECT_LE(display_width(line), 79U) << line;
    }
}

TEST(ProgressTable, HostileNamesAreHarmlessAndFit) {
    record::RunStarted start = start_of(2, 3);
    start.manifest.nodes[0].name = "\x1b[2J\n" + std::string(200, 'x');
    start.manifest.stages[1] = std::string(300, 's') + "\x1b[31m";
    const ProgressBoard board{start.manifest};
    for (const std::size_t columns : {39U, 79U, 200U}) {
        const std::string text = progress_table(board, 1, columns, 20);
        EXPECT_THAT(text, Not(HasSubstr("\x1b")));
        EXPECT_THAT(lines_of(text), SizeIs(3));
        for (const std::string& line : lines_of(text)) EXPECT_LE(display_width(line), columns);
    }
}

}  // namespace
}  // namespace rackproof
