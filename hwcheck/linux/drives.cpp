#include <string>

#include "hwcheck/linux/sections.hpp"

namespace rackproof {
namespace {

constexpr std::int64_t kSectorBytes = 512;  // of every `size` in /sys/block, whatever the drive's

void read_size(const Tree& tree, const std::string& drive, InventoryWriter& out) {
    const std::string path = "/sys/block/" + drive + "/size";
    if (const auto sectors = tree.number(path)) {
        out.add("drive.size_bytes", drive, path, *sectors * kSectorBytes);
    } else {
        out.unknown("drive.size_bytes", drive, path, tree.read(path).why);
    }
}

}  // namespace

void read_drives(const Tree& tree, InventoryWriter& out) {
    const std::string folder = "/sys/class/nvme";
    std::int64_t drives = 0;
    for (const std::string& name : tree.names(folder)) {
        ++drives;
        const std::string of_one = folder + "/" + name;
        out.file("drive.model", name, tree, of_one + "/model");
        out.file("drive.serial", name, tree, of_one + "/serial");
        out.file("drive.firmware", name, tree, of_one + "/firmware_rev");
        out.file("drive.state", name, tree, of_one + "/state");
        const FileText state = tree.read(of_one + "/state");
        if (state.text && *state.text != "live") {
            out.event("error", "drive_not_live", name,
                      "the kernel says that the drive is '" + *state.text + "'");
        }
    }
    if (tree.exists("/sys/class")) {
        out.add("drive.count", "", folder, drives);  // where there is none, there is no folder
    } else {
        out.unknown("drive.count", "", folder, kNoSuchFile);
    }
    for (const std::string& name : tree.names("/sys/block")) {
        if (name.starts_with("nvme")) read_size(tree, name, out);
        if (!name.starts_with("sd")) continue;
        read_size(tree, name, out);
        out.file("drive.io_errors", name, tree, "/sys/block/" + name + "/device/ioerr_cnt");
    }
}

}  // namespace rackproof
