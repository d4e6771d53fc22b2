#include "hwcheck/linux/dimms.hpp"

#include <algorithm>
#include <optional>

namespace rackproof {
namespace {

using Bytes = std::span<const unsigned char>;

constexpr unsigned char kMemoryDevice = 17;
constexpr unsigned char kEndOfTable = 127;
constexpr std::size_t kHeaderBytes = 4;

/// One structure: its fixed part, then its texts.
struct Structure {
    Bytes fixed;
    std::vector<std::string> texts;

    [[nodiscard]] std::uint64_t number(std::size_t offset, std::size_t bytes) const {
        std::uint64_t value = 0;
        if (offset + bytes > fixed.size()) return 0;
        for (std::size_t i = bytes; i > 0; --i) value = value << 8U | fixed[offset + i - 1];
        return value;
    }
    [[nodiscard]] std::string text(std::size_t offset) const {
        const std::uint64_t index = number(offset, 1);
        if (index == 0 || index > texts.size()) return {};
        std::string found = texts[index - 1];
        found.erase(found.find_last_not_of(' ') + 1);
        return found;
    }
};

/// Takes the first structure off `table`; nullopt if there is no whole one.
std::optional<Structure> take(Bytes& table) {
    if (table.size() < kHeaderBytes) return std::nullopt;
    const std::size_t length = table[1];
    if (length < kHeaderBytes || length > table.size()) return std::nullopt;
    Structure structure{table.first(length), {}};
    table = table.subspan(length);
    // Texts end with a zero each, and their list with another; an empty list is two zeros.
    if (table.size() < 2) return std::nullopt;
    if (table[0] == 0 && table[1] == 0) {
        table = table.subspan(2);
        return structure;
    }
    while (!table.empty() && table[0] != 0) {
        const auto end = std::ranges::find(table, 0);
        if (end == table.end()) return std::nullopt;
        structure.texts.emplace_back(table.begin(), end);
        table = table.subspan(static_cast<std::size_t>(end - table.begin()) + 1);
    }
    if (table.empty()) return std::nullopt;
    table = table.subspan(1);
    return structure;
}

/// In MiB, or in KiB with the top bit set; 0x7FFF says that it stands in the extended field.
std::uint64_t size_of(const Structure& device) {
    constexpr std::uint64_t kUnknown = 0xFFFF;
    constexpr std::uint64_t kExtended = 0x7FFF;
    constexpr std::uint64_t kInKibibytes = 0x8000;
    const std::uint64_t size = device.number(0x0C, 2);
    if (size == kUnknown) return 0;
    if (size == kExtended) return (device.number(0x1C, 4) & 0x7FFFFFFFU) << 20U;
    if ((size & kInKibibytes) != 0) return (size & ~kInKibibytes) << 10U;
    return size << 20U;
}

/// 0xFFFF says that it stands in a wider field.
std::uint32_t speed_of(const Structure& device, std::size_t offset, std::size_t wider) {
    constexpr std::uint64_t kExtended = 0xFFFF;
    const std::uint64_t speed = device.number(offset, 2);
    return static_cast<std::uint32_t>(speed == kExtended ? device.number(wider, 4) : speed);
}

}  // namespace

std::vector<Dimm> dimms_in(Bytes table) {
    std::vector<Dimm> dimms;
    while (const std::optional<Structure> structure = take(table)) {
        const unsigned char type = structure->fixed[0];
        if (type == kEndOfTable) break;
        if (type != kMemoryDevice) continue;
        Dimm dimm;
        dimm.place = structure->text(0x10);
        dimm.size_bytes = size_of(*structure);
        dimm.speed_mt_per_s = speed_of(*structure, 0x15, 0x54);
        dimm.manufacturer = structure->text(0x17);
        dimm.serial = structure->text(0x18);
        dimm.part_number = structure->text(0x1A);
        dimm.configured_mt_per_s = speed_of(*structure, 0x20, 0x58);
        dimms.push_back(std::move(dimm));
    }
    return dimms;
}

}  // namespace rackproof
