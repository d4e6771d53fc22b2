#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/hwcheck/mailed_fixture.hpp"

namespace rackproof::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A root port, a switch (upstream and two downstream ports), a GPU and a drive under it.
const char* const kTree = R"(00:01.0 PCI bridge: Intel Corporation Device 352a (rev 04)
	Bus: primary=00, secondary=01, subordinate=05, sec-latency=0
	Capabilities: [40] Express (v2) Root Port (Slot-), MSI 00
		LnkCap:	Port #1, Speed 64GT/s, Width x16, ASPM not supported
		LnkSta:	Speed 32GT/s (downgraded), Width x16 (ok)
01:00.0 PCI bridge: Broadcom / LSI PEX890xx PCIe Gen 5 Switch (rev b0)
	Bus: primary=01, secondary=02, subordinate=05, sec-latency=0
	Capabilities: [68] Express (v2) Upstream Port, MSI 00
		LnkCap:	Port #0, Speed 32GT/s, Width x16, ASPM L0s L1
		LnkSta:	Speed 32GT/s (ok), Width x16 (ok)
02:00.0 PCI bridge: Broadcom / LSI PEX890xx PCIe Gen 5 Switch (rev b0)
	Bus: primary=02, secondary=03, subordinate=03, sec-latency=0
	Capabilities: [68] Express (v2) Downstream Port (Slot+), MSI 00
		LnkCap:	Port #0, Speed 32GT/s, Width x16, ASPM L0s L1
		LnkSta:	Speed 32GT/s (ok), Width x16 (ok)
02:01.0 PCI bridge: Broadcom / LSI PEX890xx PCIe Gen 5 Switch (rev b0)
	Bus: primary=02, secondary=04, subordinate=04, sec-latency=0
	Capabilities: [68] Express (v2) Downstream Port (Slot+), MSI 00
		LnkCap:	Port #1, Speed 32GT/s, Width x16, ASPM L0s L1
		LnkSta:	Speed 16GT/s (downgraded), Width x4 (downgraded)
03:00.0 3D controller: NVIDIA Corporation Device 2330 (rev a1)
	Capabilities: [60] Express (v2) Endpoint, MSI 00
		LnkCap:	Port #0, Speed 32GT/s, Width x16, ASPM L1
		LnkSta:	Speed 32GT/s (ok), Width x16 (ok)
04:00.0 Non-Volatile memory controller: Micron Technology Inc Device 51c3 (rev 01)
	Capabilities: [c0] Express (v2) Endpoint, MSI 00
		LnkCap:	Port #0, Speed 16GT/s, Width x4, ASPM not supported
		LnkSta:	Speed 16GT/s (ok), Width x4 (ok)
)";

Inventory pci(const std::string& text) { return inventory_of(add_lspci, text); }
std::string pci_refusal(const std::string& text) { return refusal_by(add_lspci, text); }

/// Replaces in the part of the text that begins at `from`.
std::string with_in(const std::string& text, const std::string& from, const std::string& old,
                    const std::string& now) {
    const std::size_t at = text.find("\n" + from);
    if (at == std::string::npos) {
        ADD_FAILURE() << "the text has no " << from;
        return text;
    }
    return text.substr(0, at) + replaced(text.substr(at), old, now);
}

TEST(Lspci, APortThatCouldDoMoreThanItsCardIsNoFault) {
    const Inventory inventory = pci(kTree);
    EXPECT_THAT(told(inventory), IsEmpty());
    EXPECT_EQ(value_of(inventory, "pcie.devices", "gpu"), "1");
    EXPECT_EQ(value_of(inventory, "pcie.devices", "nvme"), "1");
    EXPECT_EQ(value_of(inventory, "pcie.devices", "nic"), "0");
    EXPECT_EQ(value_of(inventory, "pcie.kind", "0000:03:00.0"), "gpu");
    EXPECT_EQ(value_of(inventory, "pcie.width", "0000:03:00.0"), "16");
    EXPECT_EQ(value_of(inventory, "pcie.speed_now", "0000:03:00.0"), "32.0 GT/s PCIe");
    EXPECT_EQ(value_of(inventory, "pcie.speed_max", "0000:04:00.0"), "16.0 GT/s PCIe");
}

TEST(Lspci, ALinkBelowWhatBothItsEndsCanIsTold) {
    EXPECT_THAT(told(pci(with_in(kTree, "03:00.0", "LnkSta:	Speed 32GT/s (ok), Width x16 (ok)",
                                 "LnkSta:	Speed 32GT/s (ok), Width x8 (downgraded)"))),
                ElementsAre("0000:03:00.0 error pcie_degraded"));
    EXPECT_THAT(told(pci(with_in(kTree, "04:00.0", "LnkSta:	Speed 16GT/s (ok)",
                                 "LnkSta:	Speed 8GT/s (downgraded)"))),
                ElementsAre("0000:04:00.0 error pcie_degraded"));
}

TEST(Lspci, ASwitchAboveAGpuMattersToo) {
    EXPECT_THAT(told(pci(with_in(kTree, "01:00.0", "LnkSta:	Speed 32GT/s (ok), Width x16 (ok)",
                                 "LnkSta:	Speed 32GT/s (ok), Width x4 (downgraded)"))),
                ElementsAre("0000:01:00.0 error pcie_degraded"));
}

TEST(Lspci, AnIdleGpuMayLowerItsSpeed) {
    const Inventory inventory = pci(with_in(kTree, "03:00.0", "LnkSta:	Speed 32GT/s (ok)",
                                            "LnkSta:	Speed 2.5GT/s (downgraded)"));
    EXPECT_THAT(told(inventory), ElementsAre("0000:03:00.0 warning pcie_degraded"));
    EXPECT_EQ(value_of(inventory, "pcie.speed_now", "0000:03:00.0"), "2.5 GT/s PCIe");
}

TEST(Lspci, WithoutRootOrDetailsTheLinkIsUnknown) {
    const Inventory inventory =
        pci("0000:19:00.0 3D controller: NVIDIA Corporation Device 2330 (rev a1)\n"
            "	Capabilities: <access denied>\n");
    EXPECT_EQ(value_of(inventory, "pcie.width", "0000:19:00.0"),
              "?needs root: lspci said <access denied>");
    EXPECT_EQ(value_of(pci("19:00.0 3D controller [0302]: NVIDIA Corporation Device [10de:2330]\n"),
                       "pcie.width", "0000:19:00.0"),
              "?lspci shows no PCIe link (it takes -vv)");
}

TEST(Lspci, SomethingElseAndAbsurdNumbersAreRefused) {
    EXPECT_THAT(pci_refusal("hello world\n"),
                HasSubstr("mailed.txt:1: has 'hello world'; expected"));
    EXPECT_THAT(pci_refusal("\n"), HasSubstr("has no PCI function"));
    EXPECT_THAT(pci_refusal("	LnkSta: Speed 1GT/s, Width x1\n"), HasSubstr("mailed.txt:1"));
    EXPECT_THAT(pci_refusal(replaced(kTree, "Speed 64GT/s", "Speed 9999GT/s")),
                HasSubstr("mailed.txt:4: has 'LnkCap:"));
    EXPECT_THAT(pci_refusal(replaced(kTree, "Width x16", "Width x99999999999999999999")),
                HasSubstr("32 lanes"));
    EXPECT_THAT(pci_refusal(replaced(kTree, "Speed 64GT/s, Width", "Speed 64GT")),
                HasSubstr("expected"));
    // Bridges in a ring end nowhere.
    std::string ring;
    for (const char* const line : {"00:01.0 PCI bridge: A\n	Bus: primary=00, secondary=00, "
                                   "subordinate=00, sec-latency=0\n",
                                   "00:02.0 Ethernet controller: B\n	LnkCap: Speed 8GT/s, Width "
                                   "x1\n	LnkSta: Speed 8GT/s, "
                                   "Width x1\n"}) {
        ring += line;
    }
    EXPECT_THAT(told(pci(ring)), IsEmpty());
}

class RealLspci : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(real_data("gpud-fixtures"))) {
            GTEST_SKIP() << "no outputs of real machines at " << real_data("");
        }
        server_ = bytes_of(real_data("gpud-fixtures/pkg/pci/testdata/lspci-vvv"));
    }
    std::string server_;
};

// gpud-fixtures/SOURCES.md: 16 links of 102 are "(downgraded)", all of switch and root ports or a
// 1-GbE card, none a GPU.
TEST_F(RealLspci, OfSixteenDowngradedLinksNoneMatters) {
    std::size_t downgraded = 0;
    for (std::size_t at = server_.find("(downgraded)"); at != std::string::npos;
         at = server_.find("(downgraded)", at + 1)) {
        ++downgraded;
    }
    ASSERT_EQ(downgraded, 16U);
    const Inventory inventory = pci(server_);
    EXPECT_THAT(told(inventory), IsEmpty());
    EXPECT_EQ(value_of(inventory, "pcie.devices", "gpu"), "8");
    EXPECT_EQ(value_of(inventory, "pcie.devices", "nvme"), "8");
}

TEST_F(RealLspci, AnyOfTheEightGpusThatLosesLanesIsTold) {
    for (const std::string gpu : {"19", "3b", "4c", "5d", "9b", "bb", "cb", "db"}) {
        const std::string worse = with_in(server_, gpu + ":00.0 3D controller",
                                          "LnkSta:	Speed 32GT/s (ok), Width x16 (ok)",
                                          "LnkSta:	Speed 32GT/s (ok), Width x8 (downgraded)");
        EXPECT_THAT(told(pci(worse)), ElementsAre("0000:" + gpu + ":00.0 error pcie_degraded"));
    }
}

TEST_F(RealLspci, ASwitchsWayUpThatLosesLanesIsTold) {
    const std::string worse =
        with_in(server_, "16:00.0 PCI bridge", "Width x16 (ok)", "Width x8 (downgraded)");
    EXPECT_THAT(told(pci(worse)), ElementsAre("0000:16:00.0 error pcie_degraded"));
}

TEST_F(RealLspci, ShortListingsSayWhatThereIsAndKnowNoLinks) {
    for (const auto& [file, gpus] :
         {std::pair{
              "gpud-fixtures/components/accelerator/nvidia/fabric-manager/testdata/lspci.nn.a10",
              "1"},
          std::pair{
              "gpud-fixtures/components/accelerator/nvidia/fabric-manager/testdata/lspci.nn.a100",
              "8"}}) {
        const Inventory inventory = pci(bytes_of(real_data(file)));
        EXPECT_THAT(told(inventory), IsEmpty()) << file;
        EXPECT_EQ(value_of(inventory, "pcie.devices", "gpu"), gpus) << file;
    }
    EXPECT_THAT(told(pci(bytes_of(real_data("gpud-fixtures/historic/lspci.gb200")))), IsEmpty());
}

}  // namespace
}  // namespace rackproof::test
