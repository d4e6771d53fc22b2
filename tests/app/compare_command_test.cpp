#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <sstream>

#include "app/commands.hpp"
#include "results/run_file.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/scripted_curves.hpp"

namespace rackproof {
namespace {

/// Of 24 nodes, so that there is an interval.
rackproof::Run burnin(std::uint64_t seed, double resistance) {
    test::CurveScript script;
    script.seed = seed;
    script.racks = 3;
    script.devices = 2;
    script.resistance = resistance;
    script.period_s = 4;
    return test::scripted_burnin(script);
}

/// {metric: {column: value}} of a CSV without quoted fields.
std::map<std::string, std::map<std::string, std::string>> read_csv(
    const std::filesystem::path& path) {
    std::map<std::string, std::map<std::string, std::string>> rows;
    std::ifstream stream{path};
    std::vector<std::string> columns;
    for (std::string line; std::getline(stream, line);) {
        std::vector<std::string> fields;
        std::istringstream parts{line};
        for (std::string field; std::getline(parts, field, ',');) fields.push_back(field);
        if (columns.empty()) {
            columns = fields;
            continue;
        }
        std::map<std::string, std::string> row;
        for (std::size_t i = 0; i < std::min(columns.size(), fields.size()); ++i) {
            row[columns[i]] = fields[i];
        }
        rows[row["metric"]] = row;
    }
    return rows;
}

TEST(CompareCommand, HoldsWhatIsMadeOfCurvesAgainstEachOther) {
    const test::ScratchFolder folder;
    write_run_file(burnin(1, 0.060), folder / "a.h5");
    write_run_file(burnin(2, 0.066), folder / "b.h5");
    const CompareArguments arguments{
        {folder / "a.h5", folder / "b.h5"}, CompareFormat::Csv, {}, folder / "out.csv"};
    EXPECT_EQ(compare_command(arguments), 0);
    auto rows = read_csv(folder / "out.csv");
    ASSERT_TRUE(rows.contains("burnin.bf16.thermal_resistance"));
    auto& resistance = rows["burnin.bf16.thermal_resistance"];
    EXPECT_EQ(resistance["standing"], "worse");
    EXPECT_NEAR(std::stod(resistance["difference"]), 0.1, 0.03);
    ASSERT_TRUE(rows.contains("burnin.bf16.rate_retention"));
    EXPECT_EQ(rows["burnin.bf16.rate_retention"]["standing"], "no difference shown");
}

TEST(CompareCommand, WhatIsMadeOfCurvesIsLikeOnlyWhereItsLeadIs) {
    const test::ScratchFolder folder;
    write_run_file(burnin(1, 0.060), folder / "a.h5");
    rackproof::Run other = burnin(2, 0.060);
    for (Metric& metric : other.metrics) metric.parameters = R"({"duration_s":7200})";
    write_run_file(other, folder / "b.h5");
    const CompareArguments arguments{
        {folder / "a.h5", folder / "b.h5"}, CompareFormat::Text, {}, folder / "out.txt"};
    EXPECT_EQ(compare_command(arguments), 3) << "nothing could be compared";
}

TEST(CompareCommand, AResistanceOverCoolantIsNotOneOverIdle) {
    const test::ScratchFolder folder;
    write_run_file(burnin(1, 0.060), folder / "a.h5");
    test::CurveScript script;
    script.seed = 2;
    script.racks = 3;
    script.devices = 2;
    script.period_s = 4;
    script.has_coolant_sensor = false;
    write_run_file(test::scripted_burnin(script), folder / "b.h5");
    const CompareArguments arguments{
        {folder / "a.h5", folder / "b.h5"}, CompareFormat::Csv, {}, folder / "out.csv"};
    EXPECT_EQ(compare_command(arguments), 0);
    std::ifstream stream{folder / "out.csv"};
    const std::string text{std::istreambuf_iterator<char>{stream}, {}};
    EXPECT_THAT(text, testing::ContainsRegex("thermal_resistance[^\n]*not alike: definition"));
}

}  // namespace
}  // namespace rackproof
