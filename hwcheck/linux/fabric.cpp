#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// Whether each of kServices runs; none where nobody can say.
using Running = std::array<std::optional<bool>, kServices.size()>;

/// Why `tree` does not show the processes of the node; empty if it does.
std::string why_hidden(const Tree& tree) {
    // The namespace of the node's own processes: PROC_PID_INIT_INO of Linux's proc_ns.h.
    constexpr const char* kNodesOwn = "pid:[4026531836]";
    const std::string space = tree.link_name("/proc/self/ns/pid");
    if (space.empty() && tree.is_living()) return "its PID namespace is not known";
    if (!space.empty() && space != kNodesOwn) return "another PID namespace";
    // Where /proc is mounted with hidepid, others' processes are not there.
    const FileText first = tree.read("/proc/1/comm");
    if (first.text) return "";
    return first.why == kNoSuchFile && tree.is_living() ? kNeedsRoot : first.why;
}

Running find_services(const Tree& tree) {
    const std::vector<std::string> names = tree.names("/proc");
    Running running;
    // Beyond a list that is cut there may be anything.
    if (names.size() < tree.most_names()) running.fill(false);
    for (const std::string& name : names) {
        if (!is_number(name)) continue;
        const FileText comm = tree.read("/proc/" + name + "/comm");
        if (!comm.text) continue;  // it has ended
        for (std::size_t i = 0; i < kServices.size(); ++i) {
            if (*comm.text == kServices[i].name) running[i] = true;
        }
    }
    return running;
}

/// Writes service.*.
Running read_services(const Tree& tree, InventoryWriter& out) {
    std::string why = why_hidden(tree);
    const Running running = why.empty() ? find_services(tree) : Running{};
    if (why.empty()) why = "/proc has too many names";
    for (std::size_t i = 0; i < kServices.size(); ++i) {
        if (running[i]) {
            out.add(kServices[i].key, "", kProcesses, *running[i] ? "running" : "not running");
        } else {
            out.unknown(kServices[i].key, "", kProcesses, why);
        }
    }
    return running;
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
    const Running running = read_services(tree, out);
    if (switches > 0 && running[0] == false) {
        out.event("error", kNoFabricManager, "",
                  "the node has " + std::to_string(switches) +
                      " NVSwitches, and no process nv-fabricmanager, which connects its GPUs");
    }
    if (running[2] == true) {
        out.event("warning", "gpu_mps", "",
                  "the CUDA Multi-Process Service runs: programs may share a GPU unseen");
    }
}

}  // namespace rackproof
