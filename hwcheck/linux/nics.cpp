#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "hwcheck/linux/pci_way.hpp"
#include "hwcheck/linux/sections.hpp"

namespace rackproof {
namespace {

constexpr const char* kInterfaces = "/sys/class/net";

/// Far more than a node has; what lies beyond is said.
constexpr std::size_t kMostNics = 1024;
constexpr std::size_t kMostPorts = 64;

/// As the kernel gives them. What separates names in a list, or would be shown otherwise than it
/// is, can be the name of nothing that somebody has pinned.
bool is_plain(std::string_view name) {
    constexpr std::size_t kLongestNicName = 64;  // IB_DEVICE_NAME_MAX; an interface's is 16
    return !name.empty() && name.size() <= kLongestNicName && std::ranges::all_of(name, [](char c) {
        return c > ' ' && c < '\x7f' && c != ',' && c != ':';
    });
}

std::string joined(const std::vector<std::string>& way) {
    std::string text;
    for (const std::string& step : way) text += (text.empty() ? "" : " ") + step;
    return text;
}

/// An entry of /sys/class is a link to where the thing lies among the devices; in some copies it is
/// a folder, with a link to the device in it.
std::vector<std::string> way_of(const Tree& tree, const std::string& folder) {
    const std::string path = tree.link_path(folder);
    return pci_way(path.empty() ? tree.link_path(folder + "/device") : path);
}

void read_place(const Tree& tree, const std::string& kind, const std::string& name,
                const std::string& folder, InventoryWriter& out) {
    const std::vector<std::string> way = way_of(tree, folder);
    if (way.empty()) return out.unknown(kind + ".way", name, folder, "it is on no PCI bus");
    out.add(kind + ".way", name, folder, joined(way));
    const std::string device = "/sys/bus/pci/devices/" + way.back();
    out.file(kind + ".numa_node", name, tree, device + "/numa_node");
    if (tree.exists(device + "/physfn")) out.add(kind + ".virtual", name, device, "yes");
}

void read_adapter(const Tree& tree, const std::string& name, InventoryWriter& out) {
    const std::string folder = std::string{kAdapters} + "/" + name;
    read_place(tree, "adapter", name, folder, out);
    std::size_t ports = 0;
    for (const std::string& port : tree.names(folder + "/ports")) {
        if (port.find_first_not_of("0123456789") != std::string::npos || ++ports > kMostPorts)
            continue;
        out.file("adapter.port", name + "/" + port, tree, folder + "/ports/" + port + "/state");
    }
}

void read_interface(const Tree& tree, const std::string& name, InventoryWriter& out) {
    const std::string folder = std::string{kInterfaces} + "/" + name;
    read_place(tree, "interface", name, folder, out);
    out.file("interface.state", name, tree, folder + "/operstate");
}

void read_class(const Tree& tree, const char* folder,
                void (*read)(const Tree&, const std::string&, InventoryWriter&),
                InventoryWriter& out) {
    std::size_t taken = 0;
    for (const std::string& name : tree.names(folder)) {
        if (!is_plain(name)) continue;
        if (taken++ == kMostNics) {
            return out.unknown("nics.beyond", "", folder,
                               "more than " + std::to_string(kMostNics) + " names");
        }
        read(tree, name, out);
    }
}

}  // namespace

void read_nics(const Tree& tree, InventoryWriter& out) {
    read_class(tree, kAdapters, read_adapter, out);
    read_class(tree, kInterfaces, read_interface, out);
}

}  // namespace rackproof
