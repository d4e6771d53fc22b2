#pragma once

#include <cstdint>

#include "devices/device.hpp"

namespace rackproof {

/// Bytes of one array: as asked, else 4 x the last-level cache and at least 64 MiB. Where the
/// cache is unknown it is taken to be large. Throws Unsupported where the array asked for is so
/// small that the cache would be measured, and called memory (McCalpin's rule).
[[nodiscard]] std::int64_t stream_array_bytes(std::int64_t asked, const DeviceInfo& device);

/// Throws Unsupported where so many arrays of so many bytes do not fit into the device's memory.
void check_stream_memory(std::int64_t bytes, int arrays, const DeviceInfo& device);

}  // namespace rackproof
