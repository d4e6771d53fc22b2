#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hwcheck/linux/pci_way.hpp"
#include "hwcheck/linux/sections.hpp"

namespace rackproof {
namespace {

constexpr const char* kDevices = "/sys/bus/pci/devices/";

enum class Kind { None, Gpu, Nic, Drive, Bridge };

std::string_view word_for(Kind kind) {
    switch (kind) {
        case Kind::Gpu: return "gpu";
        case Kind::Nic: return "nic";
        case Kind::Drive: return "nvme";
        case Kind::Bridge: return "bridge";
        case Kind::None: break;
    }
    return "other";
}

/// What a device is to us, by its class ("0x030200") and vendor. A service processor's display is
/// no GPU, and of a card cut into virtual functions only the card itself counts.
Kind kind_of(const Tree& tree, const std::string& address) {
    const std::string folder = kDevices + address;
    const std::string device_class = tree.read(folder + "/class").text.value_or("");
    if (device_class.size() < 6 || tree.exists(folder + "/physfn")) return Kind::None;
    const std::string major = device_class.substr(2, 4);
    if (major == "0302" || major == "1200") return Kind::Gpu;
    if (major == "0300" || major == "0380") {
        const std::string vendor = tree.read(folder + "/vendor").text.value_or("");
        const bool known = vendor == "0x10de" || vendor == "0x1002" || vendor == "0x8086";
        return known ? Kind::Gpu : Kind::None;
    }
    if (major == "0108") return Kind::Drive;
    return major.starts_with("02") ? Kind::Nic : Kind::None;
}

/// The bridges from the host to a device and the device, of one host bridge: "0000:00:01.0", ...
std::vector<std::string> way_to(const Tree& tree, const std::string& address) {
    std::vector<std::string> way = pci_way(tree.link_path(kDevices + address));
    if (way.empty()) return {address};
    way.erase(way.begin());
    return way;
}

/// "16.0 GT/s PCIe" as 16; nullopt where the kernel does not know it.
std::optional<double> leading_number(const FileText& read) {
    if (!read.text) return std::nullopt;
    double value = 0;
    const char* const end = read.text->data() + read.text->size();
    const auto [rest, error] = std::from_chars(read.text->data(), end, value);
    constexpr double kNoWidth = 255;
    if (error != std::errc{} || !(value > 0) || value >= kNoWidth) return std::nullopt;
    return value;
}

std::optional<double> link_number(const Tree& tree, const std::string& address, const char* file) {
    return leading_number(tree.read(kDevices + address + "/" + file));
}

struct Device {
    Kind kind = Kind::None;
    std::vector<std::string> way;
};
using Devices = std::map<std::string, Device>;

/// Devices that matter and all on the way to them.
Devices find_devices(const Tree& tree) {
    Devices devices;
    for (const std::string& address : tree.names("/sys/bus/pci/devices")) {
        const Kind kind = kind_of(tree, address);
        if (kind == Kind::None) continue;
        Device& device = devices[address];
        device.kind = kind;
        device.way = way_to(tree, address);
        for (std::size_t i = 0; i + 1 < device.way.size(); ++i) {
            Device& bridge = devices[device.way[i]];
            if (bridge.kind != Kind::None) continue;
            bridge.kind = Kind::Bridge;
            bridge.way.assign(device.way.begin(), device.way.begin() + static_cast<long>(i) + 1);
        }
    }
    return devices;
}

/// The link upwards of a device below what it and the port above it can do. A way goes root port,
/// device; or root port, switch (its upper port), switch (a lower port), device: from every second
/// one there is a link to the one before it.
void check_link(const Tree& tree, const std::string& address, const Device& device,
                InventoryWriter& out) {
    if (device.way.size() < 2 || device.way.size() % 2 != 0) return;
    const std::string& port = device.way[device.way.size() - 2];
    const auto check = [&](const char* now_file, const char* most_file, const char* what,
                           const char* unit) {
        const auto now = link_number(tree, address, now_file);
        const auto own = link_number(tree, address, most_file);
        const auto ports = link_number(tree, port, most_file);
        if (!now || !own || !ports || *now >= std::min(*own, *ports)) return;
        const auto text = [&](double number) {
            std::string digits = std::to_string(number);
            digits.erase(digits.find_last_not_of('0') + 1);
            if (digits.ends_with('.')) digits.pop_back();
            return digits + unit;
        };
        out.event("error", "pcie_degraded", address,
                  "the PCIe link of " + std::string{word_for(device.kind)} + " " + address +
                      " to " + port + " has " + what + " " + text(*now) + "; both ends can do " +
                      text(std::min(*own, *ports)));
    };
    check("current_link_width", "max_link_width", "width", "");
    // An idle GPU lets its link's speed go down to save power.
    if (device.kind != Kind::Gpu) {
        check("current_link_speed", "max_link_speed", "speed", " GT/s");
    }
}

/// The total in the last line of aer_dev_correctable and the like: "TOTAL_ERR_COR 12".
std::optional<std::int64_t> aer_total(const FileText& read) {
    if (!read.text) return std::nullopt;
    const std::size_t found = read.text->rfind("TOTAL_ERR");
    const std::size_t space = read.text->find(' ', found);
    if (found == std::string::npos || space == std::string::npos) return std::nullopt;
    std::int64_t number = 0;
    const char* const end = read.text->data() + read.text->size();
    const auto [rest, error] = std::from_chars(read.text->data() + space + 1, end, number);
    if (error != std::errc{} || number < 0) return std::nullopt;
    return number;
}

void read_errors(const Tree& tree, const std::string& address, InventoryWriter& out) {
    constexpr std::pair<const char*, const char*> kFiles[] = {
        {"aer.correctable", "aer_dev_correctable"},
        {"aer.nonfatal", "aer_dev_nonfatal"},
        {"aer.fatal", "aer_dev_fatal"}};
    for (const auto& [key, file] : kFiles) {
        const std::string path = kDevices + address + "/" + file;
        const FileText read = tree.read(path);
        const auto total = aer_total(read);
        if (!total) {
            out.unknown(key, address, path, read.text ? "it has no total" : read.why);
            continue;
        }
        out.add(key, address, path, *total);
        if (*total == 0 || std::string_view{key} == "aer.correctable") continue;
        out.event(
            std::string_view{key} == "aer.fatal" ? "error" : "warning", "pcie_aer", address,
            std::to_string(*total) + " uncorrected PCIe errors since the boot (" + path + ")");
    }
}

/// The control word of a bridge's Access Control Services (PCI Express Base 5.0, 7.7.8): what is
/// not 0 sends traffic between its devices by the host.
void read_acs(const Tree& tree, const std::string& address, InventoryWriter& out) {
    constexpr std::size_t kConfigBytes = 4096;
    constexpr std::size_t kOpenBytes = 64;  // what everybody may read
    constexpr std::size_t kFirst = 0x100;
    constexpr std::uint32_t kAcs = 0x000D;
    const std::string path = kDevices + address + "/config";
    const FileText read = tree.read_head(path, kConfigBytes);
    if (!read.text) return out.unknown("pcie.acs", address, path, read.why);
    if (read.text->size() <= kOpenBytes) return out.unknown("pcie.acs", address, path, kNeedsRoot);
    const auto byte = [&](std::size_t at) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>((*read.text)[at]));
    };
    std::size_t at = kFirst;
    for (int hops = 0; hops < 64 && at >= kFirst && at + 8 <= read.text->size(); ++hops) {
        const std::uint32_t header =
            byte(at) | byte(at + 1) << 8U | byte(at + 2) << 16U | byte(at + 3) << 24U;
        if ((header & 0xFFFFU) == kAcs) {
            return out.add("pcie.acs", address, path,
                           (byte(at + 6) | byte(at + 7) << 8U) == 0 ? "off" : "on");
        }
        at = header >> 20U;
    }
    out.unknown("pcie.acs", address, path, "it has no access control");
}

void read_device(const Tree& tree, const std::string& address, const Device& device,
                 InventoryWriter& out) {
    const std::string folder = kDevices + address;
    out.add("pcie.kind", address, folder + "/class", word_for(device.kind));
    const FileText vendor = tree.read(folder + "/vendor");
    const FileText model = tree.read(folder + "/device");
    if (vendor.text && model.text) {
        out.add("pcie.id", address, folder, *vendor.text + ":" + *model.text);
    } else {
        out.unknown("pcie.id", address, folder, vendor.text ? model.why : vendor.why);
    }
    const std::string driver = tree.link_name(folder + "/driver");
    out.add("pcie.driver", address, folder + "/driver", driver.empty() ? "none" : driver);
    if (device.kind != Kind::Bridge)
        out.file("pcie.numa_node", address, tree, folder + "/numa_node");
    out.file("pcie.width", address, tree, folder + "/current_link_width");
    out.file("pcie.width_max", address, tree, folder + "/max_link_width");
    const char* const speed = device.kind == Kind::Gpu ? "pcie.speed_now" : "pcie.speed";
    out.file(speed, address, tree, folder + "/current_link_speed");
    out.file("pcie.speed_max", address, tree, folder + "/max_link_speed");
    read_errors(tree, address, out);
    if (device.kind == Kind::Bridge) read_acs(tree, address, out);
    check_link(tree, address, device, out);
}

/// The network cards that share most of a GPU's way.
void read_affinity(const std::string& gpu, const Devices& devices, InventoryWriter& out) {
    const std::vector<std::string>& own = devices.at(gpu).way;
    std::size_t most = 0;
    std::string nearest;
    for (const auto& [address, device] : devices) {
        if (device.kind != Kind::Nic) continue;
        const auto parted = std::ranges::mismatch(own, device.way);
        const auto shared = static_cast<std::size_t>(parted.in1 - own.begin());
        if (shared > most) nearest.clear();
        most = std::max(most, shared);
        if (shared == most && most > 0) nearest += (nearest.empty() ? "" : ", ") + address;
    }
    out.add("pcie.nearest_nics", gpu, "/sys/bus/pci/devices",
            nearest.empty() ? "none below the same root port" : nearest);
}

}  // namespace

void read_pci(const Tree& tree, InventoryWriter& out) {
    const Devices devices = find_devices(tree);
    if (devices.empty() && !tree.exists("/sys/bus/pci/devices")) {
        return out.unknown("pcie.devices", "", "/sys/bus/pci/devices", kNoSuchFile);
    }
    std::map<Kind, std::int64_t> counts;
    for (const auto& [address, device] : devices) {
        ++counts[device.kind];
        read_device(tree, address, device, out);
        if (device.kind == Kind::Gpu) read_affinity(address, devices, out);
    }
    for (const Kind kind : {Kind::Gpu, Kind::Nic, Kind::Drive}) {
        out.add("pcie.devices", word_for(kind), "/sys/bus/pci/devices", counts[kind]);
    }
}

}  // namespace rackproof
