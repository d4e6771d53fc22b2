#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hwcheck/nvml/library.hpp"
#include "hwcheck/sensors.hpp"

namespace rackproof {

/// What a GPU is, by name ("uuid", "vbios", "power_limit_enforced_w"): text, or why there is none.
using GpuFacts = std::map<std::string, Answer<std::string>>;

/// Counts and states of a GPU that are read before and after work, by name
/// ("ecc.volatile.uncorrected", "remap.pending", "nvlink.3.active").
using GpuState = std::map<std::string, Answer<std::uint64_t>>;

/// What a sample of a GPU holds, in this order.
struct GpuChannel {
    const char* name;  ///< "gpu.power_average"
    SensorKind kind;
    Unit unit;
    double resolution;  ///< the step of NVML's own unit
    double lowest;      ///< what lies outside is no reading but a fault of the driver
    double highest;
};
[[nodiscard]] const std::vector<GpuChannel>& gpu_channels();

/// One answer for each of gpu_channels(), in its unit.
using GpuSample = std::vector<Answer<double>>;

/// True if any answer says that the GPU is lost or needs a reset; `why` then has NVML's words.
template <class Answers>
[[nodiscard]] bool is_lost(const Answers& answers, std::string& why) {
    const auto tell = [&why](const auto& answer) {
        const bool lost =
            !answer && (answer.code() == nvml::kGpuIsLost || answer.code() == nvml::kResetRequired);
        if (lost) why = answer.why();
        return lost;
    };
    return std::ranges::any_of(answers, [&tell](const auto& item) {
        if constexpr (requires { item.second; }) {
            return tell(item.second);
        } else {
            return tell(item);
        }
    });
}

namespace nvml {

/// What the driver says of itself: "driver", "nvml", "cuda".
[[nodiscard]] GpuFacts read_system_facts(const Library& library);
[[nodiscard]] GpuFacts read_facts(const Library& library, DeviceHandle device);
[[nodiscard]] GpuSample read_sample(const Library& library, DeviceHandle device);
[[nodiscard]] GpuState read_state(const Library& library, DeviceHandle device);

}  // namespace nvml
}  // namespace rackproof
