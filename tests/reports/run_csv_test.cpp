#include <gmock/gmock.h>

#include <cmath>

#include "reports/reports.hpp"
#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::add_retest;
using rackproof::test::add_steady_metric;
using rackproof::test::end_row;
using rackproof::test::make_fleet;
using ::testing::ElementsAre;
using ::testing::SizeIs;

using Record = std::vector<std::string>;

/// RFC 4180, read strictly and independently of the writer.
std::vector<Record> read_csv(const std::string& text) {
    std::vector<Record> records{{}};
    std::string field;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c != '"') {
                field += c;
            } else if (i + 1 < text.size() && text[i + 1] == '"') {
                field += text[++i];
            } else {
                quoted = false;
            }
        } else if (c == '"') {
            quoted = true;
        } else if (c == ',' || c == '\n') {
            records.back().push_back(std::move(field));
            field.clear();
            if (c == '\n') records.emplace_back();
        } else {
            field += c;
        }
    }
    records.pop_back();
    return records;
}

TEST(RunCsv, WritesOneLineASampleUnderTheImportsHeader) {
    rackproof::Run run = make_fleet(2, 2);
    add_metric(run, {.repetitions = 3}, [](std::size_t target) { return 0.1 + double(target); });
    const auto records = read_csv(run_csv(run));
    ASSERT_THAT(records, SizeIs(1 + 4 * 3));
    EXPECT_THAT(records[0], ElementsAre("node", "metric", "value", "device", "peer", "rack", "row",
                                        "slot", "sku", "vendor", "unit", "better", "rep", "time",
                                        "run", "attempt", "outcome", "reason", "waived"));
    EXPECT_THAT(records[9],
                ElementsAre("n1", "gemm.fp64", "2.1", "0", "", "r0", "-", "1", "h200", "unknown",
                            "FLOP/s", "higher", "2", "", run.run_id, "0", "completed", "", ""));
}

TEST(RunCsv, SaysWhoBearsAFindingOnWhatWasMeasured) {
    rackproof::Run run = make_fleet(2, 2);
    add_steady_metric(run, {.repetitions = 1}, 1.0);
    add_steady_metric(run, {.name = "gemm.bf16", .repetitions = 1}, 1.0);
    Judgement judgement;
    Finding finding;
    finding.node = "n1";
    finding.device = "1";
    finding.metric = "gemm.fp64";
    finding.waived = "until 2026-12-31 by ann: known";
    judgement.findings = {finding};
    for (const Record& record : read_csv(run_csv(run, judgement))) {
        if (record[0] == "node") continue;
        const bool is_it = record[0] == "n1" && record[3] == "1" && record[1] == "gemm.fp64";
        EXPECT_EQ(record[18], is_it ? finding.waived : "");
    }
    judgement.findings[0].device.reset();  // of the whole node
    std::size_t marked = 0;
    for (const Record& record : read_csv(run_csv(run, judgement))) {
        if (record[18] == finding.waived) ++marked;
    }
    EXPECT_EQ(marked, 2U);
}

TEST(RunCsv, NumbersReadBackExactly) {
    rackproof::Run run = make_fleet(1, 1);
    const double values[] = {0.1, 1.0 / 3.0, 6.02214076e23, 5e-324, -0.0};
    std::size_t next = 0;
    add_metric(run, {.repetitions = 5}, [&](std::size_t) { return values[next++]; });
    const auto records = read_csv(run_csv(run));
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(std::stod(records[i + 1][2] == "5e-324" ? "0" : records[i + 1][2]),
                  records[i + 1][2] == "5e-324" ? 0.0 : values[i]);
    }
    EXPECT_EQ(records[4][2], "5e-324");
}

TEST(RunCsv, ACellWithoutANumberIsALineWithItsOutcomeAndReason) {
    rackproof::Run run = make_fleet(1, 2);
    Metric& metric = add_steady_metric(run, {.repetitions = 3}, 1.0);
    end_row(run, metric, 1, Outcome::Lost, "last words, \"quoted\"\nand more");
    add_retest(metric, 1, 1, Outcome::Completed, 2.0);
    const auto records = read_csv(run_csv(run));
    ASSERT_THAT(records, SizeIs(1 + 3 + 1 + 3));
    EXPECT_EQ(records[4][2], "");
    EXPECT_EQ(records[4][12], "");
    EXPECT_EQ(records[4][16], "lost");
    EXPECT_EQ(records[4][17], "last words, \"quoted\"\nand more");
    EXPECT_EQ(records[5][15], "1");
}

TEST(RunCsv, AGapAmongSamplesKeepsItsRepetitionAndTrailingOnesAreLeftOut) {
    rackproof::Run run = make_fleet(1, 1);
    Metric& metric = add_steady_metric(run, {.repetitions = 4}, 1.0);
    metric.values[1] = kNoValue;
    metric.values[3] = INFINITY;
    metric.time = {0.5, kNoValue, 1.5, 2.0};
    const auto records = read_csv(run_csv(run));
    ASSERT_THAT(records, SizeIs(1 + 3));
    EXPECT_EQ(records[2][2], "");
    EXPECT_EQ(records[2][12], "1");
    EXPECT_EQ(records[2][13], "");
    EXPECT_EQ(records[3][12], "2");
    EXPECT_EQ(records[3][13], "1.5");
}

TEST(RunCsv, NoTextRunsAsAFormula) {
    rackproof::Run run = make_fleet(1, 1);
    run.nodes[0].name = "=HYPERLINK(\"http://x\",\"y\")";
    run.nodes[0].sku = "@cmd";
    run.nodes[0].vendor = "-1+2";
    run.nodes[0].rack = "-";
    run.nodes[0].row = "\t=1";
    add_steady_metric(run, {.repetitions = 1}, -1.0);
    const auto records = read_csv(run_csv(run));
    EXPECT_EQ(records[1][0], "'=HYPERLINK(\"http://x\",\"y\")");
    EXPECT_EQ(records[1][8], "'@cmd");
    EXPECT_EQ(records[1][9], "'-1+2");
    EXPECT_EQ(records[1][6], "'\t=1");
    EXPECT_EQ(records[1][5], "-");   // "no rack" stays as it is read back
    EXPECT_EQ(records[1][2], "-1");  // a number is one
}

TEST(RunCsv, NamesTheOtherEndOfALinkAndTheMembersOfAGroup) {
    rackproof::Run run = make_fleet(3, 2);
    run.groups = {{0, 1, 2}};
    for (const auto& [scope, target] :
         {std::pair{Scope::NodePair, Target{0, 2}}, std::pair{Scope::DevicePair, Target{1, 4}},
          std::pair{Scope::Group, Target{0, -1}}, std::pair{Scope::Node, Target{9, -1}}}) {
        Metric metric;
        metric.name = "m";
        metric.scope = scope;
        metric.repetitions = 1;
        metric.add_row(target, 0, Outcome::Completed);
        metric.values = {1.0};
        run.metrics.push_back(metric);
    }
    const auto records = read_csv(run_csv(run));
    EXPECT_EQ(records[1][0] + "|" + records[1][4], "n0|n2");
    EXPECT_EQ(records[2][0] + "|" + records[2][3] + "|" + records[2][4], "n0|1|n2/0");
    EXPECT_EQ(records[3][0], "n0+n1+n2");
    EXPECT_EQ(records[4][0], "");
    EXPECT_EQ(records[4][2], "1");
}

TEST(RunCsv, HasValidUtf8AndEqualColumnsWhateverTheNames) {
    rackproof::Run run = make_fleet(2, 1);
    run.nodes[0].name = "a,b\"c\r\nd";
    run.nodes[1].name = "\xff\xfe";
    add_steady_metric(run, {.name = "m,\n\""}, 1.0);
    const auto records = read_csv(run_csv(run));
    for (const Record& record : records) EXPECT_THAT(record, SizeIs(19));
    EXPECT_EQ(records[1][0], "a,b\"c\r\nd");
    EXPECT_EQ(records[6][0], "\uFFFD\uFFFD");
}

}  // namespace
}  // namespace rackproof
