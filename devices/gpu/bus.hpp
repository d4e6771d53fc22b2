#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rackproof::gpu {

/// The PCI addresses, ascending, of NVIDIA's data-centre GPUs (vendor 10de, class 0302: a 3D
/// controller without a display) that the kernel has not handed to a virtual machine (vfio-pci).
/// They are there whether or not a driver answers.
[[nodiscard]] std::vector<std::string> gpus_on_bus(const std::filesystem::path& sys = "/sys");

/// Likewise its NVSwitches (class 0680: a bridge of another kind), where the host sees them: those
/// of HGX boards up to H200.
[[nodiscard]] std::vector<std::string> nvswitches_on_bus(const std::filesystem::path& sys = "/sys");

}  // namespace rackproof::gpu
