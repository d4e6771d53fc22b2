#include "devices/gpu/hidden_gpus.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>

#include "core/utf8.hpp"

namespace rackproof::gpu {
namespace {

constexpr std::size_t kLongestList = 120;

/// The number of its /dev/nvidiaN, as the kernel's driver tells it of the GPUs that it has; empty
/// where it shows none at that address.
std::string minor_of(const std::string& pci, const std::filesystem::path& root) {
    constexpr std::string_view kMinor = "Device Minor:";
    std::ifstream file{root / "proc/driver/nvidia/gpus" / pci / "information"};
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(kMinor)) continue;
        const std::size_t first = line.find_first_of("0123456789");
        if (first != std::string::npos) return line.substr(first);
    }
    return "";
}

/// The kernel's driver shows in /proc every GPU that it is bound to.
bool is_bound(const std::string& pci, const std::filesystem::path& root) {
    std::error_code error;
    const auto driver =
        std::filesystem::read_symlink(root / "sys/bus/pci/devices" / pci / "driver", error);
    return !error && driver.filename() == "nvidia";
}

}  // namespace

NodeView own_view() {
    NodeView view;
    if (const char* visible = std::getenv("CUDA_VISIBLE_DEVICES")) view.visible_devices = visible;
    return view;
}

std::size_t visible_count(const std::string& visible_devices) {
    std::istringstream names{visible_devices};
    std::size_t count = 0;
    for (std::string name; std::getline(names, name, ',');) {
        if (name.empty() || name.starts_with('-') || name == "NoDevFiles") break;
        ++count;
    }
    return count;
}

std::string why_hidden(const std::string& pci, std::size_t listed, std::size_t on_bus,
                       const NodeView& view) {
    if (view.visible_devices) {
        const std::size_t named = visible_count(*view.visible_devices);
        if (named == listed && named < on_bus) {
            return "CUDA_VISIBLE_DEVICES is '" +
                   printable(shortened(*view.visible_devices, kLongestList)) + "'";
        }
    }
    constexpr const char* kWhere = ", as in a container or a cgroup with some of the GPUs";
    const std::string minor = minor_of(pci, view.root);
    if (minor.empty()) {
        return is_bound(pci, view.root)
                   ? std::string{"/proc/driver/nvidia does not show them"} + kWhere
                   : "";
    }
    // Of a device file access() answers with the cgroup's word too, and does not open it.
    const std::filesystem::path file = view.root / "dev" / ("nvidia" + minor);
    if (::access(file.c_str(), R_OK | W_OK) == 0) return "";
    const int error = errno;
    return "/dev/nvidia" + minor + ": " + std::generic_category().message(error) + kWhere;
}

}  // namespace rackproof::gpu
