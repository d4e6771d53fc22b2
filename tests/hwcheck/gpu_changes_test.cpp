#include "hwcheck/gpu_changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rackproof {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

GpuState state(std::map<std::string, std::uint64_t> values) {
    GpuState all;
    for (const auto& [name, value] : values) all[name] = Answer<std::uint64_t>::of(value);
    return all;
}

auto change(const char* severity, const char* code, const char* text) {
    return AllOf(Field(&GpuChange::severity, severity), Field(&GpuChange::code, code),
                 Field(&GpuChange::text, HasSubstr(text)));
}

TEST(GpuChanges, AreNoneWhereNothingHappened) {
    const GpuState same = state({{"ecc.volatile.uncorrected", 4},
                                 {"remap.pending", 1},
                                 {"pcie.width", 8},
                                 {"pcie.width_max", 16},
                                 {"recovery_action", 1},
                                 {"gpu.throttle.hw_thermal_ns", 5}});
    EXPECT_THAT(gpu_changes(same, same, 10), IsEmpty());
    EXPECT_THAT(gpu_changes({}, {}, 10), IsEmpty());
}

TEST(GpuChanges, TellOfEccErrors) {
    EXPECT_THAT(gpu_changes(state({{"ecc.volatile.uncorrected", 1}}),
                            state({{"ecc.volatile.uncorrected", 3}}), 10),
                ElementsAre(change("error", "gpu_ecc_uncorrected", "2 new uncorrected ECC")));
    EXPECT_THAT(gpu_changes(state({{"ecc.aggregate.corrected", 0}}),
                            state({{"ecc.aggregate.corrected", 9}}), 10),
                ElementsAre(change("warning", "gpu_ecc_corrected", "9 new corrected ECC")));
}

TEST(GpuChanges, TellOfOneThingOnce) {
    const GpuState none =
        state({{"ecc.volatile.uncorrected", 0}, {"ecc.aggregate.uncorrected", 5}});
    const GpuState some =
        state({{"ecc.volatile.uncorrected", 1}, {"ecc.aggregate.uncorrected", 6}});
    EXPECT_THAT(gpu_changes(none, some, 10),
                ElementsAre(change("error", "gpu_ecc_uncorrected", "6 in all")));
}

TEST(GpuChanges, WhatIsNotKnownBothTimesSaysNothing) {
    EXPECT_THAT(gpu_changes({}, state({{"ecc.volatile.uncorrected", 3}}), 10), IsEmpty());
    EXPECT_THAT(gpu_changes(state({{"ecc.volatile.uncorrected", 3}}), {}, 10), IsEmpty());
}

TEST(GpuChanges, ACounterThatWentBackIsTold) {
    EXPECT_THAT(gpu_changes(state({{"ecc.volatile.uncorrected", 7}}),
                            state({{"ecc.volatile.uncorrected", 2}}), 10),
                ElementsAre(change("warning", "gpu_counters_reset", "from 7 to 2"),
                            change("error", "gpu_ecc_uncorrected", "2 new")));
    EXPECT_THAT(gpu_changes(state({{"pcie.replays", 7}}), state({{"pcie.replays", 0}}), 10),
                ElementsAre(change("warning", "gpu_counters_reset", "from 7 to 0")));
}

TEST(GpuChanges, TellOfRemappedRows) {
    const GpuState before = state({{"remap.uncorrectable", 0},
                                   {"remap.correctable", 2},
                                   {"remap.pending", 0},
                                   {"remap.failure", 0}});
    const GpuState after = state({{"remap.uncorrectable", 1},
                                  {"remap.correctable", 3},
                                  {"remap.pending", 1},
                                  {"remap.failure", 1}});
    EXPECT_THAT(gpu_changes(before, after, 10),
                ElementsAre(change("error", "gpu_row_remapped", "1 new"),
                            change("warning", "gpu_row_remapped_correctable", "1 new"),
                            change("error", "gpu_row_remap_pending", "reset"),
                            change("error", "gpu_row_remap_failure", "could not")));
}

TEST(GpuChanges, TellWhatTheDriverAsksFor) {
    EXPECT_THAT(gpu_changes(state({{"recovery_action", 0}}), state({{"recovery_action", 2}}), 10),
                ElementsAre(change("error", "gpu_recovery_action", "reboot the node")));
    EXPECT_THAT(gpu_changes({}, state({{"recovery_action", 77}}), 10),
                ElementsAre(change("error", "gpu_recovery_action", "action 77")));
}

TEST(GpuChanges, TellOfALinkThatGotNarrower) {
    const GpuState wide = state({{"pcie.width", 16}, {"pcie.width_max", 16}});
    const GpuState narrow = state({{"pcie.width", 8}, {"pcie.width_max", 16}});
    EXPECT_THAT(gpu_changes(wide, narrow, 10),
                ElementsAre(change("error", "gpu_pcie_degraded", "width 8; both ends can do 16")));
}

TEST(GpuChanges, TheGenerationCountsOnlyAtWork) {
    const auto slow = [](std::uint64_t reasons) {
        return state(
            {{"pcie.generation", 3}, {"pcie.generation_max", 5}, {"gpu.event_reasons", reasons}});
    };
    EXPECT_THAT(gpu_changes({}, slow(nvml::kReasonIdle), 10), IsEmpty());
    EXPECT_THAT(gpu_changes({}, slow(0), 10),
                ElementsAre(change("error", "gpu_pcie_degraded", "generation 3")));
}

TEST(GpuChanges, TellOfNvLinks) {
    const GpuState before = state({{"nvlink.count", 2},
                                   {"nvlink.0.active", 1},
                                   {"nvlink.1.active", 1},
                                   {"nvlink.1.replays", 3},
                                   {"nvlink.0.recoveries", 0}});
    const GpuState after = state({{"nvlink.count", 2},
                                  {"nvlink.0.active", 1},
                                  {"nvlink.1.active", 0},
                                  {"nvlink.1.replays", 5},
                                  {"nvlink.0.recoveries", 1}});
    EXPECT_THAT(gpu_changes(before, after, 10),
                ElementsAre(change("error", "gpu_nvlink_recovery", "1 new recoveries on NVLink 0"),
                            change("error", "gpu_nvlink_down", "NVLink 1 went down"),
                            change("warning", "gpu_nvlink_errors", "2 new replays on NVLink 1")));
}

TEST(GpuChanges, ThrottlingIsAnErrorIfItTookItsShare) {
    const GpuState before = state({{"gpu.throttle.power_brake_ns", 1000}});
    EXPECT_THAT(
        gpu_changes(before, state({{"gpu.throttle.power_brake_ns", 2'000'001'000}}), 10),
        ElementsAre(change("error", "gpu_throttled", "2 s of 10 s slowed down by power brake")));
    EXPECT_THAT(gpu_changes(before, state({{"gpu.throttle.power_brake_ns", 50'001'000}}), 10),
                ElementsAre(change("warning", "gpu_throttled", "0.05 s of 10 s")));
}

TEST(GpuChanges, ThePowerCapIsNoFault) {
    EXPECT_THAT(gpu_changes(state({{"gpu.throttle.power_ns", 0}}),
                            state({{"gpu.throttle.power_ns", 9'000'000'000}}), 10),
                IsEmpty());
}

TEST(GpuChanges, WithoutCountersTheReasonsAreAskedBitByBit) {
    const auto reasons = [](std::uint64_t bits) { return state({{"gpu.event_reasons", bits}}); };
    EXPECT_THAT(gpu_changes(reasons(0), reasons(0x84), 10),
                ElementsAre(change("error", "gpu_throttled", "power_brake")));
    EXPECT_THAT(gpu_changes(reasons(0), reasons(0x1 | 0x2 | 0x4 | 0x10 | 0x100), 10), IsEmpty());
}

TEST(GpuTroubles, TellWhatIsWrongAtTheFirstLook) {
    EXPECT_THAT(gpu_troubles(state({{"remap.pending", 1},
                                    {"pcie.width", 4},
                                    {"pcie.width_max", 16},
                                    {"ecc.aggregate.uncorrected", 3}})),
                ElementsAre(change("error", "gpu_row_remap_pending", ""),
                            change("error", "gpu_pcie_degraded", "width 4")));
}

TEST(EventReasonWords, NameEachBit) {
    EXPECT_EQ(event_reason_words(0), "none");
    EXPECT_EQ(event_reason_words(0x28), "hw_slowdown, sw_thermal");
    EXPECT_EQ(event_reason_words(0x1080), "power_brake, bits 4096");
}

}  // namespace
}  // namespace rackproof
