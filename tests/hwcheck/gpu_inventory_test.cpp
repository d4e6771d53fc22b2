#include "hwcheck/gpu_inventory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/clock.hpp"
#include "tests/support/gpu_machine.hpp"
#include "tests/support/inventory_of.hpp"

namespace rackproof {
namespace {

using test::events;
using test::GpuMachine;
using test::item;
using test::value;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr GpusPatience kEnough{60, 120};
constexpr GpusPatience kShort{0.5, 3};

Inventory gpus(const GpusPatience& patience = kEnough, Inventory before = {}) {
    read_gpus(test::fake_gpu_reader(), patience, before);
    return before;
}

TEST(GpuInventory, SaysWhatHealthyGpusAre) {
    GpuMachine machine{8};
    const Inventory inventory = gpus();
    EXPECT_EQ(value(inventory, "gpu.count"), "8");
    EXPECT_EQ(value(inventory, "gpu.model", "7"), "NVIDIA H200");
    EXPECT_EQ(value(inventory, "gpu.vbios", "3"), "96.00.A5.00.1A");
    EXPECT_EQ(value(inventory, "gpu.nvlinks_active", "0"), "18 of 18");
    EXPECT_EQ(value(inventory, "gpu.foreign_processes", "0"), "none");
    EXPECT_EQ(value(inventory, "gpu.ecc.volatile.uncorrected", "0"), "0");
    EXPECT_THAT(events(inventory), IsEmpty());
}

TEST(GpuInventory, SaysItsTemperaturesAndWhatIsNotSupported) {
    GpuMachine machine{1};
    const Inventory inventory = gpus();
    EXPECT_EQ(value(inventory, "gpu.temperature_degc", "0"), "39");
    EXPECT_EQ(value(inventory, "gpu.memory_temperature_degc", "0"), "38");
    EXPECT_EQ(item(inventory, "gpu.inforom_valid", "0").why_unknown, "not supported");
    EXPECT_EQ(item(inventory, "gpu.fabric_state", "0").why_unknown, "not supported");
}

TEST(GpuInventory, ACorruptedInforomIsTold) {
    GpuMachine machine{2};
    machine.gpu(0)["inforom"] = 0;
    machine.gpu(1)["inforom"] = {{"error", 14}};
    machine.write();
    const Inventory inventory = gpus();
    EXPECT_EQ(value(inventory, "gpu.inforom_valid", "0"), "yes");
    EXPECT_EQ(value(inventory, "gpu.inforom_valid", "1"), "no");
    EXPECT_THAT(events(inventory), ElementsAre("gpu_inforom_corrupt[1]"));
}

TEST(GpuInventory, OneThatIsNotRegisteredWithTheFabricIsTold) {
    GpuMachine machine{4};
    machine.gpu(0)["fabric"] = {3, 0, 7, 0xab};
    machine.gpu(1)["fabric"] = {2, 0, 0, 0};
    machine.gpu(2)["fabric"] = {3, 999, 0, 0};
    machine.gpu(3)["fabric"] = {0, 0, 0, 0};
    machine.write();
    const Inventory inventory = gpus();
    EXPECT_EQ(value(inventory, "gpu.fabric_state", "0"), "Completed");
    EXPECT_EQ(value(inventory, "gpu.fabric_status", "0"), "Success");
    EXPECT_EQ(value(inventory, "gpu.fabric_clique", "0"), "7");
    EXPECT_EQ(value(inventory, "gpu.fabric_cluster", "0"), "ab000000-0000-0000-0000-000000000000");
    EXPECT_EQ(value(inventory, "gpu.fabric_state", "1"), "In Progress");
    EXPECT_EQ(value(inventory, "gpu.fabric_cluster", "1"), "none");
    EXPECT_EQ(item(inventory, "gpu.fabric_state", "3").why_unknown, "not supported");
    EXPECT_THAT(events(inventory),
                ElementsAre("gpu_fabric_not_ready[1]", "gpu_fabric_not_ready[2]"));
}

TEST(GpuInventory, OneThatHangsCostsItsOwnItemsAndIsNamed) {
    GpuMachine machine{3};
    machine.gpu(1)["nvmlDeviceGetVbiosVersion"] = "hang";
    machine.write();
    const SteadyClock::time_point begun = SteadyClock::now();
    const Inventory inventory = gpus({6, 60});
    EXPECT_LT(seconds_since(begun), 50);
    EXPECT_THAT(events(inventory), ElementsAre("nvml_silent[1]"));
    EXPECT_EQ(value(inventory, "gpu.vbios", "1"), "");
    EXPECT_THAT(item(inventory, "gpu.health", "1").why_unknown, HasSubstr("hangs"));
    EXPECT_EQ(value(inventory, "gpu.vbios", "2"), "96.00.A5.00.1A");
}

TEST(GpuInventory, AllThatHangAreBoundedTogether) {
    GpuMachine machine{8};
    for (std::size_t i = 0; i < 8; ++i) machine.gpu(i)["nvmlDeviceGetVbiosVersion"] = "hang";
    machine.write();
    const SteadyClock::time_point begun = SteadyClock::now();
    const Inventory inventory = gpus(kShort);
    EXPECT_LT(seconds_since(begun), 20);
    EXPECT_EQ(inventory.events.size(), 8U) << "each is named, those that were not asked too";
}

TEST(GpuInventory, ADriverThatHangsIsNamed) {
    GpuMachine machine{2};
    machine.json["init"] = "hang";
    machine.write();
    const Inventory inventory = gpus(kShort);
    EXPECT_THAT(events(inventory), ElementsAre("nvml_failed[]"));
    EXPECT_EQ(value(inventory, "gpu.count"), "");
}

TEST(GpuInventory, ADriverThatFailsWhereTheBusShowsNoGpuIsAWarning) {
    GpuMachine machine{0};
    machine.json["init"] = {{"error", 9}};
    machine.write();
    Inventory before;
    before.items.push_back({"pcie.kind", "0000:01:00.0", "network", "/sys", ""});
    const Inventory inventory = gpus(kShort, before);
    EXPECT_THAT(events(inventory), ElementsAre("nvml_failed[]"));
    EXPECT_EQ(inventory.events[0].severity, "warning");
}

TEST(GpuInventory, NotSupportedEverywhereIsNotFine) {
    GpuMachine machine{2};
    const nlohmann::json named = {{"uuid", "GPU-0"}, {"pci", "00000000:18:00.0"}};
    machine.json["gpus"] = nlohmann::json::array({named});
    machine.json["driver"] = {{"error", 3}};
    machine.json["nvml"] = {{"error", 3}};
    machine.json["cuda"] = {{"error", 3}};
    machine.write();
    const Inventory inventory = gpus();
    EXPECT_THAT(events(inventory), ElementsAre("hwcheck_unreadable[0]"));
    EXPECT_EQ(value(inventory, "gpu.model", "0"), "");
    EXPECT_EQ(value(inventory, "gpu.ecc.volatile.uncorrected", "0"), "") << "not 0";
    EXPECT_NE(item(inventory, "gpu.model", "0").why_unknown, "");
}

TEST(GpuInventory, EccWithoutCountersIsNotFine) {
    GpuMachine machine{1};
    machine.gpu(0).erase("ecc");
    machine.write();
    EXPECT_THAT(events(gpus()), ElementsAre("hwcheck_unreadable[0]"));
    machine.gpu(0)["nvmlDeviceGetEccMode"] = {0, 0};
    machine.write();
    EXPECT_THAT(events(gpus()), IsEmpty()) << "without ECC there is nothing to count";
}

TEST(GpuInventory, OneThatIsLostInMidReadIsNamed) {
    GpuMachine machine{2};
    machine.gpu(0)["nvmlDeviceGetPcieReplayCounter"] = {{"error", 15}};
    machine.write();
    const Inventory inventory = gpus();
    EXPECT_THAT(events(inventory), ElementsAre("gpu_lost[0]"));
    EXPECT_EQ(value(inventory, "gpu.model", "1"), "NVIDIA H200");
}

TEST(GpuInventory, TellsWhatIsWrong) {
    GpuMachine machine{2};
    machine.gpu(0)["remapped_rows"] = {0, 0, 1, 0};
    machine.gpu(0)["links"][4]["active"] = 0;
    machine.gpu(1)["event_reasons"] = 0x80;
    machine.write();
    EXPECT_THAT(events(gpus()),
                testing::UnorderedElementsAre("gpu_row_remap_pending[0]", "gpu_nvlink_inactive[0]",
                                              "gpu_throttled[1]"));
}

TEST(GpuInventory, TellsWhatWouldSpoilAMeasurement) {
    GpuMachine machine{3};
    machine.gpu(0)["nvmlDeviceGetComputeRunningProcesses_v3"] = {1};
    machine.gpu(1)["nvmlDeviceGetMigMode"] = {1, 1};
    machine.gpu(2)["nvmlDeviceGetComputeMode"] = 3;
    machine.write();
    const Inventory inventory = gpus();
    EXPECT_THAT(events(inventory),
                ElementsAre("gpu_in_use[0]", "gpu_partitioned[1]", "gpu_compute_mode[2]"));
    EXPECT_EQ(value(inventory, "gpu.foreign_processes", "0"), "1");
    for (const InventoryEvent& event : inventory.events) EXPECT_EQ(event.severity, "warning");
}

TEST(GpuInventory, IsNotForeignToItself) {
    GpuMachine machine{1};
    machine.gpu(0)["nvmlDeviceGetComputeRunningProcesses_v3"] = {::getpid()};
    machine.write();
    EXPECT_EQ(value(gpus(), "gpu.foreign_processes", "0"), "none");
}

Inventory with_gpus_on_bus(int gpus) {
    Inventory inventory;
    for (int i = 0; i < gpus; ++i) {
        const std::string address = "0000:1" + std::to_string(i) + ":00.0";
        inventory.items.push_back({"pcie.kind", address, "gpu", "", ""});
        inventory.items.push_back({"pcie.id", address, "0x10de:0x2335", "", ""});
    }
    return inventory;
}

TEST(GpuInventory, MissesWhatTheBusShows) {
    GpuMachine machine{7};
    EXPECT_THAT(events(gpus(kEnough, with_gpus_on_bus(7))), IsEmpty());
    EXPECT_THAT(events(gpus(kEnough, with_gpus_on_bus(8))), ElementsAre("gpu_missing[]"));
}

TEST(GpuInventory, OfADriverThatIsNotThere) {
    Inventory none;
    read_gpus(test::fake_gpu_reader("/no/such/library.so"), kEnough, none);
    EXPECT_THAT(events(none), IsEmpty()) << "a node without GPUs needs no driver";
    EXPECT_NE(item(none, "gpu.count").why_unknown, "");
    Inventory eight = with_gpus_on_bus(8);
    read_gpus(test::fake_gpu_reader("/no/such/library.so"), kEnough, eight);
    EXPECT_THAT(events(eight), ElementsAre("gpu_no_driver[]"));
}

}  // namespace
}  // namespace rackproof
