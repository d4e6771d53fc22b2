#pragma once

#include <cstdint>
#include <string>

#include "analysis/cells.hpp"

namespace rackproof {

/// How much was looked at for silent corruption, over all attempts: outputs of a burn-in, whose
/// digests are held against the device's own first, or of checks of each core (suite `cores`), held
/// against the other cores and a reference. As many as the worker says that it checked; where it
/// does not say, one a sample.
struct Exposure {
    double device_hours = 0;
    std::int64_t outputs = 0;
    std::int64_t wrong = 0;
};
[[nodiscard]] Exposure exposure_of(const Survey& survey, const MetricCells& cells);

/// Upper bounds at 95 % confidence on how often an output is wrong: of all outputs, by the binomial
/// distribution (Clopper & Pearson 1934); an hour of a device, by Poisson's. None wrong: the rule
/// of three. Both are infinite where nothing was looked at.
struct CorruptionBounds {
    double of_outputs = 0;
    double per_device_hour = 0;
};
[[nodiscard]] CorruptionBounds corruption_bounds(const Exposure& exposure);

/// "3000 outputs checked over 12.5 device-hours, none wrong: ..."; empty for what is neither, and
/// for less than four minutes of all devices together.
[[nodiscard]] std::string exposure_text(const Survey& survey, const MetricCells& cells);

}  // namespace rackproof
