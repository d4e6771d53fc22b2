#include <string>

#include "hwcheck/linux/sections.hpp"

namespace rackproof {
namespace {

void read_firmware(const Tree& tree, InventoryWriter& out) {
    constexpr std::pair<const char*, const char*> kFiles[] = {
        {"bios.vendor", "bios_vendor"},       {"bios.version", "bios_version"},
        {"bios.release", "bios_release"},     {"bios.date", "bios_date"},
        {"board.vendor", "board_vendor"},     {"board.name", "board_name"},
        {"board.version", "board_version"},   {"board.serial", "board_serial"},
        {"chassis.vendor", "chassis_vendor"}, {"chassis.serial", "chassis_serial"},
        {"system.vendor", "sys_vendor"},      {"system.name", "product_name"},
        {"system.sku", "product_sku"},        {"system.serial", "product_serial"},
        {"system.uuid", "product_uuid"},
    };
    for (const auto& [key, file] : kFiles) {
        out.file(key, "", tree, std::string{"/sys/class/dmi/id/"} + file);
    }
}

/// The value of NAME="..." in /etc/os-release.
void read_distribution(const Tree& tree, InventoryWriter& out) {
    const char* const source = "/etc/os-release";
    const FileText read = tree.read(source);
    if (!read.text) return out.unknown("os.name", "", source, read.why);
    const std::string name = "PRETTY_NAME=";
    const std::string text = "\n" + *read.text;
    const std::size_t found = text.find("\n" + name);
    if (found == std::string::npos) return out.unknown("os.name", "", source, "it does not say it");
    const std::size_t begin = found + 1 + name.size();
    std::string value = text.substr(begin, text.find('\n', begin) - begin);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
        value = value.substr(1, value.size() - 2);
    }
    out.add("os.name", "", source, value);
}

void read_kernel(const Tree& tree, InventoryWriter& out) {
    out.file("kernel.release", "", tree, "/proc/sys/kernel/osrelease");
    out.file("kernel.version", "", tree, "/proc/sys/kernel/version");
    out.file("kernel.command_line", "", tree, "/proc/cmdline");
    out.file("kernel.tainted", "", tree, "/proc/sys/kernel/tainted");
    out.file("kernel.boot_id", "", tree, "/proc/sys/kernel/random/boot_id");
    read_distribution(tree, out);
}

/// The soft limit of a line "Max open files            20000                20000      files".
void read_limit(const FileText& limits, const char* key, const std::string& name,
                InventoryWriter& out) {
    const char* const source = "/proc/self/limits";
    if (!limits.text) return out.unknown(key, "", source, limits.why);
    const std::size_t found = limits.text->find(name);
    if (found == std::string::npos) return out.unknown(key, "", source, "it does not say it");
    const std::size_t begin = limits.text->find_first_not_of(' ', found + name.size());
    if (begin == std::string::npos) return out.unknown(key, "", source, "it does not say it");
    out.add(key, "", source, limits.text->substr(begin, limits.text->find(' ', begin) - begin));
}

void read_limits(const Tree& tree, InventoryWriter& out) {
    const FileText limits = tree.read("/proc/self/limits");
    read_limit(limits, "limit.locked_bytes", "Max locked memory", out);
    read_limit(limits, "limit.open_files", "Max open files", out);
    read_limit(limits, "limit.processes", "Max processes", out);
    read_limit(limits, "limit.stack_bytes", "Max stack size", out);
}

}  // namespace

void read_system(const Tree& tree, InventoryWriter& out) {
    read_firmware(tree, out);
    read_kernel(tree, out);
    read_limits(tree, out);
    const std::string groups = "/sys/kernel/iommu_groups";
    if (tree.exists(groups)) {
        out.add("iommu.groups", "", groups, static_cast<std::int64_t>(tree.names(groups).size()));
    } else {
        out.unknown("iommu.groups", "", groups, kNoSuchFile);
    }
    for (const std::string& unit : tree.names("/sys/class/iommu")) {
        out.add("iommu.unit", unit, "/sys/class/iommu", "present");
    }
}

void read_modules(const Tree& tree, InventoryWriter& out) {
    // Those that decide how GPUs, network and drives are reached.
    constexpr const char* kModules[] = {
        "nvidia",    "nvidia_uvm", "nvidia_peermem", "nvidia_fs", "gdrdrv",  "amdgpu",
        "mlx5_core", "mlx5_ib",    "ib_core",        "ib_umad",   "rdma_cm", "irdma",
        "efa",       "bnxt_re",    "nvme",           "lustre",    "knem",    "xpmem"};
    if (!tree.exists("/sys/module")) {
        return out.unknown("module", "nvidia", "/sys/module", kNoSuchFile);
    }
    for (const char* module : kModules) {
        const std::string folder = std::string{"/sys/module/"} + module;
        if (!tree.exists(folder)) {
            out.add("module", module, "/sys/module", "not loaded");
            continue;
        }
        const FileText version = tree.read(folder + "/version");
        out.add("module", module, folder, "loaded" + (version.text ? " " + *version.text : ""));
    }
}

}  // namespace rackproof
