#include <charconv>
#include <set>
#include <string>

#include "hwcheck/linux/dimms.hpp"
#include "hwcheck/linux/sections.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kWholeTable = std::size_t{1} << 20;

/// The number behind `name` in lines such as "MemTotal:  24683620 kB", in bytes.
std::optional<std::int64_t> meminfo_bytes(const std::string& text, const std::string& name) {
    constexpr std::int64_t kKibibyte = 1024;
    const std::size_t found = text.find(name + ":");
    if (found == std::string::npos) return std::nullopt;
    const std::size_t digits = text.find_first_of("0123456789\n", found + name.size());
    if (digits == std::string::npos) return std::nullopt;
    std::int64_t number = 0;
    const auto [end, error] =
        std::from_chars(text.data() + digits, text.data() + text.size(), number);
    if (error != std::errc{}) return std::nullopt;
    return number * kKibibyte;
}

void add_meminfo(const Tree& tree, const char* key, const std::string& part,
                 const std::string& path, const std::string& name, InventoryWriter& out) {
    const FileText info = tree.read(path, std::size_t{64} << 10);
    if (!info.text) return out.unknown(key, part, path, info.why);
    if (const auto bytes = meminfo_bytes(*info.text, name)) {
        out.add(key, part, path, *bytes);
    } else {
        out.unknown(key, part, path, "it does not say it");
    }
}

void read_numa(const Tree& tree, InventoryWriter& out) {
    const std::string folder = "/sys/devices/system/node";
    std::int64_t nodes = 0;
    for (const std::string& name : tree.names(folder)) {
        if (!name.starts_with("node") || name.find_first_not_of("0123456789", 4) != name.npos ||
            name.size() == 4) {
            continue;
        }
        ++nodes;
        const std::string number = name.substr(4);
        const std::string of_node = folder + "/" + name;
        out.file("numa.cpus", number, tree, of_node + "/cpulist");
        out.file("numa.distances", number, tree, of_node + "/distance");
        add_meminfo(tree, "numa.memory_bytes", number, of_node + "/meminfo",
                    "Node " + number + " MemTotal", out);
    }
    if (nodes == 0) {
        out.unknown("numa.nodes", "", folder, kNoSuchFile);
    } else {
        out.add("numa.nodes", "", folder, nodes);
    }
    out.file("numa.balancing", "", tree, "/proc/sys/kernel/numa_balancing");
}

/// The one in brackets of "always [madvise] never".
std::string chosen(const std::string& text) {
    const std::size_t open = text.find('[');
    const std::size_t close = text.find(']', open);
    if (open == std::string::npos || close == std::string::npos) return text;
    return text.substr(open + 1, close - open - 1);
}

void read_huge_pages(const Tree& tree, InventoryWriter& out) {
    const std::string folder = "/sys/kernel/mm/hugepages";
    for (const std::string& name : tree.names(folder)) {
        out.file("memory.hugepages", name, tree, folder + "/" + name + "/nr_hugepages");
    }
    const std::string transparent = "/sys/kernel/mm/transparent_hugepage/enabled";
    const FileText read = tree.read(transparent);
    if (read.text) {
        out.add("memory.transparent_hugepages", "", transparent, chosen(*read.text));
    } else {
        out.unknown("memory.transparent_hugepages", "", transparent, read.why);
    }
}

void add_dimm(const Dimm& dimm, const std::string& part, const std::string& source,
              InventoryWriter& out) {
    out.add("dimm.size_bytes", part, source, static_cast<std::int64_t>(dimm.size_bytes));
    const auto speed = [&](const char* key, std::uint32_t value) {
        if (value == 0) return out.unknown(key, part, source, "the firmware does not say it");
        out.add(key, part, source, value);
    };
    speed("dimm.speed_mt_per_s", dimm.speed_mt_per_s);
    speed("dimm.configured_mt_per_s", dimm.configured_mt_per_s);
    out.add("dimm.manufacturer", part, source, dimm.manufacturer);
    out.add("dimm.part_number", part, source, dimm.part_number);
    out.add("dimm.serial", part, source, dimm.serial);
}

void read_dimms(const Tree& tree, InventoryWriter& out) {
    const std::string source = "/sys/firmware/dmi/tables/DMI";
    const FileText table = tree.read_head(source, kWholeTable);
    if (!table.text) return out.unknown("memory.dimms", "", source, table.why);
    const auto* bytes = reinterpret_cast<const unsigned char*>(table.text->data());
    std::int64_t filled = 0;
    std::set<std::string> parts;
    for (const Dimm& dimm : dimms_in({bytes, table.text->size()})) {
        if (dimm.size_bytes == 0) continue;
        ++filled;
        std::string part = dimm.place.empty() ? "dimm" : dimm.place;
        if (!parts.insert(part).second) part += " #" + std::to_string(filled);
        add_dimm(dimm, part, source, out);
    }
    if (filled == 0) return out.unknown("memory.dimms", "", source, "it lists none");
    out.add("memory.dimms", "", source, filled);
}

}  // namespace

void read_memory(const Tree& tree, InventoryWriter& out) {
    add_meminfo(tree, "memory.total_bytes", "", "/proc/meminfo", "MemTotal", out);
    add_meminfo(tree, "memory.swap_bytes", "", "/proc/meminfo", "SwapTotal", out);
    read_huge_pages(tree, out);
    read_numa(tree, out);
    read_dimms(tree, out);
}

void read_memory_errors(const Tree& tree, InventoryWriter& out) {
    const std::string folder = "/sys/devices/system/edac/mc";
    std::int64_t controllers = 0;
    for (const std::string& name : tree.names(folder)) {
        if (!name.starts_with("mc")) continue;
        ++controllers;
        const std::string of_one = folder + "/" + name;
        out.file("edac.controller", name, tree, of_one + "/mc_name");
        out.file("edac.corrected", name, tree, of_one + "/ce_count");
        const std::string uncorrected = of_one + "/ue_count";
        out.file("edac.uncorrected", name, tree, uncorrected);
        const std::int64_t count = tree.number(uncorrected).value_or(0);
        if (count > 0) {
            out.event("error", "memory_uncorrected", name,
                      std::to_string(count) + " uncorrected memory errors since the boot (" +
                          uncorrected + ")");
        }
        for (const std::string& dimm : tree.names(of_one)) {
            if (!dimm.starts_with("dimm") && !dimm.starts_with("rank")) continue;
            out.file("edac.label", name + "/" + dimm, tree, of_one + "/" + dimm + "/dimm_label");
        }
    }
    if (controllers == 0) {
        out.unknown("edac.controllers", "", folder,
                    "no memory controller is watched by EDAC: memory errors are not counted");
    } else {
        out.add("edac.controllers", "", folder, controllers);
    }
}

}  // namespace rackproof
