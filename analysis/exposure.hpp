#pragma once

#include <cstdint>
#include <string>

#include "analysis/cells.hpp"

namespace rackproof {

/// How much was looked at for silent corruption: outputs of a burn-in whose digest was held against
/// the device's own first, over all attempts.
struct Exposure {
    double device_hours = 0;
    std::int64_t outputs = 0;
    std::int64_t wrong = 0;
};
[[nodiscard]] Exposure exposure_of(const MetricCells& cells);

/// Upper bounds at 95 % confidence on how often an output is wrong: of all outputs, by the binomial
/// distribution (Clopper & Pearson 1934); an hour of a device, by Poisson's. None wrong: the rule
/// of three. Both are infinite where nothing was looked at.
struct CorruptionBounds {
    double of_outputs = 0;
    double per_device_hour = 0;
};
[[nodiscard]] CorruptionBounds corruption_bounds(const Exposure& exposure);

/// "3000 outputs checked over 12.5 device-hours, none wrong: ..."; empty for what is no burn-in of
/// four minutes or more.
[[nodiscard]] std::string exposure_text(const MetricCells& cells);

}  // namespace rackproof
