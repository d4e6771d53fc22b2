#include "devices/gpu/bus.hpp"

#include <algorithm>
#include <fstream>
#include <string_view>

namespace rackproof::gpu {
namespace {

std::string first_line(const std::filesystem::path& file) {
    std::ifstream stream{file};
    std::string line;
    std::getline(stream, line);
    return line;
}

/// NVIDIA's devices of a PCI class, ascending.
std::vector<std::string> on_bus(const std::filesystem::path& sys, std::string_view pci_class) {
    std::vector<std::string> addresses;
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator{sys / "bus" / "pci" / "devices", error}) {
        if (first_line(entry.path() / "vendor") != "0x10de") continue;
        if (!first_line(entry.path() / "class").starts_with(pci_class)) continue;
        const auto driver = std::filesystem::read_symlink(entry.path() / "driver", error);
        if (!error && driver.filename() == "vfio-pci") continue;
        addresses.push_back(entry.path().filename().string());
    }
    std::ranges::sort(addresses);
    return addresses;
}

}  // namespace

std::vector<std::string> gpus_on_bus(const std::filesystem::path& sys) {
    return on_bus(sys, "0x0302");
}

std::vector<std::string> nvswitches_on_bus(const std::filesystem::path& sys) {
    return on_bus(sys, "0x0680");
}

}  // namespace rackproof::gpu
