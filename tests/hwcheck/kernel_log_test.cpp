#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/hwcheck/mailed_fixture.hpp"

namespace rackproof::test {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const XidTable& table() {
    static const XidTable kXids{"test 1",
                                {{13, {"Graphics engine exception", "m", "warning", "look", "s"}},
                                 {31, {"GPU memory page fault", "m", "warning", "look", "s"}},
                                 {43, {"GPU stopped processing", "m", "warning", "look", "s"}},
                                 {48, {"Double-bit ECC error", "m", "error", "drain it", "s"}},
                                 {63, {"Row remapping recorded", "m", "error", "reset it", "s"}},
                                 {79, {"Fallen off the bus", "m", "error", "reseat it", "s"}},
                                 {94, {"Contained memory error", "m", "error", "drain it", "s"}},
                                 {119, {"GSP RPC timeout", "m", "error", "drain it", "s"}}}};
    return kXids;
}

void add(MailedText text, Inventory& inventory) {
    add_kernel_log(std::move(text), table(), inventory);
}

Inventory log(const std::string& text) { return inventory_of(add, text); }
std::string log_refusal(const std::string& text) { return refusal_by(add, text); }

/// One message of the kernel, and what it comes to.
std::vector<std::string> message(const std::string& text) {
    return told(log("[    1.000000] " + text + "\n"));
}

TEST(KernelLog, AnXidIsToldWithNameStepPlaceAndTime) {
    const Inventory inventory =
        log("[ 1.5] Linux version 6.1\n"
            "2025-01-21T02:21:33,498559+00:00 NVRM: Xid (PCI:0000:19:00): 79, pid=1, GPU has "
            "fallen off the bus.\n");
    EXPECT_THAT(told(inventory), ElementsAre("0000:19:00 error xid.79"));
    const std::string text = text_of(inventory, "xid.79");
    EXPECT_THAT(text, HasSubstr("XID 79, Fallen off the bus. Next: reseat it"));
    EXPECT_THAT(text, HasSubstr("mailed.txt:2, 2025-01-21T02:21:33Z"));
    EXPECT_EQ(value_of(inventory, "kernel_log.lines"), "2");
    EXPECT_EQ(value_of(inventory, "kernel_log.xid_table"), "test 1");
}

TEST(KernelLog, OftenIsToldOnceWithItsCount) {
    std::string many;
    for (int i = 10; i < 40; ++i) {
        many += "2025-01-21T02:21:" + std::to_string(i) +
                ",000000+00:00 NVRM: Xid (PCI:0000:19:00): 13, pid=1, x\n";
    }
    const Inventory inventory = log(many);
    EXPECT_THAT(told(inventory), ElementsAre("0000:19:00 warning xid.13"));
    EXPECT_THAT(text_of(inventory, "xid.13"),
                HasSubstr("2025-01-21T02:21:10Z; 30 times, last 2025-01-21T02:21:39Z"));
}

TEST(KernelLog, AnXidOfWhichTheTableSaysNothingIsNotFine) {
    EXPECT_THAT(message("NVRM: Xid (PCI:0000:19:00): 777, pid=1, x"),
                ElementsAre("0000:19:00 error xid.777"));
    EXPECT_THAT(log_refusal("[ 1.0] NVRM: Xid (PCI:0000:19:00): 99999999999999999999, x\n"),
                HasSubstr("mailed.txt:1: has 'NVRM: Xid"));
    EXPECT_THAT(log_refusal("[ 1.0] NVRM: Xid (PCI:0000:19:00): x\n"), HasSubstr("Xid's number"));
}

TEST(KernelLog, TheGpuIsNamedByItsIndexWhereThatIsKnown) {
    Inventory inventory;
    add_nvidia_smi({"links.txt", "GPU 0: A (UUID: u)\n Link 0: 25 GB/s\n"}, inventory);
    inventory.items.push_back({"gpu.pci", "5", "00000000:19:00.0", "x", ""});
    add({"dmesg.txt", "[ 1.0] NVRM: Xid (PCI:0000:19:00): 79, x\n"}, inventory);
    EXPECT_THAT(told(inventory), ElementsAre("5 error xid.79"));
}

TEST(KernelLog, OtherFaultsOfTheMachineAreTold) {
    const std::vector<std::pair<const char*, const char*>> messages{
        {"NVRM: The NVIDIA GPU 0000:19:00.0 has fallen off the bus", "0000:19:00 error gpu_lost"},
        {"nvidia-nvswitch0: SXid (PCI:0000:c1:00.0): 12028, Non-fatal, Link 3 egress",
         "0000:c1:00 warning sxid.12028"},
        {"nvidia-nvswitch0: SXid (PCI:0000:c1:00.0): 20034, Fatal, Link 3 LTSSM Fault Up",
         "0000:c1:00 error sxid.20034"},
        {"pcieport 0000:00:01.0: AER: Corrected error received: 0000:01:00.0",
         "0000:01:00 warning pcie_aer_corrected"},
        {"pcieport 0000:00:01.0: AER: Uncorrected (Non-Fatal) error received: 0000:01:00.0",
         "0000:01:00 error pcie_aer_uncorrected"},
        {"pcieport 0000:00:01.0: AER: Uncorrectable (Fatal) error message received from "
         "0000:01:00.0",
         "0000:01:00 error pcie_aer_uncorrected"},
        {"nvme 0000:01:00.0: PCIe Bus Error: severity=Corrected, type=Physical Layer",
         "0000:01:00 warning pcie_aer_corrected"},
        {"nvme 0000:01:00.0: PCIe Bus Error: severity=Uncorrected (Fatal), type=Transaction Layer",
         "0000:01:00 error pcie_aer_uncorrected"},
        {"EDAC MC0: 1 CE memory read error on CPU_SrcID#0_MC#0_Chan#0_DIMM#0 (channel:0)",
         " warning memory_corrected"},
        {"EDAC MC0: 1 UE memory read error on CPU_SrcID#0_MC#0_Chan#0_DIMM#0 (channel:0)",
         " error memory_uncorrected"},
        {"Memory failure: 0x1234: recovery action for dirty LRU page: Recovered",
         " error memory_uncorrected"},
        {"mce: [Hardware Error]: CPU 3: Machine Check Exception: 5 Bank 7: be00000000800400",
         " error machine_check"},
        {"{1}[Hardware Error]: event severity: fatal", " error machine_check"},
        {"[Hardware Error]: Uncorrected, software containable error.", " error machine_check"},
        {"[Hardware Error]: Corrected error, no action required.",
         " warning machine_check_corrected"},
        {"mce: [Hardware Error]: Machine check events logged", " warning machine_check_corrected"},
        {"mce: CPU0: Core temperature above threshold, cpu clock throttled (total events = 1)",
         " warning cpu_throttled"},
        {"blk_update_request: I/O error, dev sda, sector 123 op 0x0:(READ)",
         "sda error disk_error"},
        {"Buffer I/O error on dev dm-3, logical block 5, async page read",
         "dm-3 warning disk_error"},
        {"EXT4-fs error (device dm-0): ext4_lookup:1", "dm-0 error file_system_error"},
        {"critical medium error, dev sdb, sector 5", "sdb error disk_error"},
        {"blk_update_request: I/O error, dev fd0, sector 0 op 0x0:(READ)",
         "fd0 warning disk_error"},
        {"Buffer I/O error on dev sr0, logical block 0, async page read", "sr0 warning disk_error"},
        {"nvme nvme3: I/O 5 QID 2 timeout, aborting", "nvme3 error disk_error"},
        {"nvme nvme3: controller is down; will reset: CSTS=0xffffffff", "nvme3 error disk_error"},
        {"ata1.00: failed command: READ FPDMA QUEUED", " error disk_error"},
        {"EXT4-fs error (device sda1): ext4_lookup:1", "sda1 error file_system_error"},
        {"EXT4-fs error (device loop3): ext4_lookup:1", "loop3 warning file_system_error"},
        {"XFS (loop0): Metadata corruption detected", "loop0 warning file_system_error"},
        {"XFS (nvme0n1p2): Metadata corruption detected", "nvme0n1p2 error file_system_error"},
        {"I/O error, dev nbd0, sector 0 op 0x0:(READ)", "nbd0 warning disk_error"},
        {"mlx5_core 0000:1a:00.0: Health issue observed, firmware internal error, severity(3) "
         "ERROR:",
         "0000:1a:00 error hca_error"},
        {"Kernel panic - not syncing: Fatal exception", " error kernel_panic"},
        {"watchdog: BUG: soft lockup - CPU#3 stuck for 22s!", " error kernel_lockup"},
        {"Oops: 0000 [#1] PREEMPT SMP NOPTI", " error kernel_panic"},
        {"Internal error: Oops: 96000004 [#1] SMP", " error kernel_panic"},
        {"INFO: task python:1 blocked for more than 120 seconds.", " warning task_hung"},
        {"Memory cgroup out of memory: Killed process 5 (python)", " warning oom_kill"},
    };
    for (const auto& [text, expected] : messages) {
        EXPECT_THAT(message(text), ElementsAre(expected)) << text;
    }
}

// As drivers/acpi/apei/bert.c and drivers/firmware/efi/cper.c print it.
TEST(KernelLog, WhatTheFirmwareKeptOfTheBootBeforeIsNotOfThisOne) {
    const std::string fatal = "[Hardware Error]: event severity: fatal\n";
    const std::string before =
        "[    1.100000] BERT: Error records from previous boot:\n"
        "[    1.100001] " +
        fatal + "[    1.100002] [Hardware Error]:  Error 0, type: fatal\n";
    EXPECT_THAT(told(log(before)), ElementsAre(" error machine_check_before_boot"));
    EXPECT_THAT(text_of(log(before), "machine_check_before_boot"),
                HasSubstr("Kept by the firmware from before this boot. The log: [Hardware Error]"));
    EXPECT_THAT(told(log(before + "[    1.2] pci 0000:00:00.0: ready\n[    1.3] " + fatal)),
                ElementsAre(" error machine_check", " error machine_check_before_boot"));
    EXPECT_THAT(told(log("[    1.1] BERT: Error records from previous boot:\n"
                         "[    1.1] [Hardware Error]: event severity: corrected\n")),
                ElementsAre(" warning machine_check_corrected"));
}

TEST(KernelLog, WhatHealthyMachinesSayIsNotTold) {
    for (const char* const text :
         {"nvme nvme1: Shutdown timeout set to 11 seconds",
          "pcieport 0000:00:01.0: AER: enabled with IRQ 30",
          "acpi PNP0A08:29: _OSC: platform does not support [SHPCHotplug AER DPC]",
          "EDAC MC0: Giving out device to module skx_edac controller Skylake Socket#0 IMC#0",
          "MCE: In-kernel MCE decoding enabled.", "ata3: SATA link down (SStatus 0 SControl 300)",
          "nvidia-nvlink: Nvlink Core is being initialized, major device number 510",
          "NVRM: loading NVIDIA UNIX x86_64 Kernel Module  535.161.08",
          "nvidia-nvswitch2: open (major=510)", "systemd-journald: Received Xid (nothing): 5"}) {
        EXPECT_THAT(message(text), IsEmpty()) << text;
    }
}

TEST(KernelLog, AProgramsWordsAreNotTheKernels) {
    const Inventory inventory =
        log("May 29 10:50:24 n7 fake[1]: NVRM: Xid (PCI:0000:19:00): 79, x\n");
    EXPECT_THAT(told(inventory), IsEmpty());
    EXPECT_EQ(value_of(inventory, "kernel_log.lines"), "?no line of the kernel among 1");
}

TEST(KernelLog, AProgramsNameIsNotTheKernelsWords) {
    for (const char* words :
         {"hard LOCKUP[123]: segfault at 0 ip 0 sp 0 error 4 in a.out",
          "traps: Oops: [12] general protection fault ip:0", "Oops: x[9] trap invalid opcode ip:0",
          "oom_reaper: reaped process 123 (I/O error, dev )",
          "CPU: 3 PID: 7 Comm: Medium Error Tainted: G"}) {
        EXPECT_THAT(message(words), IsEmpty()) << words;
    }
    EXPECT_THAT(message("INFO: task Oops: x:9 blocked for more than 120 seconds."),
                ElementsAre(" warning task_hung"));
}

TEST(KernelLog, AProgramsNameHidesNoFault) {
    EXPECT_THAT(message("EXT4-fs error (device sda1): ext4_lookup:1: comm ] trap x: bad"),
                ElementsAre("sda1 error file_system_error"));
    EXPECT_THAT(message("watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [a[1]: segfault at ]"),
                ElementsAre(" error kernel_lockup"));
}

TEST(KernelLog, SomethingElseIsRefused) {
    EXPECT_THAT(log_refusal("hello\nworld\n"),
                HasSubstr("mailed.txt:1: has no line of a kernel log"));
    EXPECT_THAT(log_refusal("[ 1.0] a\n" + std::string(70'000, 'x')),
                HasSubstr("mailed.txt:2: is a line of 70000 bytes"));
    std::string flood;
    for (int i = 0; i < 5000; ++i) {
        flood += "[ 1.0] NVRM: Xid (PCI:0000:19:00): " + std::to_string(1000 + i) + ", x\n";
    }
    EXPECT_THAT(log_refusal(flood), HasSubstr("mailed.txt:4097: is different fault 4097"));
}

TEST(KernelLog, NothingFromOutsideMovesACursor) {
    const Inventory inventory = log("[ 1.0] NVRM: Xid (PCI:0000:19:00): 79, \x1b[2J\x01gone\n");
    EXPECT_EQ(text_of(inventory, "xid.79").find('\x1b'), std::string::npos);
}

class RealKernelLogs : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(real_data("gpud-fixtures"))) {
            GTEST_SKIP() << "no outputs of real machines at " << real_data("");
        }
    }
    static std::string bytes(const std::string& name) { return bytes_of(real_data(name)); }
};

// gpud-fixtures/SOURCES.md: Xid 13 (629 times), 43, 48, 63, 94, 119; counted with grep before. Of
// the pstore dump in two parts the second was written first, and has the panic.
TEST_F(RealKernelLogs, TellWhatIsWrongAndNothingElse) {
    std::vector<std::string> boot{"0000:1b:00 warning port_link_down",
                                  "0000:9d:00 warning port_link_down"};
    for (const std::string slot : {"1a", "1b", "3c", "4d", "5e", "9c", "9d", "bc", "cc", "dc"}) {
        boot.push_back("0000:" + slot + ":00 warning hca_power");
    }
    std::ranges::sort(boot);
    const std::vector<std::string> contained{" warning peermem_invalid_context",
                                             "0000:19:00 error xid.48", "0000:19:00 error xid.63",
                                             "0000:19:00 error xid.94"};
    const std::vector<std::pair<std::string, std::vector<std::string>>> expected{
        {"gpud-fixtures/historic/dmesg.0.log", contained},
        {"gpud-fixtures/historic/dmesg-time-format-iso.log", contained},
        {"gpud-fixtures/historic/dmesg.decode.iso.log.0",
         {"0000:38:00 warning xid.13", "0000:38:00 warning xid.43"}},
        {"gpud-fixtures/historic/dmesg.decode.iso.log.1", boot},
        {"gpud-fixtures/historic/dmesg.peermem.log.0", {" warning peermem_invalid_context"}},
        {"gpud-fixtures/components/accelerator/nvidia/xid/testdata/dmesg-with-xid-119.log",
         {"0000:9b:00 error xid.119"}},
        {"gpud-fixtures/components/accelerator/nvidia/nccl/testdata/dmesg.decode.iso.log",
         {" warning nccl_segfault"}},
        {"gpud-fixtures/components/memory/testdata/dmesg.decode.iso.log",
         {" warning oom_kill", "0000:38:00 warning xid.13", "0000:38:00 warning xid.43"}},
        {"gpud-fixtures/pkg/kmsg/testdata/kmsg.1.log", {}},
        {"gpud-fixtures/pkg/kmsg/testdata/kmsg.2.peermem.log",
         {" warning peermem_invalid_context"}},
        {"gpud-fixtures/pkg/pstore/testdata/dmesg-erst.txt", {" error kernel_panic"}},
        {"gpud-fixtures/pkg/pstore/testdata/7530486857247/dmesg.txt", {" error kernel_panic"}},
        {"gpud-fixtures/pkg/pstore/testdata/7530486857247/dmesg-erst-7530486857247752193",
         {" error kernel_panic"}},
        {"gpud-fixtures/pkg/pstore/testdata/7530486857247/dmesg-erst-7530486857247752194", {}},
        {"gcm-command-outputs/test_check_syslogs.L121.txt",
         {"000d:00:00 error xid.48", "000d:00:00 warning xid.31"}},
        {"gcm-command-outputs/test_check_syslogs.L129.txt", {"000d:00:00 warning xid.31"}},
        {"azhpc-diagnostics-samples/Linux/test/samples/journald.log", {}},
    };
    for (const auto& [file, events] : expected) {
        EXPECT_THAT(told(log(bytes(file))), ElementsAreArray(events)) << file;
    }
}

TEST_F(RealKernelLogs, CountsAndTimesAreTheLogs) {
    const Inventory inventory = log(bytes("gpud-fixtures/historic/dmesg.decode.iso.log.0"));
    EXPECT_THAT(text_of(inventory, "xid.13"),
                HasSubstr("mailed.txt:1, 2025-01-21T02:21:33Z; 629 times"));
    EXPECT_THAT(text_of(inventory, "xid.43"), HasSubstr("; 7 times"));
    EXPECT_EQ(value_of(log(bytes("azhpc-diagnostics-samples/Linux/test/samples/journald.log")),
                       "kernel_log.lines"),
              "?no line of the kernel among 55");
}

TEST_F(RealKernelLogs, AnotherNumberIsAnotherFault) {
    const std::string text =
        bytes("gpud-fixtures/components/accelerator/nvidia/xid/testdata/dmesg-with-xid-119.log");
    EXPECT_THAT(told(log(replaced(text, "(PCI:0000:9b:00): 119", "(PCI:0000:9b:00): 79"))),
                ElementsAre("0000:9b:00 error xid.119", "0000:9b:00 error xid.79"));
    EXPECT_THAT(told(log(replaced(bytes("gpud-fixtures/pkg/kmsg/testdata/kmsg.1.log"),
                                  "nvidia-nvswitch2: open (major=510)",
                                  "NVRM: Xid (PCI:0000:01:00): 79, x"))),
                ElementsAre("0000:01:00 error xid.79"));
}

}  // namespace
}  // namespace rackproof::test
