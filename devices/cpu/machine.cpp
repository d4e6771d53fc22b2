#include "devices/cpu/machine.hpp"

#include <array>
#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>

#include "core/error.hpp"
#include "core/utf8.hpp"

namespace rackproof::cpu {
namespace {

std::string single_spaced(std::string_view text) {
    std::string kept;
    for (const char letter : text) {
        const bool blank = letter == ' ' || letter == '\t';
        if (!blank) kept += letter;
        if (blank && !kept.empty() && kept.back() != ' ') kept += ' ';
    }
    if (!kept.empty() && kept.back() == ' ') kept.pop_back();
    return kept;
}

/// The value of the first line "KEY : VALUE" of a file under /proc.
std::optional<std::string> first_value(const std::filesystem::path& file, std::string_view key) {
    std::ifstream lines{file};
    for (std::string line; std::getline(lines, line);) {
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos) continue;
        const std::string_view whole{line};
        if (single_spaced(whole.substr(0, colon)) != key) continue;
        return single_spaced(whole.substr(colon + 1));
    }
    return std::nullopt;
}

struct ArmCore {
    std::string_view implementer;
    std::string_view part;
    std::string_view name;
};

/// Main ID Register values, from Arm's Technical Reference Manuals of these cores.
constexpr std::array kArmCores{
    ArmCore{"0x41", "0xd0c", "Arm Neoverse N1"}, ArmCore{"0x41", "0xd40", "Arm Neoverse V1"},
    ArmCore{"0x41", "0xd49", "Arm Neoverse N2"}, ArmCore{"0x41", "0xd4f", "Arm Neoverse V2"},
    ArmCore{"0x41", "0xd83", "Arm Neoverse V3"}, ArmCore{"0x41", "0xd8e", "Arm Neoverse N3"},
};

std::optional<std::string> arm_name(const std::filesystem::path& cpuinfo) {
    const auto implementer = first_value(cpuinfo, "CPU implementer");
    const auto part = first_value(cpuinfo, "CPU part");
    if (!implementer || !part) return std::nullopt;
    for (const ArmCore& core : kArmCores) {
        if (core.implementer == *implementer && core.part == *part) return std::string{core.name};
    }
    return "Arm implementer " + *implementer + " part " + *part;
}

}  // namespace

std::int64_t available_memory_bytes(const std::filesystem::path& proc) {
    const auto text = first_value(proc / "meminfo", "MemAvailable");
    std::int64_t kibibytes = 0;
    if (text) {
        const char* end = text->data() + text->size();
        const auto parsed = std::from_chars(text->data(), end, kibibytes);
        constexpr std::int64_t kMost = INT64_MAX / 1024;
        const bool number = parsed.ec == std::errc{} && kibibytes >= 0 && kibibytes <= kMost;
        if (number && std::string_view{parsed.ptr, end} == " kB") return kibibytes * 1024;
    }
    throw Error{"read MemAvailable in " + (proc / "meminfo").string(),
                text ? "expected a number of kB, found '" + printable(*text) + "'" : "not there"};
}

std::string processor_model(const std::string& hwloc_name, const std::filesystem::path& proc) {
    if (std::string name = single_spaced(hwloc_name); !name.empty()) return name;
    const std::filesystem::path cpuinfo = proc / "cpuinfo";
    if (auto name = first_value(cpuinfo, "model name"); name && !name->empty()) return *name;
    return arm_name(cpuinfo).value_or("unknown processor");
}

void require_memory(std::int64_t bytes, const std::string& what,
                    const std::filesystem::path& proc) {
    const std::int64_t available = available_memory_bytes(proc);
    if (bytes > available) {
        throw Unsupported{what + " do not fit into memory: " + std::to_string(bytes) +
                          " bytes are needed and " + std::to_string(available) + " are available"};
    }
}

}  // namespace rackproof::cpu
