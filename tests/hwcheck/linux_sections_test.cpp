#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hwcheck/linux/sections.hpp"
#include "tests/support/inventory_of.hpp"
#include "tests/support/sysfs_tree.hpp"

namespace rackproof {
namespace {

using test::events;
using test::inventory_of;
using test::item;
using test::SysfsTree;
using test::value;
using testing::ElementsAre;
using testing::IsEmpty;

Inventory read(const SysfsTree& files, void (*section)(const Tree&, InventoryWriter&)) {
    return inventory_of(section, Tree{files.root()});
}

void write_cpu(const SysfsTree& files, const std::string& cpu, const std::string& package,
               const std::string& siblings) {
    const std::string folder = "sys/devices/system/cpu/" + cpu;
    files.write(folder + "/topology/physical_package_id", package);
    files.write(folder + "/topology/thread_siblings_list", siblings);
}

TEST(Processors, AreCountedAsSocketsCoresAndThreads) {
    const SysfsTree files;
    files.write("proc/cpuinfo",
                "processor\t: 0\nmodel name\t: AMD EPYC 9654\nmicrocode\t: 0xa101\n");
    files.write("sys/devices/system/cpu/online", "0-7");
    for (int cpu = 0; cpu < 8; ++cpu) {
        const int first = cpu % 4;
        write_cpu(files, "cpu" + std::to_string(cpu), first < 2 ? "0" : "1",
                  std::to_string(first) + "," + std::to_string(first + 4));
    }
    files.write("sys/devices/system/cpu/smt/control", "on");
    const Inventory inventory = read(files, read_processors);
    EXPECT_EQ(value(inventory, "cpu.model"), "AMD EPYC 9654");
    EXPECT_EQ(value(inventory, "cpu.microcode"), "0xa101");
    EXPECT_EQ(value(inventory, "cpu.threads"), "8");
    EXPECT_EQ(value(inventory, "cpu.cores"), "4");
    EXPECT_EQ(value(inventory, "cpu.sockets"), "2");
    EXPECT_EQ(value(inventory, "cpu.smt"), "on");
    EXPECT_EQ(item(inventory, "cpu.governor").why_unknown, "no such file");
}

TEST(Processors, OfWhichOneIsUnknownAreNotCountedLow) {
    const SysfsTree files;
    files.write("sys/devices/system/cpu/online", "0-1");
    write_cpu(files, "cpu0", "0", "0");
    const Inventory inventory = read(files, read_processors);
    EXPECT_EQ(value(inventory, "cpu.cores"), "");
    EXPECT_EQ(item(inventory, "cpu.cores").why_unknown, "cpu1: no such file");
}

TEST(Processors, NameEveryGovernorThatStands) {
    const SysfsTree files;
    files.write("sys/devices/system/cpu/online", "0-1");
    files.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance");
    files.write("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave");
    EXPECT_EQ(value(read(files, read_processors), "cpu.governor"), "performance, powersave");
}

TEST(MachineChecks, AreSummedOverCpus) {
    const SysfsTree files;
    files.write(
        "proc/interrupts",
        "           CPU0       CPU1\n MCE:          1          2   Machine check exceptions\n"
        " MCP:        250        250   Machine check polls\n");
    EXPECT_EQ(value(read(files, read_machine_checks), "cpu.machine_checks"), "3");
}

TEST(Memory, IsReadByNumaNode) {
    const SysfsTree files;
    files.write("proc/meminfo", "MemTotal:       1000 kB\nSwapTotal:         0 kB\n");
    files.write("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal:     600 kB\n");
    files.write("sys/devices/system/node/node0/cpulist", "0-3");
    files.write("sys/devices/system/node/node1/meminfo", "Node 1 MemTotal:     400 kB\n");
    files.write("sys/devices/system/node/has_cpu", "0");
    files.write("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never");
    files.write("sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "12");
    const Inventory inventory = read(files, read_memory);
    EXPECT_EQ(value(inventory, "memory.total_bytes"), "1024000");
    EXPECT_EQ(value(inventory, "memory.swap_bytes"), "0");
    EXPECT_EQ(value(inventory, "numa.nodes"), "2");
    EXPECT_EQ(value(inventory, "numa.memory_bytes", "1"), "409600");
    EXPECT_EQ(value(inventory, "numa.cpus", "0"), "0-3");
    EXPECT_EQ(value(inventory, "memory.transparent_hugepages"), "madvise");
    EXPECT_EQ(value(inventory, "memory.hugepages", "hugepages-2048kB"), "12");
    EXPECT_EQ(item(inventory, "memory.dimms").why_unknown, "no such file");
}

TEST(MemoryErrors, UncorrectedOnesAreAnEvent) {
    const SysfsTree files;
    files.write("sys/devices/system/edac/mc/mc0/ce_count", "7");
    files.write("sys/devices/system/edac/mc/mc0/ue_count", "0");
    EXPECT_THAT(events(read(files, read_memory_errors)), IsEmpty());
    files.write("sys/devices/system/edac/mc/mc0/ue_count", "2");
    const Inventory inventory = read(files, read_memory_errors);
    EXPECT_EQ(value(inventory, "edac.corrected", "mc0"), "7");
    EXPECT_THAT(events(inventory), ElementsAre("memory_uncorrected[mc0]"));
}

TEST(System, ReadsFirmwareKernelAndLimits) {
    const SysfsTree files;
    files.write("sys/class/dmi/id/bios_version", "1.2.3\n");
    files.write("proc/cmdline", "quiet iommu=pt\n");
    files.write("etc/os-release", "NAME=\"X\"\nPRETTY_NAME=\"Debian 12\"\n");
    files.write("proc/self/limits",
                "Max open files            1024                4096      files\n"
                "Max locked memory         unlimited            unlimited bytes\n");
    const Inventory inventory = read(files, read_system);
    EXPECT_EQ(value(inventory, "bios.version"), "1.2.3");
    EXPECT_EQ(value(inventory, "kernel.command_line"), "quiet iommu=pt");
    EXPECT_EQ(value(inventory, "os.name"), "Debian 12");
    EXPECT_EQ(value(inventory, "limit.open_files"), "1024");
    EXPECT_EQ(value(inventory, "limit.locked_bytes"), "unlimited");
    EXPECT_EQ(item(inventory, "system.serial").why_unknown, "no such file");
}

TEST(Modules, SayWhichAreLoaded) {
    const SysfsTree files;
    EXPECT_EQ(item(read(files, read_modules), "module", "nvidia").why_unknown, "no such file");
    files.write("sys/module/nvidia/version", "580.95.05");
    files.write("sys/module/gdrdrv/refcnt", "0");
    const Inventory inventory = read(files, read_modules);
    EXPECT_EQ(value(inventory, "module", "nvidia"), "loaded 580.95.05");
    EXPECT_EQ(value(inventory, "module", "gdrdrv"), "loaded");
    EXPECT_EQ(value(inventory, "module", "nvidia_peermem"), "not loaded");
}

TEST(Libraries, AreNamedByTheirVersion) {
    const SysfsTree files;
    files.write("usr/lib64/libnccl.so.2.21.5", "");
    std::filesystem::create_symlink("libnccl.so.2.21.5", files.root() / "usr/lib64/libnccl.so.2");
    const Inventory inventory = read(files, read_libraries);
    EXPECT_EQ(value(inventory, "library", "libnccl.so.2"), "libnccl.so.2.21.5");
    EXPECT_EQ(value(inventory, "library", "libmpi.so"), "not found");
}

TEST(Libraries, AreLookedForWhereTheLoaderLooks) {
    const SysfsTree files;
    files.write("etc/ld.so.conf",
                "# all of them\ninclude /etc/ld.so.conf.d/*.conf\ninclude more.conf\nhwcap 1 x\n");
    files.write("etc/ld.so.conf.d/mpi.conf", "/opt/mpi/lib # here\n\nnot/absolute\n");
    files.write("etc/ld.so.conf.d/mpi.conf.old", "/opt/old/lib\n");
    files.write("etc/more.conf", "include /etc/ld.so.conf\n/opt/cuda/lib64\n");
    files.write("opt/mpi/lib/libmpi.so.40", "");
    files.write("opt/old/lib/libnccl.so.2", "");
    files.write("opt/cuda/lib64/libcudart.so.12", "");
    files.write("usr/lib/libcudart.so", "");
    const Inventory inventory = read(files, read_libraries);
    EXPECT_EQ(item(inventory, "library", "libmpi.so").source, "/opt/mpi/lib/libmpi.so.40");
    EXPECT_EQ(item(inventory, "library", "libcudart.so").source, "/opt/cuda/lib64/libcudart.so.12");
    EXPECT_EQ(value(inventory, "library", "libnccl.so.2"), "not found");
}

TEST(Libraries, ListsThatIncludeEachOtherOrDoNotEndAreBounded) {
    const SysfsTree files;
    std::string many;
    for (int i = 0; i < 5000; ++i) many += "/opt/" + std::to_string(i) + "\n";
    files.write("etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n" + many);
    files.write("etc/ld.so.conf.d/a.conf", "include /etc/ld.so.conf\ninclude /etc/*/b.conf\n");
    files.write("opt/4000/libnccl.so.2", "");
    files.write("usr/lib/libmpi.so", "");
    const Inventory inventory = read(files, read_libraries);
    EXPECT_EQ(value(inventory, "library", "libnccl.so.2"), "not found");
    EXPECT_EQ(value(inventory, "library", "libmpi.so"), "libmpi.so") << "in a usual folder";
}

void write_port(const SysfsTree& files, const char* state, const char* physical) {
    const std::string port = "sys/class/infiniband/mlx5_0/ports/1";
    files.write(port + "/state", state);
    files.write(port + "/phys_state", physical);
    files.write(port + "/rate", "400 Gb/sec (4X NDR)");
    files.write(port + "/counters/link_downed", "3");
}

TEST(Ports, AreReadWithStateRateAndCounters) {
    const SysfsTree files;
    write_port(files, "4: ACTIVE", "5: LinkUp");
    files.write("sys/class/infiniband/mlx5_0/fw_ver", "28.39.1002");
    const Inventory inventory = read(files, read_ports);
    EXPECT_EQ(value(inventory, "hca.firmware", "mlx5_0"), "28.39.1002");
    EXPECT_EQ(value(inventory, "port.state", "mlx5_0/1"), "active");
    EXPECT_EQ(value(inventory, "port.physical_state", "mlx5_0/1"), "linkup");
    EXPECT_EQ(value(inventory, "port.rate_bit_per_s", "mlx5_0/1"), "400000000000");
    EXPECT_EQ(value(inventory, "port.errors.link_downed", "mlx5_0/1"), "3");
    EXPECT_EQ(value(inventory, "hca.count"), "1");
    EXPECT_THAT(events(inventory), IsEmpty());
}

TEST(Ports, ACounterThatIsNoneIsNotKnown) {
    const SysfsTree files;
    write_port(files, "4: ACTIVE", "5: LinkUp");
    files.write("sys/class/infiniband/mlx5_0/ports/1/counters/symbol_error", "N/A (no PMA)");
    files.write("sys/class/infiniband/mlx5_0/ports/1/hw_counters/out_of_sequence", "7");
    const Inventory inventory = read(files, read_ports);
    const auto why = [&](const char* key) { return item(inventory, key, "mlx5_0/1").why_unknown; };
    EXPECT_EQ(why("port.errors.symbol_error"), "'N/A (no PMA)' is no number");
    EXPECT_EQ(why("port.errors.link_error_recovery"), "no such file");
    EXPECT_EQ(value(inventory, "port.errors.out_of_sequence", "mlx5_0/1"), "7");
}

TEST(Ports, WithALinkAndNoSubnetAreAnError) {
    const SysfsTree files;
    write_port(files, "2: INIT", "5: LinkUp");
    const Inventory inventory = read(files, read_ports);
    ASSERT_THAT(events(inventory), ElementsAre("port_inactive[mlx5_0/1]"));
    EXPECT_EQ(inventory.events[0].severity, "error");
}

TEST(Ports, WithoutACableAreTold) {
    const SysfsTree files;
    write_port(files, "1: DOWN", "2: Polling");
    const Inventory inventory = read(files, read_ports);
    ASSERT_THAT(events(inventory), ElementsAre("port_down[mlx5_0/1]"));
    EXPECT_EQ(inventory.events[0].severity, "warning");
}

TEST(Drives, AreReadAndMustLive) {
    const SysfsTree files;
    files.write("sys/class/nvme/nvme0/model", "KIOXIA");
    files.write("sys/class/nvme/nvme0/state", "live");
    files.write("sys/block/nvme0n1/size", "2000");
    EXPECT_THAT(events(read(files, read_drives)), IsEmpty());
    files.write("sys/class/nvme/nvme0/state", "dead");
    const Inventory inventory = read(files, read_drives);
    EXPECT_EQ(value(inventory, "drive.size_bytes", "nvme0n1"), "1024000");
    EXPECT_THAT(events(inventory), ElementsAre("drive_not_live[nvme0]"));
}

TEST(Clock, OfACopyIsNotThisMachines) {
    const SysfsTree files;
    files.write("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc");
    const Inventory inventory = read(files, read_clock);
    EXPECT_EQ(value(inventory, "clock.source"), "tsc");
    EXPECT_EQ(value(inventory, "clock.synchronised"), "");
}

/// Nothing there, and not one item that reads as fine.
TEST(EverySection, OfAnEmptyFolderSaysWhy) {
    const SysfsTree files;
    for (const auto section :
         {read_processors, read_machine_checks, read_memory, read_memory_errors, read_system,
          read_clock, read_pci, read_ports, read_drives, read_modules, read_libraries, read_fabric,
          read_temperatures}) {
        const Inventory inventory = read(files, section);
        EXPECT_FALSE(inventory.items.empty());
        for (const InventoryItem& each : inventory.items) {
            EXPECT_EQ(each.value, "") << each.key;
            EXPECT_NE(each.why_unknown, "") << each.key;
        }
        EXPECT_THAT(inventory.events, IsEmpty());
    }
}

}  // namespace
}  // namespace rackproof
