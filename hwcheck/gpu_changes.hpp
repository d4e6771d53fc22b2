#pragma once

#include <string>
#include <vector>

#include "hwcheck/nvml/gpu_reading.hpp"

namespace rackproof {

/// Something that the counters of a GPU tell, as an event of the run has it. Codes and what they
/// come to stand in docs/telemetry.md; the judge knows them (analysis/hardware_events.cpp).
struct GpuChange {
    std::string severity;  ///< info, warning, error
    std::string code;      ///< "gpu_ecc_uncorrected"
    std::string text;

    friend bool operator==(const GpuChange&, const GpuChange&) = default;
};

/// What stands wrong at the first look: rows that wait to be remapped or could not be, a recovery
/// that the driver asks for, a PCIe link narrower than both its ends can.
[[nodiscard]] std::vector<GpuChange> gpu_troubles(const GpuState& state);

/// What has happened between two looks `elapsed_s` apart. A count that is not known both times says
/// nothing; one that went back is told as such.
[[nodiscard]] std::vector<GpuChange> gpu_changes(const GpuState& before, const GpuState& after,
                                                 double elapsed_s);

/// The names of the bits that are set: "hw_slowdown, power_brake".
[[nodiscard]] std::string event_reason_words(std::uint64_t reasons);

/// Reasons for which a GPU that works is slower than it should be: hardware slowdown, thermal
/// slowdown by software or hardware, power brake. Tested bit by bit, for several stand at once.
inline constexpr std::uint64_t kBadEventReasons = nvml::kReasonHwSlowdown | nvml::kReasonSwThermal |
                                                  nvml::kReasonHwThermal | nvml::kReasonPowerBrake;

}  // namespace rackproof
