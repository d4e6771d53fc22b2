#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "analysis/power_series.hpp"

namespace rackproof {

/// The series of an external power meter, CSV with a head: `time` (ISO 8601 with 'Z' or an offset,
/// or seconds since 1970), and `power_W`, `power_kW` or `power_MW`; other columns are passed over.
/// Times in seconds since 1970, ascending. Throws InputError, with the place, for what is missing,
/// no number or out of order.
[[nodiscard]] PowerSeries parse_meter(std::string_view text, const std::string& file);

/// The same of a file of up to 1 GiB.
[[nodiscard]] PowerSeries read_meter(const std::filesystem::path& path);

}  // namespace rackproof
