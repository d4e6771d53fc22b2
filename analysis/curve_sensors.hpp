#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/curve_source.hpp"

namespace rackproof {

/// What is wrong with a sensor, so that nothing may be made of what it says.
enum class SensorFault : std::uint8_t { NeverRead, Died, Frozen, Jumps };

struct SensorTrouble {
    std::size_t device = 0;  ///< index into Burnin::devices
    SensorFault fault = SensorFault::Frozen;
    std::string what;  ///< "gpu.temperature has stood at 61 degC ..."
};

/// Temperatures and powers that were never read where most of their peers' were, that were read no
/// more from some time on, that stood still while their peers' moved, or that jumped under an even
/// load. At most one a device: the temperature's, else the power's.
[[nodiscard]] std::vector<SensorTrouble> sensor_troubles(const Burnin& burnin);

}  // namespace rackproof
