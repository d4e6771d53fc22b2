#include "tests/support/rail_node.hpp"

#include <filesystem>

namespace rackproof::test {
namespace {

/// Of one bus below the host bridge of this GPU: "0000:14".
std::string bus(int number, int bus_number) {
    constexpr const char* kDigits = "0123456789abcdef";
    return std::string{"0000:"} + kDigits[number + 1] + kDigits[bus_number];
}

/// Host bridge, root port, the switch's upper port and one of its lower ones.
std::string port_path(int number, int port) {
    return "pci" + bus(number, 0) + "/" + bus(number, 0) + ":01.0/" + bus(number, 1) + ":00.0/" +
           bus(number, 2) + ":0" + std::to_string(port) + ".0";
}

void link(const SysfsTree& files, const std::string& from, const std::string& to) {
    const std::filesystem::path place = files.root() / from;
    std::filesystem::create_directories(place.parent_path());
    std::filesystem::create_symlink(
        std::filesystem::relative(files.root() / to, place.parent_path()), place);
}

void add_function(const SysfsTree& files, const std::string& path, const std::string& numa_node) {
    const std::string folder = "sys/devices/" + path;
    files.write(folder + "/numa_node", numa_node + "\n");
    link(files, "sys/bus/pci/devices/" + std::filesystem::path{path}.filename().string(), folder);
}

std::string numa_node_of(int number) { return number < RailNode::kGpus / 2 ? "0" : "1"; }

}  // namespace

void add_interface(const SysfsTree& files, const std::string& name, const std::string& path,
                   const std::string& state) {
    files.write("sys/devices/" + path + "/operstate", state + "\n");
    link(files, "sys/class/net/" + name, "sys/devices/" + path);
}

RailNode::RailNode() {
    files.write("sys/devices/system/node/node0/cpulist", "0-3\n");
    files.write("sys/devices/system/node/node1/cpulist", "4-7\n");
    files.write("sys/devices/system/node/node2/cpulist", "\n");  // memory alone
    for (int i = 0; i < kGpus; ++i) {
        add_function(files, port_path(i, 0) + "/" + gpu(i), numa_node_of(i));
        add_adapter("mlx5_" + std::to_string(i), card_path(i), numa_node_of(i));
        add_interface(files, "ib" + std::to_string(i), card_path(i) + "/net/ib" + std::to_string(i),
                      "up");
    }
    add_function(files, "pci0000:00/0000:00:03.0", "0");
    add_interface(files, "eth0", "pci0000:00/0000:00:03.0/net/eth0", "up");
    add_interface(files, "lo", "virtual/net/lo", "unknown");
}

void RailNode::add_adapter(const std::string& name, const std::string& card_path,
                           const std::string& numa_node) const {
    add_function(files, card_path, numa_node);
    const std::string folder = "sys/devices/" + card_path + "/infiniband/" + name;
    files.write(folder + "/ports/1/state", "4: ACTIVE\n");
    link(files, "sys/class/infiniband/" + name, folder);
}

std::string RailNode::gpu(int number) { return bus(number, 4) + ":00.0"; }

std::string RailNode::card_path(int number) {
    return port_path(number, 1) + "/" + bus(number, 5) + ":00.0";
}

std::string RailNode::adapter_folder(int number) {
    const std::string name = "mlx5_" + std::to_string(number);
    return "sys/devices/" + card_path(number) + "/infiniband/" + name;
}

std::string RailNode::ethernet_folder() { return "sys/devices/pci0000:00/0000:00:03.0/net/eth0"; }

}  // namespace rackproof::test
