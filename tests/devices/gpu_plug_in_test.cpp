#include "devices/gpu/plug_in.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "core/error.hpp"
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
    const auto devices = list_devices({.with_gpus = true});
    const bool any = devices.back().facts.kind == "gpu";
    EXPECT_EQ(why_no_gpus().empty(), any) << why_no_gpus();
    EXPECT_NE(list_devices({}).back().facts.kind, "gpu");
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
