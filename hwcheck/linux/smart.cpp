#include "hwcheck/linux/smart.hpp"

#include <linux/nvme_ioctl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <limits>
#include <utility>

#include "core/error.hpp"
#include "core/number_text.hpp"

namespace rackproof {
namespace {

using Page = std::span<const std::byte, kSmartPageBytes>;

constexpr const char* kWarning = "drive.smart.critical_warning";
constexpr std::uint8_t kTooHot = 0x02;

std::uint8_t byte_at(Page page, std::size_t offset) {
    return std::to_integer<std::uint8_t>(page[offset]);
}

/// 16 bytes, the least first.
std::uint64_t count_at(Page page, std::size_t offset) {
    constexpr std::size_t kBytes = 16;
    std::uint64_t count = 0;
    for (std::size_t i = kBytes; i-- > 0;) {
        const std::uint8_t byte = byte_at(page, offset + i);
        if (i >= sizeof count && byte != 0) return std::numeric_limits<std::uint64_t>::max();
        if (i < sizeof count) count = count << 8U | byte;
    }
    return count;
}

/// True if /dev/NAME is the drive that /sys calls so: another would not understand the command.
bool is_drive(const Tree& tree, const std::string& name, int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return false;
    const FileText number = tree.read("/sys/class/nvme/" + name + "/dev");
    return number.text ==
           std::to_string(major(status.st_rdev)) + ":" + std::to_string(minor(status.st_rdev));
}

/// Fills the page, or says why not. The kernel's own deadline is kept, for one that passes makes it
/// reset the drive; this process is ended before that (InventoryOptions::linux_patience_s).
std::string get_page(int descriptor, std::array<std::byte, kSmartPageBytes>& page) {
    constexpr std::uint8_t kGetLogPage = 0x02;
    constexpr std::uint32_t kHealth = 0x02;
    constexpr std::uint32_t kAllNamespaces = 0xffffffff;
    constexpr std::uint32_t kWords = kSmartPageBytes / sizeof(std::uint32_t);
    nvme_admin_cmd command{};
    command.opcode = kGetLogPage;
    command.nsid = kAllNamespaces;
    command.addr = reinterpret_cast<std::uintptr_t>(page.data());
    command.data_len = kSmartPageBytes;
    command.cdw10 = (kWords - 1) << 16U | kHealth;
    const int status = ::ioctl(descriptor, NVME_IOCTL_ADMIN_CMD, &command);
    if (status < 0) {
        return errno == EACCES || errno == EPERM ? std::string{kNeedsRoot} : errno_text(errno);
    }
    return status == 0 ? "" : "the drive answered with status " + std::to_string(status);
}

void read_drive(const Tree& tree, const std::string& name, InventoryWriter& out) {
    const std::string source = "/dev/" + name;
    if (!tree.is_living()) {
        return out.unknown(kWarning, name, source, "a copy of files cannot be asked");
    }
    if (tree.read("/sys/class/nvme/" + name + "/state").text != "live") {
        return out.unknown(kWarning, name, source, "the drive is not live");
    }
    const OpenedFile opened = tree.open_device(source);
    if (!opened.descriptor) return out.unknown(kWarning, name, source, opened.why);
    if (!is_drive(tree, name, opened.descriptor.get())) {
        return out.unknown(kWarning, name, source, "another device stands there");
    }
    std::array<std::byte, kSmartPageBytes> page{};
    const std::string why = get_page(opened.descriptor.get(), page);
    if (!why.empty()) return out.unknown(kWarning, name, source, why);
    write_smart(page, name, source, out);
}

}  // namespace

std::optional<DriveHealth> drive_health(Page page) {
    constexpr double kZeroCelsius_k = 273.15;
    constexpr unsigned kNoKelvin = 0xffff;
    constexpr unsigned kAll = 100;
    const auto is_filled_with = [&](std::uint8_t filling) {
        return std::ranges::all_of(page,
                                   [&](std::byte byte) { return byte == std::byte{filling}; });
    };
    if (is_filled_with(0) || is_filled_with(0xff)) return {};
    DriveHealth health;
    const unsigned kelvin = byte_at(page, 1) + (static_cast<unsigned>(byte_at(page, 2)) << 8U);
    health.critical_warning = byte_at(page, 0);
    if (kelvin != 0 && kelvin != kNoKelvin) health.temperature_degc = kelvin - kZeroCelsius_k;
    const unsigned spare = byte_at(page, 3);
    if (spare <= kAll) health.spare_percent = spare;
    health.spare_threshold_percent = byte_at(page, 4);
    health.used_percent = byte_at(page, 5);
    health.power_on_hours = count_at(page, 128);
    health.unsafe_shutdowns = count_at(page, 144);
    health.media_errors = count_at(page, 160);
    return health;
}

std::string critical_warning_words(std::uint8_t bits) {
    constexpr std::pair<std::uint8_t, const char*> kWords[] = {
        {0x01, "its spare is below its threshold"},
        {0x04, "its reliability is degraded"},
        {0x08, "it can only be read"},
        {0x10, "its backup of volatile memory has failed"},
        {0x20, "its persistent memory region is unreliable"},
        {0x40, "a bit that is not known (0x40)"},
        {0x80, "a bit that is not known (0x80)"},
    };
    std::string all;
    for (const auto& [bit, words] : kWords) {
        if ((bits & bit) != 0) all += (all.empty() ? "" : ", ") + std::string{words};
    }
    return all;
}

void write_smart(Page page, const std::string& name, const std::string& source,
                 InventoryWriter& out) {
    const auto health = drive_health(page);
    if (!health) return out.unknown(kWarning, name, source, "a page that no drive writes");
    const std::string words = critical_warning_words(health->critical_warning);
    const bool is_hot = (health->critical_warning & kTooHot) != 0;
    const std::string temperature =
        health->temperature_degc ? number_text(std::round(*health->temperature_degc)) : "";
    const auto add = [&](const char* key, std::optional<std::uint64_t> value) {
        const std::string whole_key = std::string{"drive.smart."} + key;
        if (value) return out.add(whole_key, name, source, std::to_string(*value));
        out.unknown(whole_key, name, source, "a value that no drive has");
    };
    out.add(kWarning, name, source, !words.empty() ? words : is_hot ? "too hot" : "none");
    if (temperature.empty()) {
        out.unknown("drive.smart.temperature_degc", name, source, "a value that no drive has");
    } else {
        out.add("drive.smart.temperature_degc", name, source, temperature);
    }
    add("spare_percent", health->spare_percent);
    add("spare_threshold_percent", health->spare_threshold_percent);
    add("used_percent", health->used_percent);
    add("media_errors", health->media_errors);
    add("power_on_hours", health->power_on_hours);
    add("unsafe_shutdowns", health->unsafe_shutdowns);
    if (!words.empty()) {
        out.event("error", "drive_critical_warning", name, "the drive says itself: " + words);
    }
    if (is_hot) {
        out.event("error", "over_temperature", name,
                  "the drive says itself that it is too hot or too cold: " +
                      (temperature.empty() ? "how hot is not known" : temperature + " degC"));
    }
    if (health->media_errors > 0) {
        out.event("warning", "drive_media_errors", name,
                  std::to_string(health->media_errors) + " media errors in the drive's life");
    }
    if (health->used_percent >= 100) {
        out.event("warning", "drive_worn", name,
                  std::to_string(health->used_percent) + " % of its life is used");
    }
}

void read_smart(const Tree& tree, InventoryWriter& out) {
    for (const std::string& name : tree.names("/sys/class/nvme")) read_drive(tree, name, out);
}

}  // namespace rackproof
