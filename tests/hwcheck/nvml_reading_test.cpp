// hwcheck/nvml/: what is read of a GPU, in this process, from the fake library.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "hwcheck/nvml/gpu_reading.hpp"
#include "tests/support/gpu_machine.hpp"

namespace rackproof {
namespace {

using nvml::Library;
using testing::HasSubstr;
using testing::Optional;

class NvmlReading : public testing::Test {
  protected:
    GpuFacts facts(std::size_t index = 0, const std::string& file = test::fake_nvml()) {
        machine_.write();
        const Library library{file};
        return nvml::read_facts(library, *library.by_index(static_cast<unsigned>(index)).value());
    }
    GpuSample sample(const std::string& file = test::fake_nvml()) {
        machine_.write();
        const Library library{file};
        return nvml::read_sample(library, *library.by_index(0).value());
    }
    GpuState state(const std::string& file = test::fake_nvml()) {
        machine_.write();
        const Library library{file};
        return nvml::read_state(library, *library.by_index(0).value());
    }
    static Answer<double> channel(const GpuSample& sample, std::string_view name) {
        for (std::size_t i = 0; i < sample.size(); ++i) {
            if (gpu_channels()[i].name == name) return sample[i];
        }
        throw Error{"find a channel", name};
    }
    test::GpuMachine machine_{8};
};

TEST_F(NvmlReading, KnowsEachGpuOfANode) {
    const Library library{test::fake_nvml()};
    EXPECT_THAT(library.count().value(), Optional(8U));
    EXPECT_THAT(facts(3)["uuid"].value(),
                Optional(std::string{"GPU-00000000-0000-0000-0000-000000000003"}));
    EXPECT_THAT(facts(3)["pci"].value(), Optional(std::string{"00000000:1B:00.0"}));
    EXPECT_THAT(facts(3)["serial"].value(), Optional(std::string{"1650000000003"}));
}

TEST_F(NvmlReading, ReadsEveryFact) {
    GpuFacts all = facts();
    const std::map<std::string, std::string> expected{
        {"model", "NVIDIA H200"},
        {"vbios", "96.00.A5.00.1A"},
        {"board_part_number", "692-2G520-0282-000"},
        {"inforom_image", "G520.0282.02.02"},
        {"ecc_mode", "on"},
        {"ecc_mode_pending", "on"},
        {"mig_mode", "off"},
        {"mig_mode_pending", "off"},
        {"persistence_mode", "on"},
        {"compute_mode", "default"},
        {"power_limit_enforced_w", "700"},
        {"power_limit_set_w", "700"},
        {"power_limit_default_w", "700"},
        {"power_limit_min_w", "200"},
        {"power_limit_max_w", "700"},
        {"sm_clock_max_hz", "1980000000"},
        {"memory_clock_max_hz", "3201000000"},
        {"application_clock_hz", "1980000000"},
        {"application_clock_default_hz", "1980000000"},
        {"pcie_generation", "5"},
        {"pcie_generation_max", "5"},
        {"pcie_width", "16"},
        {"pcie_width_max", "16"},
        {"bar1_bytes", "274877906944"},
        {"minor_number", "0"},
        {"nvlinks_active", "18 of 18"},
    };
    for (const auto& [key, value] : expected) {
        EXPECT_EQ(all[key].value(), value) << key << ": " << all[key].why();
    }
    EXPECT_EQ(all["gpu_numa_node"].why(), "not supported");
}

TEST_F(NvmlReading, SaysOfTheDriverWhichItIs) {
    const Library library{test::fake_nvml()};
    GpuFacts facts = nvml::read_system_facts(library);
    EXPECT_THAT(facts["driver"].value(), Optional(std::string{"580.95.05"}));
    EXPECT_THAT(facts["nvml"].value(), Optional(std::string{"13.580.95.05"}));
    EXPECT_THAT(facts["cuda"].value(), Optional(std::string{"13.0"}));
}

struct Changed {
    const char* call;
    nlohmann::json answer;
    const char* fact;
    const char* becomes;
};

class EachFact : public NvmlReading, public testing::WithParamInterface<Changed> {};

TEST_P(EachFact, FollowsWhatTheDriverSays) {
    const Changed& changed = GetParam();
    const Answer<std::string> before = facts()[changed.fact];
    machine_.gpu(0)[changed.call] = changed.answer;
    EXPECT_NE(before.value(), changed.becomes);
    EXPECT_EQ(facts()[changed.fact].value(), changed.becomes);
}

INSTANTIATE_TEST_SUITE_P(
    Nvml, EachFact,
    testing::Values(
        Changed{"nvmlDeviceGetName", "NVIDIA H20", "model", "NVIDIA H20"},
        Changed{"nvmlDeviceGetVbiosVersion", "1", "vbios", "1"},
        Changed{"nvmlDeviceGetEccMode", {0, 1}, "ecc_mode", "off"},
        Changed{"nvmlDeviceGetEccMode", {1, 0}, "ecc_mode_pending", "off"},
        Changed{"nvmlDeviceGetMigMode", {1, 0}, "mig_mode", "on"},
        Changed{"nvmlDeviceGetPersistenceMode", 0, "persistence_mode", "off"},
        Changed{"nvmlDeviceGetComputeMode", 3, "compute_mode", "exclusive process"},
        Changed{"nvmlDeviceGetComputeMode", 9, "compute_mode", "mode 9"},
        Changed{"nvmlDeviceGetEnforcedPowerLimit", 500500, "power_limit_enforced_w", "500.5"},
        Changed{"nvmlDeviceGetPowerManagementDefaultLimit", 1, "power_limit_default_w", "0.001"},
        Changed{"nvmlDeviceGetCurrPcieLinkWidth", 8, "pcie_width", "8"},
        Changed{"nvmlDeviceGetMaxPcieLinkGeneration", 6, "pcie_generation_max", "6"},
        Changed{"application_clock", 1500, "application_clock_hz", "1500000000"},
        Changed{"application_clock_default", 1, "application_clock_default_hz", "1000000"},
        Changed{"numa_node", 2, "gpu_numa_node", "2"},
        Changed{"bar1", 1024, "bar1_bytes", "1024"}));

TEST_F(NvmlReading, ReadsASampleInBaseUnits) {
    const GpuSample all = sample();
    ASSERT_EQ(all.size(), gpu_channels().size());
    EXPECT_THAT(channel(all, "gpu.sm_clock").value(), Optional(1.98e9));
    EXPECT_THAT(channel(all, "gpu.memory_clock").value(), Optional(3.201e9));
    EXPECT_THAT(channel(all, "gpu.event_reasons").value(), Optional(0.0));
    EXPECT_THAT(channel(all, "gpu.power_average").value(), Optional(testing::DoubleEq(76.1)));
    EXPECT_THAT(channel(all, "gpu.power_instant").value(), Optional(testing::DoubleEq(77.2)));
    EXPECT_THAT(channel(all, "gpu.power_usage").value(), Optional(testing::DoubleEq(76.543)));
    EXPECT_THAT(channel(all, "gpu.power_limit").value(), Optional(700.0));
    EXPECT_THAT(channel(all, "gpu.energy").value(), Optional(5000.0));
    EXPECT_THAT(channel(all, "gpu.temperature").value(), Optional(39.0));
    EXPECT_THAT(channel(all, "gpu.memory_temperature").value(), Optional(38.0));
    EXPECT_THAT(channel(all, "gpu.margin").value(), Optional(48.0));
    EXPECT_THAT(channel(all, "gpu.utilisation").value(), Optional(testing::DoubleEq(0.97)));
    EXPECT_THAT(channel(all, "gpu.memory_utilisation").value(), Optional(testing::DoubleEq(0.41)));
    EXPECT_THAT(channel(all, "gpu.pcie_generation").value(), Optional(5.0));
    EXPECT_THAT(channel(all, "gpu.pcie_width").value(), Optional(16.0));
    EXPECT_THAT(channel(all, "gpu.throttle.power").value(), Optional(testing::DoubleEq(1e-3)));
    EXPECT_THAT(channel(all, "gpu.throttle.hw_thermal").value(), Optional(0.0));
}

TEST_F(NvmlReading, ATurboFanlessGpuHasNoFanAndNotAFanThatStands) {
    const Answer<double> fan = channel(sample(), "gpu.fan");
    EXPECT_FALSE(fan);
    EXPECT_EQ(fan.why(), "not supported");
    machine_.gpu(0)["nvmlDeviceGetFanSpeed"] = 0;
    EXPECT_THAT(channel(sample(), "gpu.fan").value(), Optional(0.0));
}

TEST_F(NvmlReading, AMarginIsNegativeBeyondTheLimit) {
    machine_.gpu(0)["margin"] = -3;
    EXPECT_THAT(channel(sample(), "gpu.margin").value(), Optional(-3.0));
}

TEST_F(NvmlReading, TakesNoPowerThatCannotBe) {
    machine_.gpu(0)["nvmlDeviceGetPowerUsage"] = 0xFFFFFFFFU;
    const Answer<double> power = channel(sample(), "gpu.power_usage");
    EXPECT_FALSE(power);
    EXPECT_THAT(power.why(), HasSubstr("which cannot be"));
}

TEST_F(NvmlReading, TakesNoFieldOfATypeItDoesNotKnow) {
    machine_.gpu(0)["fields"]["82"] = {17, 36};
    EXPECT_THAT(channel(sample(), "gpu.memory_temperature").why(), HasSubstr("type"));
}

TEST_F(NvmlReading, KeepsEveryBitOfTheReasons) {
    machine_.gpu(0)["event_reasons"] = 0x88;
    EXPECT_THAT(channel(sample(), "gpu.event_reasons").value(), Optional(136.0));
}

TEST_F(NvmlReading, OfAnOldDriverReadsWhatItHas) {
    machine_.gpu(0)["event_reasons"] = 0x40;
    machine_.gpu(0)["violation_ns"] = {{"1", 2000000000}};
    machine_.gpu(0)["fields"] = nlohmann::json::object();
    const GpuSample all = sample(test::old_fake_nvml());
    EXPECT_THAT(channel(all, "gpu.event_reasons").value(), Optional(64.0));
    EXPECT_THAT(channel(all, "gpu.throttle.thermal").value(), Optional(testing::DoubleEq(2)));
    EXPECT_EQ(channel(all, "gpu.margin").why(), "this driver has no such call");
    EXPECT_EQ(channel(all, "gpu.throttle.hw_thermal").why(), "not supported");
    EXPECT_EQ(channel(all, "gpu.memory_temperature").why(), "not supported");
    EXPECT_THAT(channel(all, "gpu.temperature").value(), Optional(39.0));
}

TEST_F(NvmlReading, NotSupportedEverywhereIsNowhereZero) {
    machine_.gpu(0) = {{"pci", "00000000:18:00.0"}};
    for (const Answer<double>& answer : sample()) {
        EXPECT_FALSE(answer);
        EXPECT_EQ(answer.why(), "not supported");
    }
    for (const auto& [name, answer] : state()) EXPECT_FALSE(answer) << name;
    for (const auto& [name, answer] : facts()) {
        EXPECT_EQ(static_cast<bool>(answer), name == "pci") << name;
    }
}

TEST_F(NvmlReading, ReadsCountersAndStates) {
    machine_.gpu(0)["ecc"] = {{3, 5}, {1, 2}};
    machine_.gpu(0)["remapped_rows"] = {7, 1, 1, 0};
    machine_.gpu(0)["nvmlDeviceGetPcieReplayCounter"] = 12;
    machine_.gpu(0)["fields"]["230"] = {1, 4};
    machine_.gpu(0)["links"][17]["active"] = 0;
    machine_.gpu(0)["links"][2]["counters"] = {1, 2, 3, 4};
    machine_.gpu(0)["links"][2]["fields"]["214"] = 9;
    GpuState all = state();
    const std::map<std::string, std::uint64_t> expected{{"ecc.volatile.corrected", 3},
                                                        {"ecc.aggregate.corrected", 5},
                                                        {"ecc.volatile.uncorrected", 1},
                                                        {"ecc.aggregate.uncorrected", 2},
                                                        {"remap.correctable", 7},
                                                        {"remap.uncorrectable", 1},
                                                        {"remap.pending", 1},
                                                        {"remap.failure", 0},
                                                        {"pcie.replays", 12},
                                                        {"pcie.generation", 5},
                                                        {"pcie.generation_max", 5},
                                                        {"pcie.width", 16},
                                                        {"pcie.width_max", 16},
                                                        {"recovery_action", 4},
                                                        {"nvlink.count", 18},
                                                        {"nvlink.0.active", 1},
                                                        {"nvlink.17.active", 0},
                                                        {"nvlink.2.replays", 1},
                                                        {"nvlink.2.recoveries", 2},
                                                        {"nvlink.2.crc_flit_errors", 3},
                                                        {"nvlink.2.crc_data_errors", 4},
                                                        {"nvlink.2.failed_recoveries", 9},
                                                        {"gpu.throttle.power_ns", 1000000}};
    for (const auto& [name, value] : expected) EXPECT_EQ(all[name].value(), value) << name;
    EXPECT_FALSE(all["nvlink.3.failed_recoveries"]);
    EXPECT_EQ(all.count("nvlink.18.active"), 0U);
}

TEST_F(NvmlReading, ALostGpuSaysSoInEveryAnswer) {
    const Library library{test::fake_nvml()};
    const nvml::DeviceHandle gpu = *library.by_index(0).value();
    machine_.gpu(0)["lost"] = true;
    machine_.write();
    const GpuSample sample = nvml::read_sample(library, gpu);
    std::string why;
    EXPECT_TRUE(is_lost(sample, why));
    EXPECT_EQ(why, "GPU is lost (NVML error 15)");
    for (const Answer<double>& answer : sample) EXPECT_FALSE(answer);
    EXPECT_TRUE(is_lost(nvml::read_state(library, gpu), why));
}

TEST_F(NvmlReading, AHealthyGpuIsNotLost) {
    std::string why;
    EXPECT_FALSE(is_lost(sample(), why));
}

TEST(NvmlLibrary, WhereThereIsNoneSaysSo) {
    try {
        const Library library{"/nonexistent/libnvidia-ml.so.1"};
        FAIL();
    } catch (const Unsupported& error) {
        EXPECT_THAT(error.what(), HasSubstr("no NVIDIA driver library here"));
    }
}

TEST(NvmlLibrary, SaysWhyADeadDriverDoesNotStart) {
    test::GpuMachine machine{1};
    const auto words = [&machine](int code) -> std::string {
        machine.json["init"] = {{"error", code}};
        machine.write();
        try {
            const Library library{test::fake_nvml()};
        } catch (const Error& error) {
            return error.what();
        }
        return "it started";
    };
    EXPECT_THAT(words(nvml::kDriverNotLoaded), HasSubstr("Driver Not Loaded (NVML error 9)"));
    EXPECT_THAT(words(nvml::kVersionMismatch), HasSubstr("restart the node"));
}

}  // namespace
}  // namespace rackproof
