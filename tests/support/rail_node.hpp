#pragma once

#include <string>

#include "hwcheck/tree.hpp"
#include "tests/support/sysfs_tree.hpp"

namespace rackproof::test {

/// An interface of the machine in `files`, as the kernel has it: a link to where it lies.
void add_interface(const SysfsTree& files, const std::string& name, const std::string& path,
                   const std::string& state);

/// The /sys of a server with two NUMA nodes of four cores, and four host bridges in each: below
/// each one a PCIe switch, with a GPU and an adapter mlx5_N at two of its ports. All ports are
/// active; adapter N has the interface ibN, and in the first NUMA node is an Ethernet card, eth0.
class RailNode {
  public:
    static constexpr int kGpus = 8;
    RailNode();

    /// "0000:14:00.0"
    [[nodiscard]] static std::string gpu(int number);
    /// Of adapter N's PCI function, below sys/devices: "pci0000:10/.../0000:15:00.0".
    [[nodiscard]] static std::string card_path(int number);
    /// Where its ports are, below the folder of the files.
    [[nodiscard]] static std::string adapter_folder(int number);
    [[nodiscard]] static std::string ethernet_folder();

    void add_adapter(const std::string& name, const std::string& card_path,
                     const std::string& numa_node) const;
    [[nodiscard]] Tree tree() const { return Tree{files.root()}; }

    SysfsTree files;
};

}  // namespace rackproof::test
