#include <gmock/gmock.h>

#include "results/log_formats.hpp"
#include "tests/results/log_fixture.hpp"

namespace rackproof::logs {
namespace {

using test::facts_of;
using test::readings;
using test::real_data;
using test::refusal_of;
using test::replaced;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kDcgmOld = R"({"DCGM GPU Diagnostic": {
 "test_categories": [
  {"category": "Deployment", "tests": [
    {"name": "Denylist", "results": [{"gpu_ids": "0,1", "status": "PASS"}]}]},
  {"category": "Stress", "tests": [
    {"name": "sm_stress", "results": [
      {"gpu_ids": "0", "status": "FAIL", "info": ["GPU 0 temperature average:\t31 C"],
       "warnings": [{"warning": "Max stress level of 2128.7 did not exceed 3000.0",
                     "error_id": 50, "error_category": 9, "error_severity": 1}]},
      {"gpu_ids": "1", "status": "PASS", "info": ["GPU 1 relative stress level:\t577",
                                                   "GPU 1 GPU to Host bandwidth:\t\t13.07 GB/s"]}]},
    {"name": "targeted_power", "results": [{"gpu_ids": "0", "status": "SKIP"},
                                           {"gpu_ids": "1", "status": "SKIP", "warnings": "no power limit"}]}]}],
 "version": "1.7"}})";

TEST(Dcgm, TheOlderFormByListsOfGpus) {
    const LogFacts facts = facts_of(read_dcgm, kDcgmOld);
    const std::vector<LogReading> denylist = readings(facts, "dcgm.denylist");
    ASSERT_EQ(denylist.size(), 2U);
    EXPECT_EQ(denylist[1].place.device, 1);
    EXPECT_THAT(denylist[1].values, ElementsAre(0));
    const std::vector<LogReading> stress = readings(facts, "dcgm.sm_stress");
    ASSERT_EQ(stress.size(), 2U);
    EXPECT_EQ(stress[0].outcome, Outcome::WrongAnswer);
    EXPECT_THAT(stress[0].reason, HasSubstr("Max stress level of 2128.7"));
    EXPECT_EQ(stress[1].outcome, Outcome::Completed);
}

TEST(Dcgm, ASkippedTestIsSkippedWithItsReason) {
    const std::vector<LogReading> power =
        readings(facts_of(read_dcgm, kDcgmOld), "dcgm.targeted_power");
    ASSERT_EQ(power.size(), 2U);
    EXPECT_EQ(power[0].outcome, Outcome::Skipped);
    EXPECT_THAT(power[0].values, IsEmpty());
    EXPECT_THAT(power[0].reason, HasSubstr("without a reason"));
    EXPECT_THAT(power[1].reason, HasSubstr("no power limit"));
}

TEST(Dcgm, NumbersAmongTheRemarksAreMetrics) {
    const LogFacts facts = facts_of(read_dcgm, kDcgmOld);
    const LogReading warm = readings(facts, "dcgm.sm_stress.temperature_average").at(0);
    EXPECT_THAT(warm.values, ElementsAre(31));
    EXPECT_EQ(warm.metric.unit, "degC");
    const LogReading copy = readings(facts, "dcgm.sm_stress.gpu_to_host_bandwidth").at(0);
    EXPECT_THAT(copy.values, ElementsAre(13.07e9));
    ASSERT_EQ(facts.events.size(), 1U);  // what has no unit stays a remark
    EXPECT_EQ(facts.events[0].text, "GPU 1 relative stress level: 577");
}

constexpr const char* kDcgmNew = R"({
 "DCGM Diagnostic": {"test_categories": [{"category": "Hardware", "tests": [
   {"name": "memory", "results": [
      {"entity_group": "GPU", "entity_group_id": 1, "entity_id": 0, "status": "Pass"},
      {"entity_group": "GPU", "entity_group_id": 1, "entity_id": 1, "status": "Fail",
       "warnings": [{"error_category": 1, "error_id": 44, "error_severity": 2, "warning": "bad page"}]},
      {"entity_group": "CPU", "entity_group_id": 7, "entity_id": 0, "status": "Pass"}],
    "test_summary": {"status": "Fail"}},
   {"name": "software", "results": [], "test_summary": {"status": "Pass"}}]}]},
 "entity_groups": [{"entity_group": "GPU", "entity_group_id": 1, "entities": [
   {"device_id": "2330", "entity_id": 0, "serial_num": "1650"},
   {"device_id": "2330", "entity_id": 1}]}],
 "metadata": {"version": "4.2.0", "Driver Version Detected": "570.86"}})";

TEST(Dcgm, TodaysFormByEntities) {
    const LogFacts facts = facts_of(read_dcgm, kDcgmNew);
    const std::vector<LogReading> memory = readings(facts, "dcgm.memory");
    ASSERT_EQ(memory.size(), 2U);
    EXPECT_EQ(memory[0].outcome, Outcome::Completed);
    EXPECT_EQ(memory[1].outcome, Outcome::WrongAnswer);
    EXPECT_EQ(memory[1].place.device, 1);
    EXPECT_EQ(readings(facts, "dcgm.memory.cpu0").size(), 1U);
    EXPECT_EQ(readings(facts, "dcgm.software.node").at(0).outcome, Outcome::Completed);
    EXPECT_EQ(facts.devices.at(0).serial, "1650");
    EXPECT_EQ(facts.devices.at(0).driver, "570.86");
}

TEST(Dcgm, ASummaryWorseThanItsResultsIsNotLost) {
    const std::string text =
        replaced(kDcgmNew, R"("results": [], "test_summary": {"status": "Pass"})",
                 R"("results": [], "test_summary": {"status": "Fail"})");
    EXPECT_EQ(readings(facts_of(read_dcgm, text), "dcgm.software.node").at(0).outcome,
              Outcome::WrongAnswer);
}

TEST(Dcgm, ARuntimeErrorIsAFailure) {
    const LogFacts facts =
        facts_of(read_dcgm, R"({"DCGM Diagnostic": {"runtime_error": "hostengine is gone"}})");
    EXPECT_EQ(readings(facts, "dcgm.run.node").at(0).outcome, Outcome::Failed);
}

TEST(Dcgm, AWarningIsAnEvent) {
    const LogFacts facts =
        facts_of(read_dcgm, replaced(kDcgmNew, R"("entity_id": 0, "status": "Pass"})",
                                     R"("entity_id": 0, "status": "Warn"})"));
    ASSERT_EQ(facts.events.size(), 1U);
    EXPECT_EQ(facts.events[0].severity, "error");
}

TEST(Dcgm, WhatIsNotUnderstoodIsRefusedWithItsLine) {
    EXPECT_THAT(refusal_of(read_dcgm, replaced(kDcgmOld, "\"PASS\"", "\"PASSED\"")),
                HasSubstr("a.log:4:"));
    EXPECT_THAT(refusal_of(read_dcgm, replaced(kDcgmOld, "\"0,1\"", "\"0;1\"")),
                HasSubstr("expected numbers of GPUs"));
    EXPECT_THAT(refusal_of(read_dcgm, replaced(kDcgmNew, "\"entity_id\": 1, ", "")),
                HasSubstr("a.log:5: '/DCGM Diagnostic/test_categories/0/tests/0/results/1' has no "
                          "member 'entity_id'"));
    EXPECT_THAT(refusal_of(read_dcgm, replaced(kDcgmNew, R"("entity_group": "CPU", )", "")),
                HasSubstr("has no member 'entity_group'"));
    EXPECT_THAT(refusal_of(read_dcgm, "{}"), HasSubstr("has neither"));
    EXPECT_THAT(refusal_of(read_dcgm, "gpuId 0: U U"), HasSubstr("is no JSON document"));
}

// 4 GPUs, one of them with a pass under sm_stress (shared/data/dcgm-diag-json/SOURCES.md).
TEST(Dcgm, NvidiasOwnExample) {
    const std::filesystem::path path = real_data("dcgm-diag-json/TestDiagManagerStrings.h.1.json");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "no real log at " << path;
    LogText log = LogText::read(path, BadRows::Refuse);
    const LogFacts facts = read_dcgm(log);
    const std::vector<LogReading> stress = readings(facts, "dcgm.sm_stress");
    ASSERT_EQ(stress.size(), 4U);
    for (const LogReading& reading : stress) {
        EXPECT_EQ(reading.outcome,
                  reading.place.device == 1 ? Outcome::Completed : Outcome::WrongAnswer);
    }
    EXPECT_EQ(readings(facts, "dcgm.memory").at(0).outcome, Outcome::Skipped);
    EXPECT_THAT(readings(facts, "dcgm.pcie.bidirectional_latency").at(3).values,
                ElementsAre(4.785e-6));
}

// GCM's constants: all pass (L55, L72), Persistence Mode warns (L65), or fails (L60).
TEST(Dcgm, MetasExamplesWithoutGpus) {
    const std::filesystem::path folder = real_data("gcm-command-outputs");
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no real logs at " << folder;
    const auto persistence = [&](const char* name) {
        LogText log = LogText::read(folder / name, BadRows::Refuse);
        return readings(read_dcgm(log), "dcgm.persistence_mode.node").at(0).outcome;
    };
    EXPECT_EQ(persistence("test_check_dcgmi.L55.txt"), Outcome::Completed);
    EXPECT_EQ(persistence("test_check_dcgmi.L60.txt"), Outcome::WrongAnswer);
    EXPECT_EQ(persistence("test_check_dcgmi.L65.txt"), Outcome::Completed);
}

}  // namespace
}  // namespace rackproof::logs
