#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/hwcheck/mailed_fixture.hpp"

namespace rackproof::test {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Inventory smi(const std::string& text) { return inventory_of(add_nvidia_smi, text); }
std::string smi_refusal(const std::string& text) { return refusal_by(add_nvidia_smi, text); }

// --- texts of our own -------------------------------------------------------------------------

const char* const kXml = R"(<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
<nvidia_smi_log>
  <driver_version>570.86.15</driver_version>
  <cuda_version>12.8</cuda_version>
  <attached_gpus>1</attached_gpus>
  <gpu id="00000000:1B:00.0">
    <product_name>NVIDIA H200</product_name>
    <serial>1650000000001</serial>
    <uuid>GPU-1</uuid>
    <vbios_version>96.00.A5.00.01</vbios_version>
    <persistence_mode>Enabled</persistence_mode>
    <mig_mode><current_mig>Disabled</current_mig><pending_mig>Disabled</pending_mig></mig_mode>
    <compute_mode>Default</compute_mode>
    <gpu_recovery_action>None</gpu_recovery_action>
    <pci><pci_gpu_link_info>
      <pcie_gen><max_link_gen>5</max_link_gen><current_link_gen>5</current_link_gen></pcie_gen>
      <link_widths><max_link_width>16x</max_link_width>
      <current_link_width>16x</current_link_width></link_widths>
    </pci_gpu_link_info></pci>
    <clocks_event_reasons>
      <clocks_event_reason_gpu_idle>Not Active</clocks_event_reason_gpu_idle>
      <clocks_event_reason_sw_power_cap>Active</clocks_event_reason_sw_power_cap>
      <clocks_event_reason_hw_slowdown>Not Active</clocks_event_reason_hw_slowdown>
      <clocks_event_reason_hw_thermal_slowdown>Not Active</clocks_event_reason_hw_thermal_slowdown>
      <clocks_event_reason_hw_power_brake_slowdown>Not Active</clocks_event_reason_hw_power_brake_slowdown>
      <clocks_event_reason_sw_thermal_slowdown>Not Active</clocks_event_reason_sw_thermal_slowdown>
    </clocks_event_reasons>
    <bar1_memory_usage><total>262144 MiB</total></bar1_memory_usage>
    <ecc_mode><current_ecc>Enabled</current_ecc></ecc_mode>
    <ecc_errors>
      <volatile>
        <sram_correctable>0</sram_correctable>
        <sram_uncorrectable_parity>0</sram_uncorrectable_parity>
        <dram_correctable>3</dram_correctable>
        <dram_uncorrectable>0</dram_uncorrectable>
      </volatile>
      <aggregate>
        <sram_correctable>N/A</sram_correctable>
        <dram_correctable>0</dram_correctable>
        <dram_uncorrectable>0</dram_uncorrectable>
        <sram_threshold_exceeded>No</sram_threshold_exceeded>
      </aggregate>
    </ecc_errors>
    <remapped_rows>
      <remapped_row_corr>0</remapped_row_corr>
      <remapped_row_unc>0</remapped_row_unc>
      <remapped_row_pending>No</remapped_row_pending>
      <remapped_row_failure>No</remapped_row_failure>
    </remapped_rows>
        <gpu_power_readings><current_power_limit>700.00 W</current_power_limit>
    <max_power_limit>N/A</max_power_limit></gpu_power_readings>
    <fabric><state>Completed</state><status>Success</status></fabric>
    <processes></processes>
  </gpu>
</nvidia_smi_log>
)";

const char* const kText = R"(
==============NVSMI LOG==============

Timestamp                                 : Mon Nov  2 10:00:00 2026
Driver Version                            : 535.161.08
CUDA Version                              : 12.2

Attached GPUs                             : 1
GPU 00000000:19:00.0
    Product Name                          : NVIDIA H100 80GB HBM3
    MIG Mode
        Current                           : Disabled
        Pending                           : N/A
    PCI
        GPU Link Info
            PCIe Generation
                Max                       : 5
                Current                   : 5
            Link Width
                Max                       : 16x
                Current                   : 16x
    Clocks Event Reasons
        Idle                              : Active
        HW Slowdown                       : Not Active
            HW Thermal Slowdown           : Not Active
            HW Power Brake Slowdown       : Not Active
        SW Thermal Slowdown               : Not Active
    Retired Pages
        Pending Page Blacklist            : No
    Remapped Rows
        Correctable Error                 : 0
        Uncorrectable Error               : 0
        Pending                           : No
        Remapping Failure Occurred        : No
    Processes
        GPU instance ID                   : N/A
        Process ID                        : 4711
            Type                          : C
            Name                          : a : b
        Process ID                        : 4712
            Type                          : C
)";

const char* const kLinks = R"(GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-a)
	 Link 0: 26.562 GB/s
	 Link 1: 26.562 GB/s
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-b)
	 Link 0: 26.562 GB/s
	 Link 1: <inactive>
)";

TEST(NvidiaSmiXml, SaysWhatTheGpuIs) {
    const Inventory inventory = smi(kXml);
    EXPECT_THAT(told(inventory), IsEmpty());
    EXPECT_EQ(value_of(inventory, "gpu.driver"), "570.86.15");
    EXPECT_EQ(value_of(inventory, "gpu.count"), "1");
    EXPECT_EQ(value_of(inventory, "gpu.pci", "0"), "00000000:1B:00.0");
    EXPECT_EQ(value_of(inventory, "gpu.model", "0"), "NVIDIA H200");
    EXPECT_EQ(value_of(inventory, "gpu.mig_mode", "0"), "off");
    EXPECT_EQ(value_of(inventory, "gpu.persistence_mode", "0"), "on");
    EXPECT_EQ(value_of(inventory, "gpu.compute_mode", "0"), "default");
    EXPECT_EQ(value_of(inventory, "gpu.bar1_bytes", "0"), "274877906944");
    EXPECT_EQ(value_of(inventory, "gpu.power_limit_enforced_w", "0"), "700");
    EXPECT_EQ(value_of(inventory, "gpu.event_reasons", "0"), "sw_power_cap");
    EXPECT_EQ(value_of(inventory, "gpu.ecc.volatile.corrected", "0"), "3");
    EXPECT_EQ(value_of(inventory, "gpu.ecc.volatile.uncorrected", "0"), "0");
    EXPECT_EQ(value_of(inventory, "gpu.foreign_processes", "0"), "none");
    EXPECT_EQ(item_of(inventory, "gpu.vbios", "0")->source, "mailed.txt:11");
}

TEST(NvidiaSmiXml, WhatIsNotSaidIsUnknownAndNotZero) {
    const Inventory inventory = smi(kXml);
    EXPECT_EQ(value_of(inventory, "gpu.power_limit_max_w", "0"), "?said N/A");
    EXPECT_EQ(value_of(inventory, "gpu.board_part_number", "0"),
              "?not in this output of nvidia-smi");
    // One of two memories is not counted: their sum is not known.
    EXPECT_EQ(value_of(inventory, "gpu.ecc.aggregate.corrected", "0"), "?said N/A");
    // A power brake that is not answered for may stand, whatever else does.
    EXPECT_EQ(value_of(smi(replaced(kXml, "brake_slowdown>Not Active<", "brake_slowdown>N/A<")),
                       "gpu.event_reasons", "0"),
              "?not all of the slowdown's reasons are answered");
}

struct Fault {
    const char* from;
    const char* to;
    const char* told;
};

/// Each fault alone is told, beside what the healthy text tells.
void expect_faults(const char* healthy, const std::vector<Fault>& faults) {
    for (const Fault& fault : faults) {
        std::vector<std::string> expected = told(smi(healthy));
        expected.emplace_back(fault.told);
        EXPECT_THAT(told(smi(replaced(healthy, fault.from, fault.to))),
                    ::testing::UnorderedElementsAreArray(expected))
            << fault.from << " -> " << fault.to;
    }
}

TEST(NvidiaSmiXml, EachFaultIsTold) {
    expect_faults(
        kXml,
        {{"row_pending>No<", "row_pending>Yes<", "0 error gpu_row_remap_pending"},
         {"row_failure>No<", "row_failure>Yes<", "0 error gpu_row_remap_failure"},
         {"row_unc>0<", "row_unc>2<", "0 warning gpu_rows_remapped_before"},
         {"exceeded>No<", "exceeded>Yes<", "0 error gpu_sram_threshold"},
         {"parity>0<", "parity>1<", "0 error gpu_ecc_uncorrected_before"},
         {"action>None<", "action>Reboot<", "0 error gpu_recovery_action"},
         {"hw_slowdown>Not Active<", "hw_slowdown>Active<", "0 error gpu_throttled"},
         {"thermal_slowdown>Not Active<", "thermal_slowdown>Active<", "0 error gpu_throttled"},
         {"brake_slowdown>Not Active<", "brake_slowdown>Active<", "0 error gpu_throttled"},
         {"current_link_width>16x<", "current_link_width>8x<", "0 error gpu_pcie_degraded"},
         {"current_link_gen>5<", "current_link_gen>4<", "0 error gpu_pcie_degraded"},
         {"<state>Completed<", "<state>In Progress<", "0 error gpu_fabric_not_ready"},
         {"power_limit>700.00 W<", "power_limit>Unknown Error<", "0 error nvml_failed"},
         {"power_limit>700.00 W<", "power_limit>GPU is lost<", "0 error gpu_lost"},
         {"current_mig>Disabled<", "current_mig>Enabled<", "0 warning gpu_partitioned"},
         {"mode>Default<", "mode>Exclusive_Process<", "0 warning gpu_compute_mode"},
         {"<processes>", "<processes><process_info><pid>77</pid></process_info>",
          "0 warning gpu_in_use"},
         {"attached_gpus>1<", "attached_gpus>8<", " error gpu_missing"}});
}

TEST(NvidiaSmiXml, AnIdleGpuMayLowerItsGenerationButNotItsWidth) {
    const std::string idle = replaced(kXml, "gpu_idle>Not Active<", "gpu_idle>Active<");
    EXPECT_THAT(told(smi(replaced(idle, "current_link_gen>5<", "current_link_gen>1<"))), IsEmpty());
    EXPECT_THAT(told(smi(replaced(idle, "current_link_width>16x<", "current_link_width>4x<"))),
                ElementsAre("0 error gpu_pcie_degraded"));
}

TEST(NvidiaSmiXml, WhatIsBrokenOffIsRefusedAtEveryByte) {
    const std::string whole = kXml;
    for (std::size_t size = 1; size + 2 < whole.size(); size += 17) {
        EXPECT_THAT(smi_refusal(whole.substr(0, size)), HasSubstr("expected")) << size;
    }
    EXPECT_THAT(smi_refusal(whole.substr(0, whole.size() / 2)),
                HasSubstr("mailed.txt:26: is broken off"));
}

TEST(NvidiaSmiXml, EntitiesDepthAndAbsurdNumbersAreRefused) {
    EXPECT_THAT(smi_refusal(replaced(kXml, "SYSTEM \"nvsmi_device_v12.dtd\"",
                                     "[<!ENTITY a \"aaaaaaaa\">]")),
                HasSubstr("mailed.txt:2: declares an entity"));
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "<a>";
    std::string close;
    for (int i = 0; i < 100'000; ++i) close += "</a>";
    EXPECT_THAT(smi_refusal(replaced(kXml, "<serial>", deep + close + "<serial>")),
                HasSubstr("nested deeper than 32"));
    EXPECT_THAT(smi_refusal(replaced(kXml, "row_unc>0<", "row_unc>99999999999999999999<")),
                HasSubstr("mailed.txt:47: has '99999999999999999999' for remapped_row_unc"));
    EXPECT_THAT(smi_refusal(replaced(kXml, "700.00 W", "700000 W")), HasSubstr("from 0 to 20000"));
    EXPECT_THAT(smi_refusal(replaced(kXml, "700.00 W", "700 V")), HasSubstr("with the unit W"));
    EXPECT_THAT(smi_refusal(replaced(kXml, "00000000:1B:00.0", "here")),
                HasSubstr("for a GPU's address"));
    EXPECT_THAT(smi_refusal("<html><body>404</body></html>"), HasSubstr("<nvidia_smi_log>"));
    EXPECT_THAT(smi_refusal("<nvidia_smi_log></nvidia_smi_log>"), HasSubstr("without a GPU"));
}

TEST(NvidiaSmiText, SaysTheSameAsXml) {
    const Inventory inventory = smi(kText);
    EXPECT_THAT(told(inventory), ElementsAre("0 warning gpu_in_use"));
    EXPECT_EQ(value_of(inventory, "gpu.driver"), "535.161.08");
    EXPECT_EQ(value_of(inventory, "gpu.pci", "0"), "00000000:19:00.0");
    EXPECT_EQ(value_of(inventory, "gpu.mig_mode", "0"), "off");
    EXPECT_EQ(value_of(inventory, "gpu.mig_mode_pending", "0"), "?said N/A");
    EXPECT_EQ(value_of(inventory, "gpu.event_reasons", "0"), "idle");
    EXPECT_EQ(value_of(inventory, "gpu.foreign_processes", "0"), "4711, 4712");
    expect_faults(kText,
                  {{"Blacklist            : No", "Blacklist            : Yes",
                    "0 error gpu_page_retirement_pending"},
                   {"Brake Slowdown       : Not Active", "Brake Slowdown       : Active",
                    "0 error gpu_throttled"},
                   {"Current                           : Disabled",
                    "Current                           : [Unknown Error]", "0 error nvml_failed"},
                   {"Pending                           : No",
                    "Pending                           : Yes", "0 error gpu_row_remap_pending"}});
}

TEST(NvidiaSmiText, WhatIsBrokenOffOrBentIsRefused) {
    const std::string whole = kText;
    const std::size_t end = whole.find("    Processes");
    for (std::size_t size = whole.find("GPU 0000"); size < end; size += 7) {
        EXPECT_THAT(smi_refusal(whole.substr(0, size)), HasSubstr("expected")) << size;
    }
    EXPECT_THAT(smi_refusal(replaced(kText, "Attached GPUs", "Attacked GPUs")),
                HasSubstr("mailed.txt:8: is no line of 'nvidia-smi -q'"));
    std::string deep = kText;
    for (int i = 0; i < 100; ++i)
        deep += std::string(static_cast<std::size_t>(12 + i), ' ') + "A\n";
    EXPECT_THAT(smi_refusal(deep), HasSubstr("nested deeper than 32"));
    EXPECT_THAT(smi_refusal("  ==NVSMI LOG==\n    Deep  : 1\n"), HasSubstr("further in"));
    EXPECT_THAT(smi_refusal(replaced(kText, "MIG Mode", std::string(70'000, 'x'))),
                HasSubstr("mailed.txt:11: is a line of 70004 bytes"));
}

TEST(NvidiaSmiText, AGpuThatCannotBeOpenedIsTold) {
    const std::string lost = replaced(
        replaced(kText, "Attached GPUs                             : 1",
                 "Attached GPUs                             : 2"),
        "GPU 00000000:19",
        "Unable to determine the device handle for GPU0000:3B:00.0: GPU is lost.  Reboot the "
        "system to recover this GPU\nGPU 00000000:19");
    EXPECT_THAT(told(smi(lost)), ElementsAre(" error gpu_missing", "0 warning gpu_in_use",
                                             "0000:3b:00 error gpu_lost"));
}

TEST(NvidiaSmi, NothingFromOutsideMovesACursor) {
    // Found by the fuzzer: an address that is none.
    const std::string text = replaced(kText, "GPU 00000000:19",
                                      "WARNING: infoROM is corrupted at gpu "
                                      "\x1b[2J\nGPU 00000000:19");
    for (const InventoryEvent& event : smi(text).events) {
        EXPECT_EQ((event.part + event.text).find('\x1b'), std::string::npos) << event.code;
    }
}

TEST(NvlinkStatus, InactiveLinksAreTold) {
    const Inventory inventory = smi(kLinks);
    EXPECT_THAT(told(inventory), ElementsAre("1 error gpu_nvlink_inactive"));
    EXPECT_EQ(value_of(inventory, "gpu.nvlinks_active", "0"), "2 of 2");
    EXPECT_EQ(value_of(inventory, "gpu.nvlinks_active", "1"), "1 of 2");
    EXPECT_THAT(text_of(inventory, "gpu_nvlink_inactive"), HasSubstr("NVLink 1 is inactive"));
    EXPECT_THAT(told(smi(replaced(kLinks, "<inactive>", "26.562 GB/s"))), IsEmpty());
    EXPECT_THAT(smi_refusal(replaced(kLinks, "Link 1: 26", "Link 2: 26")),
                HasSubstr("expected 'Link 1"));
    EXPECT_THAT(smi_refusal(replaced(kLinks, "<inactive>", "<ina")), HasSubstr("mailed.txt:6"));
    EXPECT_THAT(smi_refusal(std::string{kLinks} + "GPU 2: X (UUID: GPU-c)\n"),
                HasSubstr("no NVLink under GPU 2"));
}

TEST(NvidiaSmi, FilesOfTwoMachinesAreRefused) {
    Inventory inventory;
    add_nvidia_smi({"a.xml", kXml}, inventory);
    try {
        add_nvidia_smi({"b.txt", kText}, inventory);
        ADD_FAILURE() << "two machines became one";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("expected files of one machine"));
    }
    Inventory same;
    add_nvidia_smi({"a.xml", kXml}, same);
    add_nvidia_smi({"links.txt", "GPU 0: NVIDIA H200 (UUID: GPU-1)\n Link 0: <inactive>\n"}, same);
    EXPECT_THAT(told(same), ElementsAre("0 warning gpu_nvlink_inactive"));
}

TEST(NvidiaSmi, SomethingElseIsRefused) {
    EXPECT_THAT(smi_refusal("Hello\n"), HasSubstr("mailed.txt:1: is no output of nvidia-smi"));
    EXPECT_THAT(smi_refusal(std::string(1000, '\0')), HasSubstr("is no output of nvidia-smi"));
    const ScratchFolder folder;
    write_bytes(folder / "empty", "");
    EXPECT_THROW((void)MailedText::read(folder / "empty", kNvidiaSmiExpected), InputError);
    EXPECT_THROW((void)MailedText::read(folder / "none", kNvidiaSmiExpected), InputError);
    EXPECT_THROW((void)MailedText::read("/dev/zero", kNvidiaSmiExpected), InputError);
    // A line of 4 GiB, with nothing written to the disk.
    write_bytes(folder / "huge", "x");
    std::filesystem::resize_file(folder / "huge", std::uintmax_t{4} << 30U);
    EXPECT_THROW((void)MailedText::read(folder / "huge", kNvidiaSmiExpected), InputError);
}

// --- real outputs -----------------------------------------------------------------------------

struct RealSmi {
    const char* file;
    std::vector<std::string> expected;
    const char* why;  ///< the line of SOURCES.md or of upstream's test that says so
};

std::vector<std::string> in_use(const std::vector<int>& gpus) {
    std::vector<std::string> all;
    all.reserve(gpus.size());
    for (const int gpu : gpus) all.push_back(std::to_string(gpu) + " warning gpu_in_use");
    return all;
}

std::vector<std::string> both(std::vector<std::string> one, const std::vector<std::string>& other) {
    one.insert(one.end(), other.begin(), other.end());
    std::ranges::sort(one);
    return one;
}

const std::vector<RealSmi> kRealOutputs{
    {"gpud-fixtures/historic/nvidia-smi-query.535.161.08.out.0.valid",
     on_each(8, "error gpu_throttled"),
     "SOURCES: 8xH100, HW Slowdown and HW Power Brake Slowdown Active on all 8"},
    {"gpud-fixtures/historic/nvidia-smi-query.535.183.01.out.0.valid",
     {"2 error gpu_throttled", "2 warning gpu_in_use"},
     "SOURCES: one power brake, one software thermal slowdown: both on the third GPU; the "
     "software power cap there is harmless"},
    {"gpud-fixtures/historic/nvidia-smi-query.535.154.05.out.0.valid",
     in_use({0, 1, 2, 3, 4, 6, 7}), "8xRTX4090, well, seven of them at work"},
    {"gpud-fixtures/historic/nvidia-smi-query.535.154.05.out.0.valid.4090",
     in_use({0, 1, 2, 3, 4, 5, 6, 7}), "8xRTX4090, well, all with a process"},
    {"gpud-fixtures/historic/nvidia-smi-query.535.154.05.out.1.valid", in_use({1, 4}),
     "8xRTX4090; the software power cap of two is harmless"},
    {"gpud-fixtures/historic/nvidia-smi-query.535.154.05.out.2.valid", in_use({1, 4}),
     "8xRTX4090; the software power cap of one is harmless"},
    {"gpud-fixtures/historic/nvidia-smi-query.535.154.05.out.3.valid",
     both(on_each(8, "error nvml_failed"), in_use({0, 3, 7})),
     "SOURCES: 'Addressing Mode: Unknown Error' on all 8"},
    {"gpud-fixtures/historic/nvidia-smi-query.535.129.03.out.0.valid.a10",
     {"0 error gpu_row_remap_pending", "0 warning gpu_rows_remapped_before"},
     "SOURCES: A10 with 4 uncorrectable remapped rows and Pending: Yes"},
    {"gpud-fixtures/historic/nvidia-smi-query.560.35.03.out.0.valid", in_use({0}),
     "TITAN V with a desktop on it"},
    {"gpud-fixtures/historic/nvidia-smi.525.125.06.out.0.valid",
     {"0 error nvml_failed"},
     "ERR! for the fan"},
    {"gpud-fixtures/historic/nvidia-smi.550.90.07.out.0.valid", {}, "8xH100"},
    {"gpud-fixtures/components/accelerator/nvidia/fabric-manager/testdata/"
     "nvidia-smi.nvlink.status.a100",
     {},
     "all links at 25 GB/s"},
    {"azhpc-diagnostics-samples/Linux/test/samples/nvidia-smi-q.out", {}, "8 healthy GPUs"},
    {"azhpc-diagnostics-samples/Linux/test/samples/nvidia-smi-inforom.out",
     {"7 error gpu_inforom_corrupt"},
     "SOURCES: infoROM is corrupted at gpu 0008:00:00.0, the eighth"},
    {"azhpc-diagnostics-samples/Linux/test/samples/nvlink.bad.out",
     {"3 error gpu_nvlink_inactive", "4 error gpu_nvlink_inactive", "5 error gpu_nvlink_inactive",
      "6 error gpu_nvlink_inactive"},
     "SOURCES: inactive links on GPU 3, 4, 5; the file has one on GPU 6 as well"},
    {"telegraf-gpu-fixtures/plugins/inputs/nvidia_smi/testdata/a100-sxm4-v12.xml",
     {" error gpu_missing", "0 warning gpu_partitioned"},
     "MIG is on; cut down upstream to one GPU of the four that it says are attached"},
    {"telegraf-gpu-fixtures/plugins/inputs/nvidia_smi/testdata/a10g.xml",
     {"0 error gpu_pcie_degraded", "0 warning gpu_in_use"},
     "8x of 16x (pcie_link_width_current=8 in upstream's test)"},
    {"telegraf-gpu-fixtures/plugins/inputs/nvidia_smi/testdata/gtx-1070-ti.xml", {}, ""},
    {"telegraf-gpu-fixtures/plugins/inputs/nvidia_smi/testdata/gtx-1660-ti.xml", {}, ""},
    {"telegraf-gpu-fixtures/plugins/inputs/nvidia_smi/testdata/quadro-p2000-v12.xml",
     {"0 error gpu_pcie_degraded"},
     "8x of 16x"},
    {"telegraf-gpu-fixtures/plugins/inputs/nvidia_smi/testdata/quadro-p400.xml", {}, ""},
    {"telegraf-gpu-fixtures/plugins/inputs/nvidia_smi/testdata/rtx-3060-v12.xml", {}, ""},
    {"telegraf-gpu-fixtures/plugins/inputs/nvidia_smi/testdata/rtx-3080-v12.xml", in_use({0}),
     "a desktop"},
    {"telegraf-gpu-fixtures/plugins/inputs/nvidia_smi/testdata/rtx-3080-v13.xml", {}, ""},
    {"telegraf-gpu-fixtures/plugins/inputs/nvidia_smi/testdata/rtx-3090-v12.xml", {}, ""},
    {"telegraf-gpu-fixtures/plugins/inputs/nvidia_smi/testdata/rtx-4000-sff-ada-v13.xml",
     in_use({0}), "a desktop"},
    {"telegraf-gpu-fixtures/plugins/inputs/nvidia_smi/testdata/tesla-t4.xml",
     {"0 error gpu_pcie_degraded", "0 warning gpu_in_use"},
     "8x of 16x"},
};

class RealSmiFiles : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(real_data("gpud-fixtures"))) {
            GTEST_SKIP() << "no outputs of real machines at " << real_data("");
        }
    }
    static std::string bytes(const std::string& name) { return bytes_of(real_data(name)); }
};

TEST_F(RealSmiFiles, TellWhatIsWrongAndNothingElse) {
    for (const RealSmi& real : kRealOutputs) {
        EXPECT_THAT(told(smi(bytes(real.file))), ElementsAreArray(real.expected))
            << real.file << ": " << real.why;
    }
}

TEST_F(RealSmiFiles, AMendedFieldIsToldNoMore) {
    const std::string h100 =
        bytes("gpud-fixtures/historic/nvidia-smi-query.535.161.08.out.0.valid");
    const std::string mended = replaced(replaced(h100, "HW Slowdown                       : Active",
                                                 "HW Slowdown                       : Not Active"),
                                        "HW Power Brake Slowdown       : Active",
                                        "HW Power Brake Slowdown       : Not Active");
    EXPECT_EQ(told(smi(mended)).size(), 7U);
    const std::string a10 =
        bytes("gpud-fixtures/historic/nvidia-smi-query.535.129.03.out.0.valid.a10");
    EXPECT_THAT(told(smi(replaced(a10, "Pending                           : Yes",
                                  "Pending                           : No"))),
                ElementsAre("0 warning gpu_rows_remapped_before"));
    const std::string nvlink = bytes("azhpc-diagnostics-samples/Linux/test/samples/nvlink.bad.out");
    EXPECT_EQ(told(smi(replaced(replaced(nvlink, "<inactive>", "25.781 GB/s"), "<inactive>",
                                "25.781 GB/s")))
                  .size(),
              3U);
    const std::string inforom =
        bytes("azhpc-diagnostics-samples/Linux/test/samples/nvidia-smi-inforom.out");
    EXPECT_THAT(told(smi(replaced(inforom, "gpu 0008:", "gpu 0003:"))),
                ElementsAre("2 error gpu_inforom_corrupt"));
    const std::string t4 =
        bytes("telegraf-gpu-fixtures/plugins/inputs/nvidia_smi/testdata/tesla-t4.xml");
    EXPECT_THAT(told(smi(replaced(t4, ">8x<", ">16x<"))), ElementsAre("0 warning gpu_in_use"));
}

TEST_F(RealSmiFiles, AFaultInAHealthyOneIsTold) {
    const std::string text = bytes("azhpc-diagnostics-samples/Linux/test/samples/nvidia-smi-q.out");
    EXPECT_THAT(told(smi(replaced(text, "DRAM Uncorrectable            : 0",
                                  "DRAM Uncorrectable            : 2"))),
                ElementsAre("0 error gpu_ecc_uncorrected_before"));
    const std::string xml =
        bytes("telegraf-gpu-fixtures/plugins/inputs/nvidia_smi/testdata/rtx-4000-sff-ada-v13.xml");
    EXPECT_THAT(told(smi(replaced(xml, "remapped_row_failure>No<", "remapped_row_failure>Yes<"))),
                ElementsAre("0 error gpu_row_remap_failure", "0 warning gpu_in_use"));
}

TEST_F(RealSmiFiles, SaysWhatUpstreamsTestsSay) {
    // influxdata/telegraf, plugins/inputs/nvidia_smi/nvidia_smi_test.go.
    const Inventory t4 =
        smi(bytes("telegraf-gpu-fixtures/plugins/inputs/nvidia_smi/testdata/tesla-t4.xml"));
    EXPECT_EQ(value_of(t4, "gpu.model", "0"), "Tesla T4");
    EXPECT_EQ(value_of(t4, "gpu.driver"), "515.105.01");
    EXPECT_EQ(value_of(t4, "gpu.pcie_width", "0"), "8");
    const Inventory a100 =
        smi(bytes("telegraf-gpu-fixtures/plugins/inputs/nvidia_smi/testdata/a100-sxm4-v12.xml"));
    EXPECT_EQ(value_of(a100, "gpu.application_clock_hz", "0"), "1275000000");
    EXPECT_EQ(value_of(a100, "gpu.application_clock_default_hz", "0"), "1275000000");
    const Inventory h100 =
        smi(bytes("gpud-fixtures/historic/nvidia-smi-query.535.161.08.out.0.valid"));
    EXPECT_EQ(value_of(h100, "gpu.count"), "8");
    EXPECT_EQ(value_of(h100, "gpu.serial", "0"), "1650124031592");
    EXPECT_EQ(value_of(h100, "gpu.sm_clock_max_hz", "0"), "1980000000");
    EXPECT_EQ(value_of(h100, "gpu.application_clock_hz", "0"), "1980000000");
    EXPECT_EQ(value_of(h100, "gpu.application_clock_default_hz", "0"), "1980000000");
    EXPECT_EQ(value_of(h100, "gpu.event_reasons", "7"), "hw_slowdown, power_brake");
    EXPECT_EQ(value_of(h100, "gpu.nvlinks_active", "0"), "-");
    const Inventory redacted =
        smi(bytes("telegraf-gpu-fixtures/plugins/inputs/nvidia_smi/testdata/rtx-3090-v12.xml"));
    EXPECT_EQ(value_of(redacted, "gpu.inforom_image", "0"), "?said [REDACTED]");
}

const char* const kQuery =
    "index, pci.bus_id, driver_version, count, serial, remapped_rows.pending, power.limit [W], "
    "clocks_event_reasons.sw_thermal_slowdown, clocks_event_reasons.hw_thermal_slowdown, "
    "clocks_event_reasons.hw_power_brake_slowdown, clocks_event_reasons.hw_slowdown, "
    "pcie.link.gen.current, pcie.link.gen.max, pcie.link.width.current, pcie.link.width.max, "
    "ecc.errors.uncorrected.volatile.total, temperature.gpu\n"
    "0, 00000000:19:00.0, 550.90.07, 2, 1650, No, 700.00 W, Not Active, Not Active, Not Active, "
    "Not Active, 5, 5, 16, 16, 0, 31\n"
    "1, 00000000:3B:00.0, 550.90.07, 2, [N/A], No, 700.00 W, Not Active, Not Active, Not Active, "
    "Not Active, 5, 5, 16, 16, 0, 33\n";

TEST(SmiQuery, TheFieldsOfAHealthyMachineAreItems) {
    const Inventory inventory = smi(kQuery);
    EXPECT_THAT(told(inventory), IsEmpty());
    EXPECT_EQ(value_of(inventory, "gpu.count"), "2");
    EXPECT_EQ(value_of(inventory, "gpu.driver"), "550.90.07");
    EXPECT_EQ(value_of(inventory, "gpu.serial", "0"), "1650");
    EXPECT_EQ(value_of(inventory, "gpu.serial", "1"), "?said [N/A]");
    EXPECT_EQ(value_of(inventory, "gpu.power_limit_set_w", "1"), "700");
    EXPECT_EQ(value_of(inventory, "gpu.event_reasons", "0"), "none");
    EXPECT_EQ(value_of(inventory, "gpu.ecc.volatile.uncorrected", "1"), "0");
    EXPECT_EQ(value_of(inventory, "gpu.vbios", "0"), "?not in this output of nvidia-smi");
    const Inventory without_units = smi(replaced(kQuery, "1650, No, 700.00 W", "1650, No, 650.00"));
    EXPECT_EQ(value_of(without_units, "gpu.power_limit_set_w", "0"), "650");
}

TEST(SmiQuery, EachFaultIsThatOfItsGpu) {
    const auto with = [](const std::string& from, const std::string& to) {
        return told(smi(replaced(kQuery, from, to)));
    };
    EXPECT_THAT(with("[N/A], No", "[N/A], Yes"), ElementsAre("1 error gpu_row_remap_pending"));
    EXPECT_THAT(with("[N/A], No", "[N/A], 1"), ElementsAre("1 error gpu_row_remap_pending"));
    EXPECT_THAT(with("16, 16, 0, 33", "16, 16, 4, 33"),
                ElementsAre("1 error gpu_ecc_uncorrected_before"));
    EXPECT_THAT(with("16, 16, 0, 33", "8, 16, 0, 33"), ElementsAre("1 error gpu_pcie_degraded"));
    EXPECT_THAT(with("Not Active, 5, 5, 16, 16, 0, 31", "Active, 5, 5, 16, 16, 0, 31"),
                ElementsAre("0 error gpu_throttled"));
    EXPECT_THAT(with("16, 16, 0, 33", "16, 16, [Unknown Error], 33"),
                ElementsAre("1 error nvml_failed"));
    EXPECT_THAT(with("1, 00000000:3B", "6, 00000000:3B"), IsEmpty());
    EXPECT_EQ(value_of(smi(replaced(kQuery, "1, 00000000:3B", "6, 00000000:3B")), "gpu.pci", "6"),
              "00000000:3B:00.0");
}

TEST(SmiQuery, WhatIsBrokenOffOrContradictsIsRefused) {
    const auto refusal = [](const std::string& from, const std::string& to) {
        return smi_refusal(replaced(kQuery, from, to));
    };
    EXPECT_THAT(refusal(", 16, 16, 0, 33\n", ""),
                HasSubstr("mailed.txt:3: has fewer fields than the heading; expected 17"));
    EXPECT_THAT(refusal("0, 33\n", "0, 33, 7\n"), HasSubstr("mailed.txt:3: has more fields"));
    EXPECT_THAT(refusal("index, pci.bus_id", "index, power.draw"),
                HasSubstr("mailed.txt:1: does not say which GPU it speaks of"));
    EXPECT_THAT(refusal("serial, ", "index, "), HasSubstr("mailed.txt:1: has 'index' twice"));
    EXPECT_THAT(refusal("0, 00000000:19", "zero, 00000000:19"),
                HasSubstr("for a GPU's index; expected"));
    EXPECT_THAT(refusal("00000000:3B:00.0, 550.90.07", "00000000:3B:00.0, 550.90.08"),
                HasSubstr("expected one driver and one count"));
    EXPECT_THAT(refusal("[N/A], No, 700.00 W", "[N/A], No, 70000.00 W"),
                HasSubstr("expected a number from 0 to 20000"));
    std::string three{kQuery};
    for (const char* const row : {", 2, 1650", ", 2, [N/A]"}) {
        three = replaced(three, row, ", 3" + std::string{row}.substr(3));
    }
    EXPECT_THAT(told(smi(three)), ElementsAre(" error gpu_missing"));
}

TEST_F(RealSmiFiles, AQueryOfHealthyGpusTellsNothing) {
    const std::string query =
        bytes("azhpc-diagnostics-samples/Linux/test/mock_data/nvidia-smi-query-gpu.csv");
    EXPECT_THAT(told(smi(query)), IsEmpty());
    EXPECT_EQ(value_of(smi(query), "gpu.serial", "3"), "0000000000004");
    EXPECT_EQ(value_of(smi(query), "gpu.remap.failure", "0"), "?said [N/A]");
    EXPECT_THAT(told(smi(replaced(query, "0,0,[N/A],0000000A", "0,0,Yes,0000000A"))),
                ElementsAre("2 error gpu_row_remap_failure"));
}

TEST_F(RealSmiFiles, TruncatedAndEmptyOnesAreRefused) {
    EXPECT_THAT(
        smi_refusal(bytes("gpud-fixtures/historic/nvidia-smi-query.535.183.01.out.0.invalid")),
        HasSubstr("mailed.txt:91: breaks off"));
    EXPECT_THROW((void)MailedText::read(
                     real_data("gpud-fixtures/components/accelerator/nvidia/fabric-manager/"
                               "testdata/nvidia-smi.nvlink.status.a10"),
                     kNvidiaSmiExpected),
                 InputError);
    EXPECT_THAT(smi_refusal(bytes("gcm-command-outputs/test_check_ibstat.L199.txt")),
                HasSubstr("is no output of nvidia-smi"));
}

}  // namespace
}  // namespace rackproof::test
