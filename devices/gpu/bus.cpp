#include "devices/gpu/bus.hpp"

#include <algorithm>
#include <fstream>

namespace rackproof::gpu {
namespace {

std::string first_line(const std::filesystem::path& file) {
    std::ifstream stream{file};
    std::string line;
    std::getline(stream, line);
    return line;
}

}  // namespace

std::vector<std::string> gpus_on_bus(const std::filesystem::path& sys) {
    std::vector<std::string> addresses;
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator{sys / "bus" / "pci" / "devices", error}) {
        if (first_line(entry.path() / "vendor") != "0x10de") continue;
        if (!first_line(entry.path() / "class").starts_with("0x0302")) continue;
        const auto driver = std::filesystem::read_symlink(entry.path() / "driver", error);
        if (!error && driver.filename() == "vfio-pci") continue;
        addresses.push_back(entry.path().filename().string());
    }
    std::ranges::sort(addresses);
    return addresses;
}

}  // namespace rackproof::gpu
