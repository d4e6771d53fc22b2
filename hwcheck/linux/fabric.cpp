#include <array>
#include <string>
#include <string_view>

#include "hwcheck/linux/sections.hpp"

namespace rackproof {
namespace {

/// A process that decides what GPUs can do. The kernel keeps the first 15 bytes of its name.
struct Service {
    const char* key;
    std::string_view name;  ///< /proc/PID/comm
};
constexpr std::array kServices{
    Service{"service.fabric_manager", "nv-fabricmanage"},  // nv-fabricmanager
    Service{"service.imex", "nvidia-imex"},                //
    Service{"service.mps", "nvidia-cuda-mps"},             // -control and -server
    Service{"service.persistenced", "nvidia-persiste"},    // nvidia-persistenced
};
constexpr const char* kProcesses = "/proc/PID/comm";

bool is_number(std::string_view name) {
    return name.find_first_not_of("0123456789") == std::string_view::npos;
}

/// How many processes of each of kServices there are; none where others' may not be seen.
std::array<std::int64_t, kServices.size()> count_services(const Tree& tree) {
    std::array<std::int64_t, kServices.size()> counts{};
    for (const std::string& name : tree.names("/proc")) {
        if (!is_number(name)) continue;
        const FileText comm = tree.read("/proc/" + name + "/comm");
        if (!comm.text) continue;  // it has ended
        for (std::size_t i = 0; i < kServices.size(); ++i) {
            counts[i] += *comm.text == kServices[i].name ? 1 : 0;
        }
    }
    return counts;
}

/// The NVSwitches that the driver of this node has; those of a switch tray are not among them.
std::int64_t read_switches(const Tree& tree, InventoryWriter& out) {
    const char* const folder = "/proc/driver/nvidia-nvswitch/devices";
    if (tree.exists(folder)) {
        const auto switches = static_cast<std::int64_t>(tree.names(folder).size());
        out.add("fabric.nvswitches", "", folder, switches);
        return switches;
    }
    if (tree.exists("/proc/driver/nvidia")) {
        out.add("fabric.nvswitches", "", folder, 0);
    } else {
        out.unknown("fabric.nvswitches", "", folder, kNoSuchFile);
    }
    return 0;
}

void read_imex_channels(const Tree& tree, InventoryWriter& out) {
    const char* const folder = "/dev/nvidia-caps-imex-channels";
    if (tree.exists(folder)) {
        out.add("fabric.imex_channels", "", folder,
                static_cast<std::int64_t>(tree.names(folder).size()));
    } else {
        out.unknown("fabric.imex_channels", "", folder, kNoSuchFile);
    }
}

}  // namespace

void read_fabric(const Tree& tree, InventoryWriter& out) {
    const std::int64_t switches = read_switches(tree, out);
    read_imex_channels(tree, out);
    // Where /proc is mounted with hidepid, others' processes are not there.
    const FileText first = tree.read("/proc/1/comm");
    if (!first.text) {
        const std::string why =
            first.why == kNoSuchFile && tree.is_living() ? kNeedsRoot : first.why;
        for (const Service& service : kServices) out.unknown(service.key, "", kProcesses, why);
        return;
    }
    const auto counts = count_services(tree);
    for (std::size_t i = 0; i < kServices.size(); ++i) {
        out.add(kServices[i].key, "", kProcesses, counts[i] > 0 ? "running" : "not running");
    }
    if (switches > 0 && counts[0] == 0) {
        out.event("error", "fabric_manager_not_running", "",
                  "the node has " + std::to_string(switches) +
                      " NVSwitches, and no process nv-fabricmanager: its GPUs are not connected");
    }
    if (counts[2] > 0) {
        out.event("warning", "gpu_mps", "",
                  "the CUDA Multi-Process Service runs: programs may share a GPU unseen");
    }
}

}  // namespace rackproof
