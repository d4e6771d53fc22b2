#include <algorithm>
#include <string_view>

#include "core/number_text.hpp"
#include "core/utf8.hpp"
#include "hwcheck/nvml/gpu_reading.hpp"

namespace rackproof::nvml {
namespace {

constexpr double kPerUnit = 1000;

std::string on_off(unsigned value) { return value == 0 ? "off" : "on"; }

std::string watts(unsigned milliwatts) { return number_text(milliwatts / kPerUnit); }

std::string whole(unsigned value) { return std::to_string(value); }

std::string compute_mode(unsigned mode) {
    switch (mode) {
        case 0: return "default";
        case 1: return "exclusive thread";
        case 2: return "prohibited";
        case 3: return "exclusive process";
        default: return "mode " + std::to_string(mode);
    }
}

using Pair = std::pair<unsigned, unsigned>;

void add_texts(const Library& library, DeviceHandle device, GpuFacts& facts) {
    constexpr std::pair<const char*, const char*> kTexts[] = {
        {"model", "nvmlDeviceGetName"},
        {"uuid", "nvmlDeviceGetUUID"},
        {"serial", "nvmlDeviceGetSerial"},
        {"board_part_number", "nvmlDeviceGetBoardPartNumber"},
        {"vbios", "nvmlDeviceGetVbiosVersion"},
        {"inforom_image", "nvmlDeviceGetInforomImageVersion"},
    };
    for (const auto& [name, call] : kTexts) facts[name] = library.text(device, call);
}

void add_modes(const Library& library, DeviceHandle device, GpuFacts& facts) {
    const Answer<Pair> ecc = library.two(device, "nvmlDeviceGetEccMode");
    facts["ecc_mode"] = ecc.as([](const Pair& p) { return on_off(p.first); });
    facts["ecc_mode_pending"] = ecc.as([](const Pair& p) { return on_off(p.second); });
    const Answer<Pair> mig = library.two(device, "nvmlDeviceGetMigMode");
    facts["mig_mode"] = mig.as([](const Pair& p) { return on_off(p.first); });
    facts["mig_mode_pending"] = mig.as([](const Pair& p) { return on_off(p.second); });
    facts["persistence_mode"] = library.number(device, "nvmlDeviceGetPersistenceMode").as(on_off);
    facts["compute_mode"] = library.number(device, "nvmlDeviceGetComputeMode").as(compute_mode);
}

void add_power_limits(const Library& library, DeviceHandle device, GpuFacts& facts) {
    facts["power_limit_enforced_w"] =
        library.number(device, "nvmlDeviceGetEnforcedPowerLimit").as(watts);
    facts["power_limit_set_w"] =
        library.number(device, "nvmlDeviceGetPowerManagementLimit").as(watts);
    facts["power_limit_default_w"] =
        library.number(device, "nvmlDeviceGetPowerManagementDefaultLimit").as(watts);
    const Answer<Pair> range = library.two(device, "nvmlDeviceGetPowerManagementLimitConstraints");
    facts["power_limit_min_w"] = range.as([](const Pair& p) { return watts(p.first); });
    facts["power_limit_max_w"] = range.as([](const Pair& p) { return watts(p.second); });
}

void add_clocks(const Library& library, DeviceHandle device, GpuFacts& facts) {
    const auto hertz = [](unsigned megahertz) { return std::to_string(megahertz) + "000000"; };
    facts["sm_clock_max_hz"] =
        library.number(device, "nvmlDeviceGetMaxClockInfo", kSmClock).as(hertz);
    facts["memory_clock_max_hz"] =
        library.number(device, "nvmlDeviceGetMaxClockInfo", kMemoryClock).as(hertz);
    facts["application_clock_hz"] =
        library.number(device, "nvmlDeviceGetApplicationsClock", kGraphicsClock).as(hertz);
    facts["application_clock_default_hz"] =
        library.number(device, "nvmlDeviceGetDefaultApplicationsClock", kGraphicsClock).as(hertz);
}

void add_pcie(const Library& library, DeviceHandle device, GpuFacts& facts) {
    const auto bus_id = [](const PciInfo& info) {
        const std::string_view all{info.bus_id, sizeof info.bus_id};
        return printable(all.substr(0, all.find('\0')));
    };
    facts["pci"] = library.structure<PciInfo>(device, "nvmlDeviceGetPciInfo_v3").as(bus_id);
    constexpr std::pair<const char*, const char*> kNumbers[] = {
        {"pcie_generation", "nvmlDeviceGetCurrPcieLinkGeneration"},
        {"pcie_generation_max", "nvmlDeviceGetMaxPcieLinkGeneration"},
        {"pcie_width", "nvmlDeviceGetCurrPcieLinkWidth"},
        {"pcie_width_max", "nvmlDeviceGetMaxPcieLinkWidth"},
        {"gpu_numa_node", "nvmlDeviceGetNumaNodeId"},
        {"minor_number", "nvmlDeviceGetMinorNumber"},
    };
    for (const auto& [name, call] : kNumbers) facts[name] = library.number(device, call).as(whole);
    facts["bar1_bytes"] =
        library.structure<Bar1Memory>(device, "nvmlDeviceGetBAR1MemoryInfo")
            .as([](const Bar1Memory& memory) { return std::to_string(memory.total); });
}

/// Active of all: "18 of 18".
Answer<std::string> links_text(const Library& library, DeviceHandle device) {
    FieldValue field{};
    field.field = kFieldLinkCount;
    library.read_fields(device, {&field, 1});
    const Answer<std::uint64_t> count = library.count_of(field);
    if (!count) return count.as([](std::uint64_t) { return std::string{}; });
    unsigned active = 0;
    const auto links = static_cast<unsigned>(std::min<std::uint64_t>(*count.value(), kMostLinks));
    for (unsigned link = 0; link < links; ++link) {
        const Answer<unsigned> state = library.number(device, "nvmlDeviceGetNvLinkState", link);
        if (state.value().value_or(0) != 0) ++active;
    }
    return Answer<std::string>::of(std::to_string(active) + " of " +
                                   std::to_string(*count.value()));
}

/// Of 16 bytes "00112233-4455-6677-8899-aabbccddeeff"; "none" where all are 0.
std::string uuid_text(const unsigned char (&bytes)[16]) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < std::size(bytes); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += kDigits[bytes[i] >> 4U];
        text += kDigits[bytes[i] & 0xfU];
    }
    const bool is_none = std::ranges::all_of(bytes, [](unsigned char byte) { return byte == 0; });
    return is_none ? "none" : text;
}

/// In nvidia-smi's words.
std::string fabric_state(unsigned state) {
    switch (state) {
        case 1: return "Not Started";
        case 2: return "In Progress";
        case 3: return "Completed";
        default: return "state " + std::to_string(state);
    }
}

/// Whether the GPU is registered with the fabric of NVLink switches, if it is on one.
void add_fabric(const Library& library, DeviceHandle device, GpuFacts& facts) {
    Answer<FabricInfo> info = library.structure<FabricInfo>(device, "nvmlDeviceGetGpuFabricInfoV",
                                                            {kFabricVersion2, {}, 0, 0, 0, {}, 0});
    if (info && info.value()->state == 0) {
        info = Answer<FabricInfo>::none(kNotSupported, library.words_for(kNotSupported));
    }
    facts["fabric_state"] = info.as([](const FabricInfo& f) { return fabric_state(f.state); });
    facts["fabric_status"] = info.as([&](const FabricInfo& f) {
        return f.status == kSuccess ? std::string{"Success"} : library.words_for(f.status);
    });
    facts["fabric_clique"] = info.as([](const FabricInfo& f) { return whole(f.clique); });
    facts["fabric_cluster"] =
        info.as([](const FabricInfo& f) { return uuid_text(f.cluster_uuid); });
}

}  // namespace

GpuFacts read_system_facts(const Library& library) {
    GpuFacts facts;
    facts["driver"] = library.system_text("nvmlSystemGetDriverVersion");
    facts["nvml"] = library.system_text("nvmlSystemGetNVMLVersion");
    facts["cuda"] = library.cuda_version().as([](int version) {
        constexpr int kMajor = 1000;
        constexpr int kMinor = 10;
        return std::to_string(version / kMajor) + "." + std::to_string(version % kMajor / kMinor);
    });
    return facts;
}

GpuFacts read_facts(const Library& library, DeviceHandle device) {
    GpuFacts facts;
    add_texts(library, device, facts);
    add_modes(library, device, facts);
    add_power_limits(library, device, facts);
    add_clocks(library, device, facts);
    add_pcie(library, device, facts);
    facts["nvlinks_active"] = links_text(library, device);
    facts["inforom_valid"] = library.inforom_is_valid(device);
    add_fabric(library, device, facts);
    facts["compute_processes"] = library.compute_processes(device);
    return facts;
}

}  // namespace rackproof::nvml
