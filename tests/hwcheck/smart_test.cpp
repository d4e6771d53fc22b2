#include "hwcheck/linux/smart.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/support/inventory_of.hpp"
#include "tests/support/sysfs_tree.hpp"

namespace rackproof {
namespace {

using test::events;
using test::item;
using test::SysfsTree;
using test::value;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// The page of a drive that is well: 310 K, all spare, 3 % used, 1000 h. Offsets as NVM Express has
/// them.
class SmartPage {
  public:
    SmartPage() {
        set(1, 0x36).set(2, 0x01);
        set(3, 100).set(4, 10).set(5, 3);
        set(128, 0xe8).set(129, 0x03);
    }
    SmartPage& set(std::size_t offset, unsigned value) {
        bytes_[offset] = static_cast<std::byte>(value);
        return *this;
    }
    [[nodiscard]] std::optional<DriveHealth> health() const { return drive_health(bytes_); }
    [[nodiscard]] Inventory told() const {
        Inventory all;
        InventoryWriter out{
            [&](Inventory portion, const std::string&) { all = std::move(portion); }};
        write_smart(bytes_, "nvme0", "/dev/nvme0", out);
        out.finish();
        return all;
    }

  private:
    std::array<std::byte, kSmartPageBytes> bytes_{};
};

TEST(Smart, ReadsEachFieldAtItsPlace) {
    SmartPage page;
    page.set(0, 0x09).set(144, 5).set(160, 0x01).set(167, 0x80);
    const auto health = page.health();
    ASSERT_TRUE(health);
    EXPECT_EQ(health->critical_warning, 0x09);
    EXPECT_NEAR(health->temperature_degc.value_or(0), 36.85, 1e-9);
    EXPECT_EQ(health->spare_percent, 100U);
    EXPECT_EQ(health->spare_threshold_percent, 10U);
    EXPECT_EQ(health->used_percent, 3U);
    EXPECT_EQ(health->power_on_hours, 1000U);
    EXPECT_EQ(health->unsafe_shutdowns, 5U);
    EXPECT_EQ(health->media_errors, 0x8000000000000001U);
}

TEST(Smart, ACountThatSixtyFourBitsDoNotHoldIsTheLargest) {
    SmartPage page;
    page.set(175, 1);
    EXPECT_EQ(page.health()->media_errors, ~std::uint64_t{0});
}

TEST(Smart, APageThatNoDriveWritesIsNotFine) {
    EXPECT_FALSE(drive_health(std::array<std::byte, kSmartPageBytes>{}));
    SmartPage ones;
    for (std::size_t i = 0; i < kSmartPageBytes; ++i) ones.set(i, 0xff);
    EXPECT_FALSE(ones.health());
    const Inventory inventory = ones.told();
    EXPECT_NE(item(inventory, "drive.smart.critical_warning", "nvme0").why_unknown, "");
}

TEST(Smart, AValueThatNoDriveHasHidesNoWarning) {
    for (const unsigned kelvin : {0x00U, 0xffU}) {
        SmartPage page;
        page.set(0, 0x0a).set(1, kelvin).set(2, kelvin).set(3, 101);
        const Inventory inventory = page.told();
        EXPECT_EQ(value(inventory, "drive.smart.critical_warning", "nvme0"), "it can only be read");
        for (const char* key : {"drive.smart.temperature_degc", "drive.smart.spare_percent"}) {
            EXPECT_EQ(item(inventory, key, "nvme0").why_unknown, "a value that no drive has");
        }
        EXPECT_EQ(value(inventory, "drive.smart.used_percent", "nvme0"), "3");
        ASSERT_THAT(events(inventory),
                    ElementsAre("drive_critical_warning[nvme0]", "over_temperature[nvme0]"));
        EXPECT_THAT(inventory.events[1].text, HasSubstr("how hot is not known"));
    }
}

TEST(Smart, OfADriveThatIsWellNothingIsTold) {
    const Inventory inventory = SmartPage{}.told();
    EXPECT_EQ(value(inventory, "drive.smart.critical_warning", "nvme0"), "none");
    EXPECT_EQ(value(inventory, "drive.smart.temperature_degc", "nvme0"), "37");
    EXPECT_EQ(value(inventory, "drive.smart.used_percent", "nvme0"), "3");
    EXPECT_EQ(value(inventory, "drive.smart.media_errors", "nvme0"), "0");
    EXPECT_THAT(inventory.events, IsEmpty());
}

TEST(Smart, EachBitOfTheWarningIsTold) {
    for (unsigned bit = 0; bit < 8; ++bit) {
        SmartPage page;
        page.set(0, 1U << bit);
        const Inventory inventory = page.told();
        ASSERT_EQ(inventory.events.size(), 1U) << bit;
        EXPECT_EQ(inventory.events[0].severity, "error");
        EXPECT_EQ(inventory.events[0].code,
                  bit == 1 ? "over_temperature" : "drive_critical_warning");
        EXPECT_NE(value(inventory, "drive.smart.critical_warning", "nvme0"), "none");
    }
    SmartPage two;
    two.set(0, 0x0c);
    EXPECT_THAT(two.told().events[0].text,
                HasSubstr("its reliability is degraded, it can only be read"));
}

TEST(Smart, WearAndMediaErrorsAreWarnings) {
    SmartPage page;
    page.set(5, 101).set(160, 4);
    const Inventory inventory = page.told();
    EXPECT_THAT(events(inventory), ElementsAre("drive_media_errors[nvme0]", "drive_worn[nvme0]"));
    EXPECT_EQ(inventory.events[0].severity, "warning");
}

TEST(Smart, OfACopyNoDriveIsAsked) {
    const SysfsTree files;
    files.write("sys/class/nvme/nvme0/state", "live");
    files.write("dev/nvme0", "");
    const Inventory inventory = test::inventory_of(read_smart, Tree{files.root()});
    EXPECT_EQ(item(inventory, "drive.smart.critical_warning", "nvme0").why_unknown,
              "a copy of files cannot be asked");
}

}  // namespace
}  // namespace rackproof
