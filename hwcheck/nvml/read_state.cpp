#include <algorithm>

#include "hwcheck/nvml/gpu_reading.hpp"

namespace rackproof::nvml {
namespace {

using Count = Answer<std::uint64_t>;

Count widened(const Answer<unsigned>& answer) {
    return answer.as([](unsigned value) { return std::uint64_t{value}; });
}

Count field(const Library& library, DeviceHandle device, unsigned id, unsigned scope) {
    FieldValue value{};
    value.field = id;
    value.scope = scope;
    library.read_fields(device, {&value, 1});
    return library.count_of(value);
}

void add_memory(const Library& library, DeviceHandle device, GpuState& state) {
    state["ecc.volatile.corrected"] = library.ecc_errors(device, kCorrected, kVolatile);
    state["ecc.volatile.uncorrected"] = library.ecc_errors(device, kUncorrected, kVolatile);
    state["ecc.aggregate.corrected"] = library.ecc_errors(device, kCorrected, kAggregate);
    state["ecc.aggregate.uncorrected"] = library.ecc_errors(device, kUncorrected, kAggregate);
    using Rows = Library::RemappedRows;
    const Answer<Rows> rows = library.remapped_rows(device);
    const auto part = [&rows](unsigned Rows::*member) {
        return rows.as([member](const Rows& r) { return std::uint64_t{r.*member}; });
    };
    state["remap.correctable"] = part(&Rows::correctable);
    state["remap.uncorrectable"] = part(&Rows::uncorrectable);
    state["remap.pending"] = part(&Rows::pending);
    state["remap.failure"] = part(&Rows::failed);
    state["recovery_action"] = field(library, device, kFieldRecoveryAction, 0);
}

void add_pcie(const Library& library, DeviceHandle device, GpuState& state) {
    state["pcie.replays"] = widened(library.number(device, "nvmlDeviceGetPcieReplayCounter"));
    state["pcie.generation"] =
        widened(library.number(device, "nvmlDeviceGetCurrPcieLinkGeneration"));
    state["pcie.generation_max"] =
        widened(library.number(device, "nvmlDeviceGetMaxPcieLinkGeneration"));
    state["pcie.width"] = widened(library.number(device, "nvmlDeviceGetCurrPcieLinkWidth"));
    state["pcie.width_max"] = widened(library.number(device, "nvmlDeviceGetMaxPcieLinkWidth"));
}

/// Up to NVLink 4 by counters of their own; from NVLink 5 on (Blackwell) as fields.
void add_link(const Library& library, DeviceHandle device, unsigned link, GpuState& state) {
    const std::string name = "nvlink." + std::to_string(link) + ".";
    state[name + "active"] = widened(library.number(device, "nvmlDeviceGetNvLinkState", link));
    constexpr std::pair<const char*, int> kCounters[] = {{"replays", kLinkReplay},
                                                         {"recoveries", kLinkRecovery},
                                                         {"crc_flit_errors", kLinkCrcFlit},
                                                         {"crc_data_errors", kLinkCrcData}};
    for (const auto& [what, counter] : kCounters) {
        state[name + what] = library.link_errors(device, link, counter);
    }
    constexpr std::pair<const char*, unsigned> kFields[] = {
        {"receive_errors", kFieldLinkReceiveErrors},
        {"failed_recoveries", kFieldLinkRecoveryFailed},
        {"recovery_events", kFieldLinkRecoveryEvents}};
    for (const auto& [what, id] : kFields) state[name + what] = field(library, device, id, link);
}

void add_links(const Library& library, DeviceHandle device, GpuState& state) {
    const Count links = field(library, device, kFieldLinkCount, 0);
    state["nvlink.count"] = links;
    const std::uint64_t most = std::min<std::uint64_t>(links.value().value_or(0), kMostLinks);
    for (unsigned link = 0; link < most; ++link) add_link(library, device, link, state);
}

/// The counters of time spent throttled, and the reasons and temperatures that stand now.
void add_clock_events(const Library& library, DeviceHandle device, GpuState& state) {
    constexpr double kPerSecond = 1e9;
    const GpuSample sample = read_sample(library, device);
    const std::vector<GpuChannel>& channels = gpu_channels();
    for (std::size_t i = 0; i < channels.size(); ++i) {
        if (channels[i].kind == SensorKind::ThrottleTime) {
            state[std::string{channels[i].name} + "_ns"] = sample[i].as(
                [](double time_s) { return static_cast<std::uint64_t>(time_s * kPerSecond); });
        } else if (channels[i].kind == SensorKind::Temperature) {
            const std::string name{channels[i].name};  // "gpu.memory_temperature"
            const bool is_known = sample[i] && *sample[i].value() >= 0;
            state[name.substr(name.find('.') + 1) + "_degc"] =
                is_known || !sample[i]
                    ? sample[i].as([](double degc) { return static_cast<std::uint64_t>(degc); })
                    : Count::none(kNotSupported, "below 0 degC");
        } else if (channels[i].kind == SensorKind::EventReasons) {
            state[channels[i].name] =
                sample[i].as([](double bits) { return static_cast<std::uint64_t>(bits); });
        }
    }
}

}  // namespace

GpuState read_state(const Library& library, DeviceHandle device) {
    GpuState state;
    add_memory(library, device, state);
    add_pcie(library, device, state);
    add_links(library, device, state);
    add_clock_events(library, device, state);
    return state;
}

}  // namespace rackproof::nvml
