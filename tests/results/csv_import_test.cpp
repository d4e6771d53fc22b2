#include "results/csv_import.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <iterator>

#include "tests/results/csv_import_fixture.hpp"

namespace rackproof {
namespace {

using test::CsvFixture;
using test::metric_named;
using test::row_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CsvImportTest : public ::testing::Test, public CsvFixture {};

TEST_F(CsvImportTest, MakesMatricesOfTargetsAndRepetitions) {
    const auto run = imported(
        "node,device,metric,value,unit,rack,sku\n"
        "n2,0,gemm,700,GFLOP/s,r1,h200\n"
        "n1,1,gemm,0.71,TFLOP/s,r1,h200\n"
        "n1,1,gemm,0.72,TFLOP/s,r1,h200\n"
        "n1,,hpl,5,s,r1,h200\n"
        "n2,,hpl,6000,ms,r1,h200\n"
        "n2,0,gemm,,GFLOP/s,r1,h200\n");
    ASSERT_EQ(run.nodes.size(), 2U);
    EXPECT_EQ(run.nodes[0].name, "n1");
    EXPECT_EQ(run.nodes[0].rack, "r1");
    EXPECT_EQ(run.nodes[0].sku, "h200");
    EXPECT_EQ(run.nodes[0].vendor, "unknown");
    EXPECT_TRUE(run.complete);
    const Metric& gemm = metric_named(run, "gemm");
    EXPECT_EQ(gemm.unit, "FLOP/s");
    EXPECT_EQ(gemm.better, Direction::HigherIsBetter);
    ASSERT_EQ(gemm.repetitions, 2U);
    const std::size_t row = *row_of(run, gemm, "n1", 1);
    EXPECT_DOUBLE_EQ(gemm.row(row)[0], 0.71e12);
    EXPECT_DOUBLE_EQ(gemm.row(row)[1], 0.72e12);
    EXPECT_EQ(gemm.outcome[row], Outcome::Completed);
    EXPECT_TRUE(std::isnan(gemm.row(*row_of(run, gemm, "n2", 0))[1]));
    const Metric& hpl = metric_named(run, "hpl");
    EXPECT_EQ(hpl.scope, Scope::Node);
    EXPECT_EQ(hpl.row(*row_of(run, hpl, "n2", -1))[0], 6.0);
    EXPECT_EQ(result().rows, 6U);
}

TEST_F(CsvImportTest, LooksUnitAndDirectionUpByTheName) {
    CsvImport import = import_of("node,metric,value\na,lat,5\na,other,1\n");
    import.lookup = [](std::string_view name) {
        return name == "lat" ? std::optional{csv::MetricDefaults {
            "s",
            Direction::LowerIsBetter
        }}
                             : std::nullopt;
};
(void)import_csv(import);
const auto run = read_run_file(out());
EXPECT_EQ(metric_named(run, "lat").unit, "s");
EXPECT_EQ(metric_named(run, "lat").better, Direction::LowerIsBetter);
EXPECT_EQ(metric_named(run, "other").unit, "1");
EXPECT_EQ(metric_named(run, "other").better, Direction::HigherIsBetter);
}  // namespace

TEST_F(CsvImportTest, KeepsAnUnknownUnitAndSaysSo) {
    const auto run = imported("node,metric,value,unit\na,m,5,furlong\n");
    EXPECT_EQ(run.metrics[0].unit, "furlong");
    EXPECT_EQ(run.metrics[0].values[0], 5);
    EXPECT_THAT(result().remarks, ElementsAre(HasSubstr("the unit 'furlong' of 'm'")));
}

TEST_F(CsvImportTest, KeepsOtherColumnsAsLabelsUnlessTheyDifferWithinANode) {
    const auto run = imported(
        "node,metric,value,pdu,sample\n"
        "a,m,1,p1,x\n"
        "a,m,2,p1,y\n"
        "b,m,1,,x\n");
    EXPECT_EQ(run.nodes[0].labels, (std::map<std::string, std::string>{{"pdu", "p1"}}));
    EXPECT_TRUE(run.nodes[1].labels.empty());
    EXPECT_THAT(result().remarks, ElementsAre(HasSubstr("the column 'sample' differs")));
}

TEST_F(CsvImportTest, PutsRepetitionsWhereTheirNumbersSay) {
    const auto run = imported(
        "node,metric,value,rep\n"
        "a,m,12,2\na,m,10,0\na,m,11,1\n"
        "b,m,20,0\nb,m,22,2\n"
        "c,n,5,1\nc,n,6,3\n");
    const Metric& m = metric_named(run, "m");
    EXPECT_THAT(std::vector<double>(m.row(0).begin(), m.row(0).end()), ElementsAre(10, 11, 12));
    EXPECT_EQ(m.row(1)[0], 20);
    EXPECT_TRUE(std::isnan(m.row(1)[1]));
    EXPECT_EQ(m.row(1)[2], 22);
    const Metric& n = metric_named(run, "n");
    EXPECT_EQ(n.repetitions, 2U) << "1 and 3";
    EXPECT_EQ(n.row(*row_of(run, n, "c", -1))[1], 6);
}

TEST_F(CsvImportTest, KeepsTimes) {
    const auto run = imported(
        "node,metric,value,time\n"
        "a,m,1,2026-11-23T04:41:11.5Z\n"
        "b,m,2,2026-11-23T04:41:10Z\n");
    EXPECT_EQ(run.started, "2026-11-23T04:41:10Z");
    EXPECT_EQ(run.finished, "2026-11-23T04:41:12Z");
    EXPECT_THAT(run.metrics[0].time, ElementsAre(1.5, 0));
    EXPECT_THAT(imported("node,metric,value,time\na,m,1,7.5\n").metrics[0].time, ElementsAre(7.5));
}

TEST_F(CsvImportTest, PairsOfNodesAndDevicesAreTargets) {
    const auto run = imported(
        "node,device,peer,metric,value\n"
        "a,,b,link,5\n"
        "b,,c,link,6\n"
        "a,0,b/3,p2p,7\n");
    const Metric& link = metric_named(run, "link");
    EXPECT_EQ(link.scope, Scope::NodePair);
    EXPECT_EQ(link.target[1], (Target{1, 2}));
    const Metric& p2p = metric_named(run, "p2p");
    EXPECT_EQ(p2p.scope, Scope::DevicePair);
    EXPECT_EQ(run.devices[static_cast<std::size_t>(p2p.target[0].second)].index, 3);
    ASSERT_EQ(run.nodes.size(), 3U);
    EXPECT_EQ(run.nodes[2].state, "up") << "c was measured, if only from b";
}

TEST_F(CsvImportTest, SeveralRunsBecomeFilesOfAFolder) {
    CsvImport import = import_of(
        "run,node,metric,value\n"
        "week 1,a,m,1\n"
        "../week,a,m,2\n"
        "week 1,b,m,3\n"
        "7d444840-9dc0-11d1-b245-5ffdce74fad2,a,m,4\n");
    import.output = out().parent_path() / "folder";
    const CsvImported result = import_csv(import);
    ASSERT_EQ(result.files.size(), 3U);
    EXPECT_EQ(result.files[0].path, import.output / "week_1.h5");
    EXPECT_EQ(result.files[0].nodes, 2U);
    EXPECT_EQ(result.files[1].path.parent_path(), import.output) << "no name leads out of it";
    const auto second = read_run_file(result.files[1].path);
    EXPECT_EQ(second.metrics[0].values[0], 2);
    EXPECT_NE(second.run_id, read_run_file(result.files[0].path).run_id);
    EXPECT_EQ(read_run_file(result.files[2].path).run_id, "7d444840-9dc0-11d1-b245-5ffdce74fad2");
}

TEST_F(CsvImportTest, SeveralFilesAreOneRun) {
    CsvImport import = import_of("node,metric,value\na,m,1\n");
    import.files.push_back(write("two.csv", "value,metric,node\n2,m,a\n3,m,b\n"));
    (void)import_csv(import);
    const auto run = read_run_file(out());
    EXPECT_EQ(run.nodes.size(), 2U);
    EXPECT_EQ(run.metrics[0].row(0)[1], 2);
}

TEST_F(CsvImportTest, TheSameFilesGiveTheSameBytes) {
    const auto bytes = [this] {
        std::ifstream file{out(), std::ios::binary};
        return std::string{std::istreambuf_iterator<char>{file}, {}};
    };
    const CsvImport import = import_of("node,metric,value\na,m,1\n");
    (void)import_csv(import);
    const std::string first = bytes();
    (void)import_csv(import);
    EXPECT_EQ(first, bytes());
}

TEST_F(CsvImportTest, NamesThePlaceOfABadRow) {
    const std::string head = "node,device,metric,value,unit,rep,rack,better,time,peer\n";
    const auto problem = [&](const std::string& rows) { return refusal(head + rows); };
    EXPECT_THAT(problem("a,0,m,12x,,,,,,\n"), HasSubstr("in.csv:2:7: '12x' is no value"));
    EXPECT_THAT(problem("a,0,m,1e400,,,,,,\n"), HasSubstr("'1e400' is no value"));
    EXPECT_THAT(problem("a,0,m,inf,,,,,,\n"), HasSubstr("'inf' is no value"));
    EXPECT_THAT(problem("a,0,m,\"1,5\",,,,,,\n"), HasSubstr("'1,5' is no value"));
    EXPECT_THAT(problem("a,0,m,1e308,TB/s,,,,,\n"), HasSubstr("too large for a number in B/s"));
    EXPECT_THAT(problem("a,0,m,1\n"), HasSubstr("in.csv:2:1: the row has 4 fields; expected 10"));
    EXPECT_THAT(problem("a,-1,m,1,,,,,,\n"), HasSubstr("in.csv:2:3: '-1' is no device"));
    EXPECT_THAT(problem("a,99999999999,m,1,,,,,,\n"), HasSubstr("is no device"));
    EXPECT_THAT(problem(",0,m,1,,,,,,\n"), HasSubstr("empty; expected a node's name"));
    EXPECT_THAT(problem("a,0,,1,,,,,,\n"), HasSubstr("empty; expected a metric's name"));
    EXPECT_THAT(problem("a,0,a/b,1,,,,,,\n"), HasSubstr("in.csv:2:5: the metric's name holds '/'"));
    EXPECT_THAT(problem(std::string{"a\0b,0,m,1,,,,,,\n", 15}), HasSubstr("a control character"));
    EXPECT_THAT(problem("a\xFF,0,m,1,,,,,,\n"), HasSubstr("the node's name is not UTF-8"));
    EXPECT_THAT(problem(std::string(300, 'n') + ",0,m,1,,,,,,\n"), HasSubstr("255 bytes"));
    EXPECT_THAT(problem("a,0,m,1,,x,,,,\n"), HasSubstr("'x' is no repetition"));
    EXPECT_THAT(problem("a,0,m,1,,,,more,,\n"), HasSubstr("expected higher, lower or none"));
    EXPECT_THAT(problem("a,0,m,1,,,,,soon,\n"), HasSubstr("'soon' is no time"));
    EXPECT_THAT(problem("a,0,m,1,,,,,,b\n"), HasSubstr("expected NODE/DEVICE"));
    EXPECT_THAT(problem("a,0,m,1,,,,,,\"b\n"), HasSubstr("in.csv:2:14: a quote is not closed"));
}

TEST_F(CsvImportTest, RefusesRowsThatContradictEarlierOnes) {
    const std::string head = "node,device,metric,value,unit,rep,rack,better,time\n";
    const auto problem = [&](const std::string& rows) { return refusal(head + rows); };
    EXPECT_THAT(problem("a,0,m,1,,,r1,,\na,0,m,1,,,r2,,\n"),
                HasSubstr("in.csv:3:11: the rack of node 'a' is 'r2' here and 'r1' before"));
    EXPECT_THAT(problem("a,0,m,1,,3,,,\na,0,m,1,,3,,,\n"), HasSubstr("in.csv:3:10: repetition 3"));
    EXPECT_THAT(problem("a,0,m,1,,0,,,\na,0,m,1,,1,,,\na,0,m,1,,0,,,\n"),
                HasSubstr("in.csv:4:10: repetition 0"));
    EXPECT_THAT(problem("a,0,m,1,,,,,\na,0,m,1,,0,,,\n"), HasSubstr("repetition 0"));
    EXPECT_THAT(problem("a,0,m,1,GB/s,,,,\na,1,m,1,s,,,,\n"),
                HasSubstr("'s' is no multiple of 'B/s'"));
    EXPECT_THAT(problem("a,0,m,1,GB/s,,,,\na,1,m,1,,,,,\n"),
                HasSubstr("no unit, where earlier rows of 'm' have 'GB/s'"));
    EXPECT_THAT(problem("a,0,m,1,,,,,\na,1,m,1,GB/s,,,,\n"),
                HasSubstr("'GB/s' is no multiple of '1'"));
    EXPECT_THAT(problem("a,0,m,1,,,,higher,\na,1,m,1,,,,lower,\n"),
                HasSubstr("'lower' contradicts"));
    EXPECT_THAT(problem("a,0,m,1,,,,,\na,,m,1,,,,,\n"),
                HasSubstr("'m' is measured on a device in earlier rows; here it is a node"));
    EXPECT_THAT(problem("a,0,m,1,,,,,5\na,1,m,1,,,,,2026-11-23T04:41:11Z\n"),
                HasSubstr("a date and time, where earlier rows have seconds"));
}

TEST_F(CsvImportTest, RefusesFilesWithoutTheColumnsItNeeds) {
    EXPECT_THAT(refusal(""), HasSubstr("in.csv: is empty"));
    EXPECT_THAT(refusal("node,value\na,1\n"), HasSubstr("in.csv:1:1: the column 'metric'"));
    EXPECT_THAT(refusal("node,metric,value,node\n"), HasSubstr("in.csv:1:19: the column 'node'"));
    EXPECT_THAT(refusal("node,metric,value,\n"), HasSubstr("a column without a name"));
}

TEST_F(CsvImportTest, SkippedRowsAreListedAndLeaveTheRunIncomplete) {
    CsvImport import = import_of(
        "node,metric,value,rep\n"
        "a,m,1,0\n"
        "a,m,oops,1\n"
        "a,m,1,0\n"
        "b,m,oops,0\n"
        "x\n");
    import.bad_rows = BadRows::Skip;
    const CsvImported result = import_csv(import);
    EXPECT_EQ(result.rows, 1U);
    EXPECT_EQ(result.bad_rows, 4U);
    ASSERT_EQ(result.bad_row_texts.size(), 4U);
    EXPECT_THAT(result.bad_row_texts[0], HasSubstr("in.csv:3:5: 'oops'"));
    EXPECT_THAT(result.bad_row_texts[3], HasSubstr("in.csv:6:1: the row has 1 fields"));
    const auto run = read_run_file(out());
    EXPECT_FALSE(run.complete);
    ASSERT_EQ(run.nodes.size(), 2U);
    EXPECT_EQ(run.nodes[1].name, "b") << "its only row was bad, and it must not vanish";
}

TEST_F(CsvImportTest, RefusesRepetitionsThatWouldFillTheMemoryWithHoles) {
    std::string text = "node,metric,value,rep\n";
    for (int i = 0; i < 4000; ++i) {
        text += "n" + std::to_string(i) + ",m,1," + std::to_string(i * 1000) + "\n";
    }
    EXPECT_THAT(refusal(text), HasSubstr("4000 different numbers for 4000 targets"));
}

}  // namespace rackproof
}  // namespace rackproof
