#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rackproof {

/// The way from the host to a PCI function, out of the kernel's path of it or of something that
/// belongs to it ("/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/net/eth0"): the host bridge
/// ("pci0000:00"), the bridges below it, and the function itself at the end. Empty if the path is
/// of nothing on a PCI bus.
[[nodiscard]] std::vector<std::string> pci_way(std::string_view path);

}  // namespace rackproof
