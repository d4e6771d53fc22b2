#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/results/csv_import_fixture.hpp"

namespace rackproof {
namespace {

using test::CsvFixture;
using test::metric_named;
using test::row_of;
using ::testing::HasSubstr;

class CsvAbsencesTest : public ::testing::Test, public CsvFixture {};

/// Three nodes of two devices and a metric of the node; without the rows that contain `left_out`.
std::string rows_without(const std::string& left_out) {
    std::string text = "node,device,metric,value,sku\n";
    for (const char* node : {"a", "b", "c"}) {
        for (const char* what : {"0,gemm", "1,gemm", "0,membw", "1,membw", ",hpl"}) {
            const std::string row = std::string{node} + "," + what + ",1,h200\n";
            if (row.find(left_out) == std::string::npos) text += row;
        }
    }
    return text;
}

TEST_F(CsvAbsencesTest, NothingIsMissingWhereAllIsThere) {
    const auto run = imported(rows_without("nothing"));
    EXPECT_TRUE(run.reasons.empty());
    EXPECT_EQ(run.devices.size(), 6U);
}

TEST_F(CsvAbsencesTest, AMetricThatOneNodeLacksIsARowWithoutNumber) {
    const auto run = imported(rows_without("c,,hpl"));
    const Metric& hpl = metric_named(run, "hpl");
    const auto row = row_of(run, hpl, "c", -1);
    ASSERT_TRUE(row);
    EXPECT_EQ(hpl.outcome[*row], Outcome::Skipped);
    EXPECT_EQ(hpl.variant[*row], -1);
    ASSERT_EQ(run.reasons.size(), 1U);
    EXPECT_EQ(run.reasons[0].row, static_cast<std::int32_t>(*row));
    EXPECT_THAT(run.reasons[0].text, HasSubstr("most nodes of its sku"));
}

TEST_F(CsvAbsencesTest, ADeviceThatOneNodeLacksIsListedWithAllItsMetrics) {
    const auto run = imported(rows_without("b,1,"));
    EXPECT_EQ(run.devices.size(), 6U);
    for (const char* name : {"gemm", "membw"}) {
        const Metric& metric = metric_named(run, name);
        const auto row = row_of(run, metric, "b", 1);
        ASSERT_TRUE(row) << name;
        EXPECT_EQ(metric.outcome[*row], Outcome::Skipped) << name;
    }
    EXPECT_EQ(run.reasons.size(), 2U);
}

TEST_F(CsvAbsencesTest, WhatOnlyAMinorityHasIsNotExpected) {
    const auto run = imported(rows_without("hpl") + "a,,extra,1,h200\nb,9,gemm,1,h200\n");
    EXPECT_EQ(metric_named(run, "extra").rows(), 1U);
    EXPECT_EQ(run.devices.size(), 7U);
    EXPECT_TRUE(run.reasons.empty());
}

TEST_F(CsvAbsencesTest, EachSkuHasAMajorityOfItsOwn) {
    const auto run = imported(rows_without("nothing") + "d,0,gemm,1,b200\ne,0,gemm,1,b200\n");
    EXPECT_TRUE(run.reasons.empty()) << "no b200 has membw, and none lacks it";
}

TEST_F(CsvAbsencesTest, ValuesThatAreNoneAreRowsWithoutNumber) {
    const auto run = imported("node,metric,value\na,m,\nb,m,nan\nc,m,NaN\nd,m,1\n");
    const Metric& m = run.metrics[0];
    EXPECT_EQ(std::ranges::count(m.outcome, Outcome::Skipped), 3);
    EXPECT_EQ(m.outcome[*row_of(run, m, "d", -1)], Outcome::Completed);
    EXPECT_EQ(run.reasons.size(), 3U);
}

TEST_F(CsvAbsencesTest, TheFleetFileSaysWhichNodesAndDevicesThereMustBe) {
    Fleet fleet;
    fleet.text = "the file";
    for (const char* name : {"c", "b", "a", "dark"}) {
        FleetNode node;
        node.node.name = name;
        node.node.rack = "r7";
        node.devices = 3;
        fleet.nodes.push_back(node);
    }
    CsvImport import = import_of(rows_without("nothing"));
    import.fleet = &fleet;
    (void)import_csv(import);
    const auto run = read_run_file(out());
    EXPECT_EQ(run.fleet_toml, "the file");
    ASSERT_EQ(run.nodes.size(), 4U);
    EXPECT_EQ(run.nodes[0].name, "c") << "the fleet file's order";
    EXPECT_EQ(run.nodes[0].rack, "r7");
    EXPECT_EQ(run.nodes[0].sku, "h200");
    EXPECT_EQ(run.nodes[3].name, "dark");
    EXPECT_EQ(run.nodes[3].state, "absent");
    const Metric& gemm = metric_named(run, "gemm");
    const auto third = row_of(run, gemm, "a", 2);
    ASSERT_TRUE(third) << "the fleet file lists three devices";
    EXPECT_EQ(gemm.outcome[*third], Outcome::Skipped);
    EXPECT_FALSE(row_of(run, gemm, "dark", 0)) << "its absence is one fact, told by the node";
}

TEST_F(CsvAbsencesTest, RefusesNodesAndFactsThatContradictTheFleetFile) {
    Fleet fleet;
    fleet.nodes.resize(1);
    fleet.nodes[0].node.name = "a";
    fleet.nodes[0].node.rack = "r7";
    CsvImport import = import_of("node,metric,value,rack\na,m,1,\nb,m,1,\n");
    import.fleet = &fleet;
    EXPECT_THAT(refusal(import), HasSubstr("in.csv:3:1: the fleet file names no node 'b'"));
    import.files = {write("in.csv", "node,metric,value,rack\na,m,1,r8\n")};
    EXPECT_THAT(refusal(import), HasSubstr("the rack of node 'a' is 'r8' here and 'r7' before"));
}

}  // namespace
}  // namespace rackproof
