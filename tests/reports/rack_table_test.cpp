#include "reports/rack_table.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;

RackStatus rack(const std::string& name, RackPhase phase, std::optional<Verdict> verdict = {}) {
    RackStatus status;
    status.rack = name;
    status.phase = phase;
    status.verdict = verdict;
    status.nodes = 8;
    return status;
}

std::vector<std::string> racks_in_order(const std::string& table) {
    std::vector<std::string> names;
    std::istringstream lines{table};
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line) && !line.empty()) {
        std::istringstream words{line.substr(11)};
        words >> names.emplace_back();
    }
    return names;
}

TEST(RackTable, TheWorstStandsFirst) {
    const std::string table = rack_table(
        {rack("well", RackPhase::Complete, Verdict::Pass),
         rack("watched", RackPhase::Complete, Verdict::Watch), rack("busy", RackPhase::Running),
         rack("waits", RackPhase::Queued), rack("bare", RackPhase::Complete, Verdict::NoData),
         rack("gone", RackPhase::Gone), rack("bad", RackPhase::Complete, Verdict::Fail),
         rack("unsent", RackPhase::NotSubmitted)},
        {});
    EXPECT_THAT(racks_in_order(table), testing::ElementsAre("bad", "gone", "unsent", "bare",
                                                            "waits", "busy", "watched", "well"));
    EXPECT_THAT(table, HasSubstr("8 racks, 1 gone, 1 not submitted, 1 queued, 1 running, "
                                 "4 complete\n"));
}

TEST(RackTable, SaysNodesCellsAndWords) {
    RackStatus status = rack("r1", RackPhase::Queued);
    status.left_out = 1;
    status.cells = 320;
    status.ended = 12;
    status.job = "77";
    status.words = "Resources";
    const std::string table = rack_table({status}, {});
    EXPECT_THAT(table, HasSubstr("queued         7/8      12/320         job 77: Resources\n"));
}

TEST(RackTable, NoLineIsWiderThanItMayBe) {
    std::string name(200, 'r');
    name.append("\x1b[2J");
    RackStatus status = rack(name, RackPhase::Gone);
    status.job = "123456";
    status.words.assign(300, 'w');
    status.words.append("\nforged");
    for (const int columns : {0, 40, 80, 120}) {
        TableStyle style;
        style.columns = columns;
        std::istringstream lines{rack_table({status}, style)};
        for (std::string line; std::getline(lines, line);) {
            EXPECT_LE(display_width(line), static_cast<std::size_t>(std::max(columns, 80))) << line;
            EXPECT_EQ(line.find('\x1b'), std::string::npos);
            EXPECT_FALSE(line.starts_with("forged"));
        }
    }
}

TEST(RackTable, TheExitStatusFollowsTheWorst) {
    const RackStatus well = rack("a", RackPhase::Complete, Verdict::Pass);
    const RackStatus watched = rack("b", RackPhase::Complete, Verdict::Watch);
    EXPECT_EQ(exit_status({well, watched}), 0);
    EXPECT_EQ(exit_status({well, rack("c", RackPhase::Running)}), 3);
    EXPECT_EQ(exit_status({well, rack("c", RackPhase::Complete, Verdict::NoData)}), 3);
    EXPECT_EQ(exit_status({well, rack("c", RackPhase::Complete)}), 3);
    EXPECT_EQ(exit_status({well, rack("c", RackPhase::Incomplete, Verdict::Pass)}), 3);
    EXPECT_EQ(
        exit_status({rack("c", RackPhase::Gone), rack("d", RackPhase::Incomplete, Verdict::Fail)}),
        1);
    EXPECT_EQ(exit_status(std::vector<RackStatus>{}), 3);
}

}  // namespace
}  // namespace rackproof
