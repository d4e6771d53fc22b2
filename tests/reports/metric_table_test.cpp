#include <gmock/gmock.h>

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
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> lines(const rackproof::Run& run, int columns = 80) {
    std::istringstream stream{metric_table(run, {.columns = columns})};
    std::vector<std::string> result;
    for (std::string line; std::getline(stream, line);) result.push_back(line);
    return result;
}

TEST(MetricTable, ShowsMedianSpreadAndTheWorstInHumanUnits) {
    rackproof::Run run = make_fleet(5, 1);
    add_metric(run, {}, [](std::size_t target) { return 1e12 + 1e10 * double(target); });
    const auto text = lines(run);
    EXPECT_THAT(text[0], HasSubstr("METRIC    CELLS MEDIAN       SPREAD  WORST"));
    EXPECT_THAT(text[1], HasSubstr("gemm.fp64 5/5   1.02 TFLOP/s 1.8 %   1.00 TFLOP/s"));
    run.metrics[0].better = Direction::LowerIsBetter;
    EXPECT_THAT(lines(run)[1], HasSubstr("1.8 %   1.04 TFLOP/s"));
    run.metrics[0].better = Direction::None;
    EXPECT_THAT(lines(run)[1], HasSubstr("1.8 %   -"));
}

TEST(MetricTable, ShowsStreamsBestRepetition) {
    rackproof::Run run = make_fleet(2, 1);
    Metric& metric =
        add_steady_metric(run, {.name = "membw.triad", .suite = "membw", .unit = "B/s"}, 1e10);
    metric.values[1] = 1.5e10;
    EXPECT_THAT(lines(run)[2], HasSubstr("best repetition of all: 15.0 GB/s"));
    metric.better = Direction::LowerIsBetter;
    EXPECT_THAT(lines(run)[2], HasSubstr("best repetition of all: 10.0 GB/s"));
    run.metrics[0].suite = "gemm";
    EXPECT_EQ(lines(run).size(), 2U);
}

TEST(MetricTable, CountsWhatHasNoNumberAndShowsNone) {
    rackproof::Run run = make_fleet(2, 1);
    Metric& metric = add_steady_metric(run, {}, 1.0);
    end_row(run, metric, 0, Outcome::Lost, "");
    EXPECT_THAT(lines(run)[1], HasSubstr("1/2"));
    EXPECT_THAT(lines(run)[1], HasSubstr(" - "));  // the spread of one value is unknown
    end_row(run, run.metrics[0], 1, Outcome::Lost, "");
    EXPECT_THAT(lines(run)[1], HasSubstr("0/2   no value"));
}

TEST(MetricTable, GivesTemperaturesSpreadInKelvin) {
    rackproof::Run run = make_fleet(3, 1);
    add_metric(run, {.name = "t", .unit = "degC"},
               [](std::size_t target) { return 40.0 + 2 * double(target); });
    EXPECT_THAT(lines(run)[1], HasSubstr("42.0 degC    4.4 K"));
}

rackproof::Run collective(const char* parameters) {
    rackproof::Run run = make_fleet(1, 1);
    run.variants = {{parameters, "ring", "mpi", "shm"}};
    add_steady_metric(run, {.name = "collectives.all_reduce", .scope = Scope::Node, .unit = "B/s"},
                      1e9);
    RankTimes& ranks = run.ranks["collectives.all_reduce"];
    ranks.cell = {0, 0};
    ranks.rank = {0, 1};
    ranks.repetition = {0, 0};
    ranks.entry = {1.0, 1.0};
    ranks.exit = {1.010, 1.030};
    ranks.clock_error = {1e-6, 1e-6};
    return run;
}

TEST(MetricTable, GivesTheRanksTimesOfOneOperation) {
    const auto text = lines(collective(R"({"operations":10})"));
    ASSERT_EQ(text.size(), 3U);
    EXPECT_EQ(text[2], "    ranks: an operation took 1.00 ms to 3.00 ms, 2.00 ms on average");
}

TEST(MetricTable, SaysWhenTheOperationsOfASampleAreNotKnown) {
    for (const char* parameters : {"{}", R"({"operations":0})", R"({"operations":"x"})"}) {
        EXPECT_THAT(lines(collective(parameters))[2], HasSubstr("is not known")) << parameters;
    }
}

TEST(MetricTable, SurvivesRankTimesThatPointNowhere) {
    rackproof::Run run = collective(R"({"operations":10})");
    run.ranks["collectives.all_reduce"].cell = {-1, 99};
    run.ranks["collectives.all_reduce"].exit.pop_back();
    EXPECT_THAT(lines(run)[2], HasSubstr("is not known"));
}

TEST(MetricTable, HoldsAnyNameWithinItsColumns) {
    rackproof::Run run = collective(R"({"operations":10})");
    add_steady_metric(run, {.name = std::string(500, 'x') + "\x1b[2J", .unit = "FLOP/s"}, -1e300);
    for (const int columns : {40, 60, 80}) {
        for (const std::string& line : lines(run, columns)) {
            EXPECT_LE(display_width(line), static_cast<std::size_t>(columns)) << line;
            EXPECT_THAT(line, Not(HasSubstr("\x1b")));
        }
    }
}

}  // namespace
}  // namespace rackproof
