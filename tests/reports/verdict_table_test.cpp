#include <fmt/core.h>
#include <gmock/gmock.h>

#include <random>
#include <sstream>

#include "reports/reports.hpp"
#include "reports/text_layout.hpp"
#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::add_steady_metric;
using rackproof::test::end_row;
using rackproof::test::make_fleet;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::string table(const rackproof::Run& run, TableStyle style = {}, const Policy& policy = {}) {
    return verdict_table(judge(run, policy), style);
}

rackproof::Run two_suites(int nodes, int devices) {
    rackproof::Run run = make_fleet(nodes, devices);
    add_steady_metric(run, {}, 1e12);
    add_steady_metric(run, {.name = "membw.triad", .suite = "membw", .unit = "B/s"}, 2e12);
    return run;
}

TEST(VerdictTable, ShowsNodesAndSuitesWorstFirst) {
    rackproof::Run run = two_suites(4, 4);
    run.metrics[0].outcome[9] = Outcome::WrongAnswer;
    end_row(run, run.metrics[1], 4, Outcome::Lost, "node down");
    const auto lines = lines_of(table(run));
    EXPECT_EQ(lines[0], "VERDICT    NODE  gemm        membw");
    EXPECT_EQ(lines[1], "x FAIL     n2    x FAIL      + PASS");
    EXPECT_EQ(lines[2], "? NO DATA  n1    + PASS      ? NO DATA");
    EXPECT_EQ(lines[3], "+ PASS     n0    + PASS      + PASS");
    EXPECT_EQ(lines[4], "+ PASS     n3    + PASS      + PASS");
}

TEST(VerdictTable, TellsWhatWasSeenAndWhatToDo) {
    rackproof::Run run = make_fleet(16, 1);
    add_metric(run, {}, [](std::size_t target) { return target == 5 ? 6.48e14 : 7.21e14; });
    const std::string text = table(run, {.columns = 240});
    EXPECT_THAT(text, HasSubstr("n5 device 0: gemm.fp64 is 10.1 % below the median"));
    EXPECT_THAT(text, HasSubstr("(seen 648 TFLOP/s, expected 721 TFLOP/s, rack r0)"));
    EXPECT_THAT(text, HasSubstr("next: Retest it alone"));
}

TEST(VerdictTable, GivesTheNextStepOnceForFindingsThatShareIt) {
    rackproof::Run run = two_suites(4, 4);
    for (Metric& metric : run.metrics) metric.outcome[9] = Outcome::WrongAnswer;
    run.metrics[0].outcome[13] = Outcome::WrongAnswer;
    const auto lines = lines_of(table(run));
    const auto with = [&lines](const char* part) {
        return std::ranges::count_if(
            lines, [part](const std::string& line) { return line.find(part) != line.npos; });
    };
    EXPECT_EQ(with("computed a wrong answer"), 3);
    EXPECT_EQ(with("next: Take it out of service"), 2);
}

TEST(VerdictTable, SaysNotJudgedAndSkippedRatherThanPass) {
    rackproof::Run run = two_suites(1, 2);
    for (const std::size_t row : {0U, 1U}) {
        end_row(run, run.metrics[1], row, Outcome::Skipped, "no such memory");
    }
    Policy policy;
    policy.optional = {"membw.*"};
    const std::string text = table(run, {.columns = 200}, policy);
    EXPECT_THAT(lines_of(text)[1], AllOf(HasSubstr("not judged"), HasSubstr("skipped")));
    EXPECT_THAT(text, HasSubstr("a cohort of 2; at least 4 are needed"));
    EXPECT_THAT(text, HasSubstr("1 node: 0 fail"));
    EXPECT_THAT(text, HasSubstr("nothing was held against peers or a limit"));
    EXPECT_THAT(text, HasSubstr("skipped: no such memory (2)"));
}

TEST(VerdictTable, ItsCountsSum) {
    rackproof::Run run = two_suites(4, 4);
    end_row(run, run.metrics[1], 4, Outcome::Lost, "node down");
    const std::string text = table(run, {.columns = 240});
    EXPECT_THAT(text, HasSubstr("4 nodes: 0 fail, 1 no data, 0 watch, 3 pass; 32 cells: 31 "
                                "completed, 1 lost; 31 judged"));
}

TEST(VerdictTable, SaysThatTheRunIsIncomplete) {
    rackproof::Run run = two_suites(4, 4);
    EXPECT_THAT(table(run), Not(HasSubstr("incomplete")));
    run.complete = false;
    EXPECT_THAT(table(run), HasSubstr("the run is incomplete"));
    EXPECT_THAT(lines_of(table(run)), ::testing::Contains(HasSubstr("? NO DATA  4 nodes")));
}

TEST(VerdictTable, CountsPassedNodesBeyondTheListedButNamesEveryBadOne) {
    rackproof::Run run = two_suites(640, 1);
    for (std::size_t row = 0; row < 50; ++row) run.metrics[0].outcome[row] = Outcome::WrongAnswer;
    const auto lines = lines_of(table(run, {.passed_nodes = 20}));
    const auto starting = [&lines](const char* start) {
        return std::ranges::count_if(
            lines, [start](const std::string& l) { return l.starts_with(start); });
    };
    EXPECT_EQ(starting("x FAIL     n"), 50 + 50);  // in the table and as a finding
    EXPECT_EQ(starting("+ PASS     n"), 20);
    EXPECT_THAT(lines, ::testing::Contains("and 570 more nodes that pass"));
}

TEST(VerdictTable, HasColourOnlyWhenAskedAndWordsAlways) {
    const rackproof::Run run = two_suites(4, 4);
    const std::string plain = table(run);
    const std::string coloured = table(run, {.colour = Colour::Always});
    EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
    EXPECT_THAT(coloured, HasSubstr("\x1b[32m+ PASS   \x1b[0m"));
    std::string stripped;
    for (std::size_t i = 0; i < coloured.size(); ++i) {
        if (coloured[i] == '\x1b') {
            i = coloured.find('m', i);
        } else {
            stripped += coloured[i];
        }
    }
    EXPECT_EQ(stripped, plain);
}

TEST(VerdictTable, GroupsMetricsThatWentAlike) {
    rackproof::Run run = make_fleet(1, 2);
    for (int i = 0; i < 78; ++i) {
        add_steady_metric(run, {.name = fmt::format("collectives.{}", i), .suite = "collectives"},
                          1e9);
    }
    const std::string text = table(run, {.columns = 240});
    EXPECT_THAT(text, HasSubstr("collectives.0, collectives.1, collectives.2 and 75 more"));
    EXPECT_THAT(text, HasSubstr("156 cells: 156 completed; 0 judged; not judged: a cohort of 2"));
    EXPECT_LT(lines_of(text).size(), 12U);
}

/// Names that carry escape sequences, wide characters, kilobytes: no line is wider than asked, and
/// nothing reaches the terminal that could move its cursor.
TEST(VerdictTable, HoldsAnyNameWithinItsColumns) {
    std::mt19937_64 random{31};
    const std::string names[] = {"n\x1b[2J\x1b[1;1HPASS",
                                 "\u8282\u70b9\u8282\u70b9\u8282\u70b9",
                                 std::string(5000, 'w'),
                                 "a\nb\rc\td",
                                 "\xff\xfe\xc0",
                                 "e\u0301\u0301\u0301",
                                 "",
                                 "\u202Egnorw"};
    const auto any = [&] { return names[random() % std::size(names)]; };
    for (int trial = 0; trial < 60; ++trial) {
        rackproof::Run run = make_fleet(6, 2);
        for (Node& node : run.nodes) {
            node.name = any();
            node.rack = any();
            node.sku = any();
        }
        for (int m = 0; m < 6; ++m) {
            Metric& metric = add_steady_metric(
                run, {.name = any(), .suite = any() + std::to_string(m), .unit = "1"}, 1.0);
            end_row(run, metric, random() % 12, static_cast<Outcome>(1 + random() % 6), any());
        }
        run.metrics[0].unit = any();
        Policy policy;
        policy.limits.push_back({any() + "x", "1", 1.0, std::nullopt, any()});
        for (const int columns : {40, 80, 133}) {
            for (const std::string& line : lines_of(table(run, {.columns = columns}, policy))) {
                EXPECT_THAT(display_width(line), Le(static_cast<std::size_t>(columns))) << line;
                EXPECT_EQ(clean(line), line);
            }
        }
    }
}

TEST(VerdictTable, OfNothingStillSaysSo) {
    EXPECT_THAT(table({}), HasSubstr("? NO DATA  0 nodes"));
    EXPECT_THAT(table({}, {.columns = 200}), HasSubstr("the fleet: no cell was measured"));
    EXPECT_EQ(table({}, {.columns = -5}), table({}, {.columns = 40}));
}

}  // namespace
}  // namespace rackproof
