#include "devices/gpu/plug_in.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "core/error.hpp"
#include "devices/gpu/bus.hpp"
#include "devices/gpu/local_cores.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof::gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(PlugInTest, WithoutADriverNothingElseIsLookedAt) {
    const LoadedPlugIn loaded = load_plug_in({"libno-such-driver.so.1", {"/dev/null"}});
    EXPECT_EQ(loaded.plug_in, nullptr);
    EXPECT_THAT(loaded.problem, HasSubstr("no NVIDIA driver is installed"));
    EXPECT_THAT(loaded.problem, HasSubstr("libno-such-driver.so.1"));
    EXPECT_EQ(find_gpus(loaded).problem, loaded.problem);
}

TEST(PlugInTest, ABuildWithoutCudaSaysSo) {
    const LoadedPlugIn loaded = load_plug_in({"libc.so.6", {"/nowhere/librackproof_cuda.so"}});
    EXPECT_THAT(loaded.problem, HasSubstr("built without CUDA: no /nowhere/librackproof_cuda.so"));
}

TEST(PlugInTest, AFileThatIsNoneIsNamed) {
    const test::ScratchFolder folder;
    const auto file = folder.path() / "librackproof_cuda.so";
    std::ofstream{file} << "no library";
    EXPECT_THAT(load_plug_in({"libc.so.6", {file}}).problem, HasSubstr("does not load"));
}

TEST(PlugInTest, WhatTheBackEndSaysIsThereOrWhyNot) {
    struct Refusing : PlugIn {
        std::vector<DeviceInfo> list() override {
            throw Error{"start CUDA 13.0", "the NVIDIA driver is too old"};
        }
        std::unique_ptr<Gpu> open(std::int32_t) override { return nullptr; }
    } refusing;
    EXPECT_THAT(find_gpus({&refusing, ""}).problem, HasSubstr("too old"));
    struct Empty : PlugIn {
        std::vector<DeviceInfo> list() override { return {}; }
        std::unique_ptr<Gpu> open(std::int32_t) override { return nullptr; }
    } empty;
    EXPECT_EQ(find_gpus({&empty, ""}).problem, "the driver lists no GPU");
}

TEST(WhyNoGpusTest, IsSaidIfAndOnlyIfNoneIsListed) {
    const DeviceInfo last = list_devices({.with_gpus = true}).back();
    const bool usable = last.facts.kind == "gpu" && last.memory_bytes > 0;
    EXPECT_EQ(why_no_gpus().empty(), usable) << why_no_gpus();
    EXPECT_NE(list_devices({}).back().facts.kind, "gpu");
}

class Bus : public testing::Test {
  protected:
    void add(const std::string& address, const char* vendor, const char* kind,
             const char* driver = "") {
        const auto folder = sys() / "bus" / "pci" / "devices" / address;
        std::filesystem::create_directories(folder);
        std::ofstream{folder / "vendor"} << vendor << '\n';
        std::ofstream{folder / "class"} << kind << '\n';
        if (*driver == '\0') return;
        const auto drivers = std::filesystem::path{"../../../bus/pci/drivers"};
        std::filesystem::create_symlink(drivers / driver, folder / "driver");
    }
    [[nodiscard]] std::filesystem::path sys() const { return root_.path() / "sys"; }

    test::ScratchFolder root_;
};

TEST_F(Bus, ShowsDataCentreGpusThatAreThisMachines) {
    EXPECT_THAT(gpus_on_bus(sys()), IsEmpty()) << "no bus at all";
    add("0000:5d:00.0", "0x10de", "0x030200", "nvidia");
    add("0000:19:00.0", "0x10de", "0x030200");
    add("0000:3b:00.0", "0x10de", "0x030200", "vfio-pci");
    add("0000:04:00.0", "0x10de", "0x068000");
    add("0000:05:00.0", "0x1a03", "0x030200");
    add("0000:06:00.0", "0x10de", "0x030000", "nouveau");
    EXPECT_THAT(gpus_on_bus(sys()), ElementsAre("0000:19:00.0", "0000:5d:00.0"));
    EXPECT_THAT(nvswitches_on_bus(sys()), ElementsAre("0000:04:00.0"));
}

TEST_F(Bus, AGpuWhoseDriverIsDeadDoesNotGoMissing) {
    add("0000:5d:00.0", "0x10de", "0x030200");
    const FoundGpus found = find_gpus({nullptr, "no NVIDIA driver is installed"}, {root_.path()});
    ASSERT_EQ(found.devices.size(), 1U);
    EXPECT_EQ(found.devices[0].facts.kind, "gpu");
    EXPECT_EQ(found.devices[0].facts.pci, "0000:5d:00.0");
    EXPECT_EQ(found.problem, "no NVIDIA driver is installed");
}

TEST(LocalCoresTest, ReadsTheKernelsLists) {
    EXPECT_THAT(cores_of_list("0-2,8\n"), ElementsAre(0, 1, 2, 8));
    for (const char* bad : {"", "x", "3-1", "1,", "0-99999999", "1 2", "-1"}) {
        EXPECT_THAT(cores_of_list(bad), IsEmpty()) << bad;
    }
}

TEST(LocalCoresTest, AreThoseNearTheDeviceThatAreAllowed) {
    const test::ScratchFolder sys;
    const auto folder = sys.path() / "bus" / "pci" / "devices" / "0000:5d:00.0";
    std::filesystem::create_directories(folder);
    std::ofstream{folder / "local_cpulist"} << "4-7\n";
    EXPECT_THAT(cores_near("0000:5d:00.0", {0, 1, 5, 6}, sys.path()), ElementsAre(5, 6));
    EXPECT_THAT(cores_near("0000:5d:00.0", {0, 1}, sys.path()), ElementsAre(0, 1));
    EXPECT_THAT(cores_near("0000:00:00.0", {0, 1}, sys.path()), ElementsAre(0, 1));
}

}  // namespace
}  // namespace rackproof::gpu
