#include "devices/gpu/hidden_gpus.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "devices/gpu/plug_in.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof::gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kOnBus = 4;

std::string pci_of(int gpu) { return "0000:" + std::to_string(10 + gpu) + ":00.0"; }

/// Lists some of the node's GPUs, as CUDA does to one process.
struct Listing : PlugIn {
    explicit Listing(std::vector<int> gpus) : gpus_{std::move(gpus)} {}
    std::vector<DeviceInfo> list() override {
        std::vector<DeviceInfo> devices;
        for (const int gpu : gpus_) {
            DeviceInfo& info = devices.emplace_back();
            info.facts.kind = "gpu";
            info.facts.pci = pci_of(gpu);
            info.memory_bytes = 1;
        }
        return devices;
    }
    std::unique_ptr<Gpu> open(std::int32_t) override { return nullptr; }

  private:
    std::vector<int> gpus_;
};

/// A node with four GPUs on its bus, all of which the kernel's driver has.
class HiddenGpus : public testing::Test {
  protected:
    HiddenGpus() {
        view_.root = root_.path();
        for (int gpu = 0; gpu < kOnBus; ++gpu) {
            const std::string minor = std::to_string(gpu);
            write("sys/bus/pci/devices/" + pci_of(gpu) + "/vendor", "0x10de\n");
            write("sys/bus/pci/devices/" + pci_of(gpu) + "/class", "0x030200\n");
            write("proc/driver/nvidia/gpus/" + pci_of(gpu) + "/information",
                  "Model: \t\t NVIDIA H200\nDevice Minor: \t " + minor + "\n");
            write("dev/nvidia" + minor, "");
            std::filesystem::create_symlink("../../../bus/pci/drivers/nvidia", driver_link(gpu));
        }
    }
    void write(const std::string& file, const std::string& text) const {
        std::filesystem::create_directories((root_.path() / file).parent_path());
        std::ofstream{root_.path() / file} << text;
    }
    [[nodiscard]] std::filesystem::path driver_link(int gpu) const {
        return root_.path() / "sys/bus/pci/devices" / pci_of(gpu) / "driver";
    }
    void take_proc_of(int gpu) const {
        std::filesystem::remove_all(root_.path() / "proc/driver/nvidia/gpus" / pci_of(gpu));
    }
    void take_file_of(int gpu) const {
        std::filesystem::remove(root_.path() / ("dev/nvidia" + std::to_string(gpu)));
    }
    [[nodiscard]] FoundGpus found(std::vector<int> listed) const {
        Listing listing{std::move(listed)};
        return find_gpus({&listing, ""}, view_);
    }
    static std::vector<std::string> addresses(const FoundGpus& gpus) {
        std::vector<std::string> all;
        for (const DeviceInfo& gpu : gpus.devices) all.push_back(gpu.facts.pci);
        return all;
    }

    test::ScratchFolder root_;
    NodeView view_;
};

TEST_F(HiddenGpus, AreNoneWhereAllAreListed) {
    const FoundGpus all = found({0, 1, 2, 3});
    EXPECT_THAT(all.hidden, IsEmpty());
    EXPECT_EQ(all.devices.size(), 4U);
    EXPECT_FALSE(all.devices[0].details.contains(kHiddenGpus));
}

TEST_F(HiddenGpus, AreNoneWhereAsManyAreListedUnderOtherAddresses) {
    EXPECT_EQ(found({4, 5, 6, 7}).devices.size(), 4U);
}

TEST_F(HiddenGpus, OneThatTheDriverHasLostIsThereInItsPlaceAndCannotBeUsed) {
    const FoundGpus three = found({0, 1, 3});
    EXPECT_THAT(three.hidden, IsEmpty());
    EXPECT_THAT(three.problem, IsEmpty()) << "the others can";
    EXPECT_THAT(addresses(three), ElementsAre(pci_of(0), pci_of(1), pci_of(2), pci_of(3)));
    EXPECT_EQ(three.devices[2].memory_bytes, 0);
    EXPECT_THAT(three.devices[2].facts.model, HasSubstr("cannot be used"));
    EXPECT_EQ(three.devices[3].facts.index, 3);
}

TEST_F(HiddenGpus, TheEnvironmentThatNamesOneHidesTheOthersAndIsSaid) {
    view_.visible_devices = "2";
    const FoundGpus one = found({2});
    EXPECT_THAT(addresses(one), ElementsAre(pci_of(2)));
    EXPECT_EQ(one.hidden,
              "3 of the node's 4 GPUs are kept from a rank (CUDA_VISIBLE_DEVICES is "
              "'2'): " +
                  pci_of(0) + ", " + pci_of(1) + ", " + pci_of(3));
    EXPECT_EQ(one.devices[0].details.at(kHiddenGpus), one.hidden);
}

TEST_F(HiddenGpus, AnEnvironmentThatNamesAllHidesNone) {
    view_.visible_devices = "0,1,2,3";
    EXPECT_THAT(found({0, 1, 2}).hidden, IsEmpty());
    EXPECT_EQ(found({0, 1, 2}).devices.size(), 4U) << "the fourth is lost, and fails";
}

TEST_F(HiddenGpus, AnEnvironmentThatNamesMoreThanAreListedDoesNotExplainALostOne) {
    view_.visible_devices = "0,1";
    EXPECT_THAT(found({0}).hidden, IsEmpty());
}

TEST_F(HiddenGpus, AnEnvironmentWithoutAnyHidesAll) {
    view_.visible_devices = "";
    const FoundGpus none = found({});
    EXPECT_THAT(none.devices, IsEmpty());
    EXPECT_THAT(none.hidden, HasSubstr("4 of the node's 4 GPUs"));
    EXPECT_EQ(none.problem, "the driver lists no GPU");
}

TEST_F(HiddenGpus, AContainerWithoutTheDeviceFileHidesTheGpu) {
    take_file_of(0);
    take_file_of(3);
    const FoundGpus two = found({1, 2});
    EXPECT_THAT(addresses(two), ElementsAre(pci_of(1), pci_of(2)));
    EXPECT_THAT(two.hidden, HasSubstr("2 of the node's 4 GPUs"));
    EXPECT_THAT(two.hidden, HasSubstr("No such file or directory"));
    EXPECT_THAT(two.hidden, HasSubstr(pci_of(0) + ", " + pci_of(3)));
}

TEST_F(HiddenGpus, AContainerThatShowsItsOwnInProcAloneHidesTheOthers) {
    take_file_of(2);
    take_proc_of(2);
    const FoundGpus three = found({0, 1, 3});
    EXPECT_EQ(three.devices.size(), 3U);
    EXPECT_THAT(three.hidden, HasSubstr("/proc/driver/nvidia does not show them"));
}

TEST_F(HiddenGpus, WhereTheDriverFailsAllAreThereAndFail) {
    take_file_of(0);
    const FoundGpus four = find_gpus({nullptr, "no NVIDIA driver is installed"}, view_);
    EXPECT_THAT(four.hidden, IsEmpty());
    EXPECT_EQ(four.devices.size(), 4U);
}

TEST_F(HiddenGpus, OneThatTheKernelsDriverDidNotTakeIsDeadNotHidden) {
    take_file_of(3);
    take_proc_of(3);
    std::filesystem::remove(driver_link(3));
    const FoundGpus four = found({0, 1, 2});
    EXPECT_THAT(four.hidden, IsEmpty());
    EXPECT_EQ(four.devices.size(), 4U);
}

TEST(VisibleCount, EndsWhereCudaStopsReading) {
    EXPECT_EQ(visible_count(""), 0U);
    EXPECT_EQ(visible_count("NoDevFiles"), 0U);
    EXPECT_EQ(visible_count("3"), 1U);
    EXPECT_EQ(visible_count("0,1,-1,2"), 2U);
    EXPECT_EQ(visible_count("GPU-1f2e,GPU-3d4c"), 2U);
}

}  // namespace
}  // namespace rackproof::gpu
