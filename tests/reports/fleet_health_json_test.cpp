#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "reports/fleet_health_report.hpp"
#include "tests/reports/fleet_health_support.hpp"

namespace rackproof {
namespace {

TEST(FleetHealthJson, HasAllThatTheTextHas) {
    const auto json = nlohmann::json::parse(fleet_health_json(test::fleet_of_three_nights()));
    EXPECT_EQ(json["format"], "rackproof-fleet");
    EXPECT_EQ(json["format_version"], 1);
    EXPECT_EQ(json["verdict"], "fail");
    EXPECT_EQ(json["nodes"], 4);
    EXPECT_EQ(json["nights"].size(), 3);
    EXPECT_EQ(
        json["nights"][2]["nodes"],
        nlohmann::json::parse(R"({"all":4,"pass":1,"watch":0,"fail":1,"no_data":1,"absent":1})"));
    EXPECT_EQ(json["transitions"]["newly_absent"], nlohmann::json::parse(R"(["n3"])"));
    EXPECT_EQ(json["transitions"]["recovered"], nlohmann::json::array());
    EXPECT_EQ(json["drift"][0]["since"], "2026-01-02T04:00:00Z");
    const auto& worst = json["repeat_offenders"][0];
    EXPECT_EQ(worst["node"], "n1");
    EXPECT_EQ(worst["nights"], nlohmann::json::parse(R"(["fail","fail","fail"])"));
    EXPECT_EQ(worst["blamed"][0]["metric"], "gemm.bf16");
    EXPECT_EQ(json["racks"][0]["fail_share"], 0.5);
    EXPECT_EQ(json["rows"][0]["rack"], nullptr);
}

TEST(FleetHealthJson, WhatWasNeverJudgedHasNoShare) {
    FleetHealth health = test::fleet_of_three_nights();
    health.racks[0].period = {};
    health.racks[0].period.add(Verdict::NoData);
    const auto json = nlohmann::json::parse(fleet_health_json(health));
    EXPECT_EQ(json["racks"][0]["fail_share"], nullptr);
}

}  // namespace
}  // namespace rackproof
