#include <algorithm>
#include <optional>
#include <set>
#include <sstream>
#include <string>

#include "hwcheck/linux/sections.hpp"

namespace rackproof {
namespace {

constexpr const char* kCpuInfo = "/proc/cpuinfo";
constexpr const char* kCpus = "/sys/devices/system/cpu/";

/// The value of a line "model name : AMD EPYC" of the first processor.
std::string cpuinfo_line(const std::string& text, const std::string& name) {
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view line{text.data() + begin, end - begin};
        const std::size_t colon = line.find(':');
        if (line.empty()) break;
        if (colon != std::string_view::npos) {
            std::string_view key = line.substr(0, colon);
            key = key.substr(0, key.find_last_not_of(" \t") + 1);
            std::string_view value = line.substr(colon + 1);
            value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
            if (key == name) return std::string{value};
        }
        begin = end + 1;
    }
    return {};
}

void read_model(const Tree& tree, InventoryWriter& out) {
    constexpr std::size_t kFirstProcessors = std::size_t{16} << 10;
    const FileText info = tree.read_head(kCpuInfo, kFirstProcessors);
    const auto say = [&](const char* key, const char* x86, const char* arm) {
        if (!info.text) return out.unknown(key, "", kCpuInfo, info.why);
        std::string value = cpuinfo_line(*info.text, x86);
        if (value.empty()) value = cpuinfo_line(*info.text, arm);
        if (value.empty()) return out.unknown(key, "", kCpuInfo, "it does not say it");
        out.add(key, "", kCpuInfo, value);
    };
    say("cpu.model", "model name", "CPU part");
    say("cpu.vendor", "vendor_id", "CPU implementer");
    say("cpu.stepping", "stepping", "CPU revision");
    const std::string own = std::string{kCpus} + "cpu0/microcode/version";
    if (tree.exists(own)) {
        out.file("cpu.microcode", "", tree, own);
    } else {
        say("cpu.microcode", "microcode", "microcode");
    }
}

/// Sockets, cores and hardware threads, of those that are online.
void read_topology(const Tree& tree, const std::vector<std::int64_t>& online,
                   InventoryWriter& out) {
    std::set<std::string> sockets;
    std::set<std::string> cores;
    std::string why = online.empty() ? "it is not known which CPUs are online" : "";
    for (const std::int64_t cpu : online) {
        const std::string folder = kCpus + ("cpu" + std::to_string(cpu)) + "/topology/";
        const FileText socket = tree.read(folder + "physical_package_id");
        const FileText siblings = tree.read(folder + "thread_siblings_list");
        if (!socket.text || !siblings.text) {
            why = "cpu" + std::to_string(cpu) + ": " + (socket.text ? siblings.why : socket.why);
            break;
        }
        sockets.insert(*socket.text);
        cores.insert(*siblings.text);
    }
    const std::string source = std::string{kCpus} + "cpu*/topology";
    const auto say = [&](const char* key, std::size_t count) {
        if (!why.empty()) return out.unknown(key, "", source, why);
        out.add(key, "", source, static_cast<std::int64_t>(count));
    };
    say("cpu.sockets", sockets.size());
    say("cpu.cores", cores.size());
}

/// All CPUs' settings of one name, the different ones beside each other: "performance".
void read_settings(const Tree& tree, const std::vector<std::int64_t>& online, const char* key,
                   const std::string& file, InventoryWriter& out) {
    std::set<std::string> values;
    std::string why = "no CPU is online";
    for (const std::int64_t cpu : online) {
        const FileText read = tree.read(kCpus + ("cpu" + std::to_string(cpu)) + file);
        if (read.text) values.insert(*read.text);
        why = read.why;
    }
    const std::string source = kCpus + ("cpu*" + file);
    if (values.empty()) return out.unknown(key, "", source, why);
    std::string all;
    for (const std::string& value : values) all += (all.empty() ? "" : ", ") + value;
    out.add(key, "", source, all);
}

void read_frequency(const Tree& tree, InventoryWriter& out) {
    constexpr std::int64_t kPerKilohertz = 1000;
    const std::string file = std::string{kCpus} + "cpu0/cpufreq/cpuinfo_max_freq";
    if (const auto kilohertz = tree.number(file)) {
        out.add("cpu.frequency_max_hz", "", file, *kilohertz * kPerKilohertz);
    } else {
        out.unknown("cpu.frequency_max_hz", "", file, kNoSuchFile);
    }
    const std::string boost = std::string{kCpus} + "cpufreq/boost";
    const std::string no_turbo = std::string{kCpus} + "intel_pstate/no_turbo";
    if (const auto on = tree.number(boost)) {
        out.add("cpu.boost", "", boost, *on != 0 ? "on" : "off");
    } else if (const auto off = tree.number(no_turbo)) {
        out.add("cpu.boost", "", no_turbo, *off != 0 ? "off" : "on");
    } else {
        out.unknown("cpu.boost", "", boost, kNoSuchFile);
    }
}

/// The sum of the row "MCE:" over all CPUs.
std::optional<std::int64_t> machine_checks(const std::string& interrupts) {
    const std::size_t found = interrupts.find("MCE:");
    if (found == std::string::npos) return std::nullopt;
    std::istringstream row{interrupts.substr(found + 4, interrupts.find('\n', found) - found - 4)};
    std::int64_t sum = 0;
    for (std::int64_t count = 0; row >> count;) sum += count;
    return sum;
}

}  // namespace

void read_machine_checks(const Tree& tree, InventoryWriter& out) {
    constexpr std::size_t kManyCpus = std::size_t{8} << 20;
    const char* const source = "/proc/interrupts";
    const FileText read = tree.read(source, kManyCpus);
    const auto count = read.text ? machine_checks(*read.text) : std::nullopt;
    if (count) return out.add("cpu.machine_checks", "", source, *count);
    out.unknown("cpu.machine_checks", "", source, read.text ? "it has no row MCE" : read.why);
}

void read_processors(const Tree& tree, InventoryWriter& out) {
    constexpr std::size_t kLongestList = std::size_t{64} << 10;
    read_model(tree, out);
    const std::string file = std::string{kCpus} + "online";
    const FileText list = tree.read(file, kLongestList);
    const std::vector<std::int64_t> online = numbers_of_list(list.text.value_or(""));
    if (online.empty()) {
        out.unknown("cpu.threads", "", file, list.text ? "it is no list of CPUs" : list.why);
    } else {
        out.add("cpu.threads", "", file, static_cast<std::int64_t>(online.size()));
        out.add("cpu.online", "", file, *list.text);
    }
    read_topology(tree, online, out);
    out.file("cpu.smt", "", tree, std::string{kCpus} + "smt/control");
    const std::string isolated = std::string{kCpus} + "isolated";
    const FileText cut_out = tree.read(isolated);
    if (cut_out.text) {
        out.add("cpu.isolated", "", isolated, cut_out.text->empty() ? "none" : *cut_out.text);
    } else {
        out.unknown("cpu.isolated", "", isolated, cut_out.why);
    }
    read_settings(tree, online, "cpu.governor", "/cpufreq/scaling_governor", out);
    read_settings(tree, online, "cpu.frequency_driver", "/cpufreq/scaling_driver", out);
    read_frequency(tree, out);
    out.file("cpu.idle_driver", "", tree, std::string{kCpus} + "cpuidle/current_driver");
    const std::string vulnerabilities = std::string{kCpus} + "vulnerabilities";
    for (const std::string& name : tree.names(vulnerabilities)) {
        out.file("cpu.mitigation", name, tree, vulnerabilities + "/" + name);
    }
}

}  // namespace rackproof
