#include "suites/stream_arrays.hpp"

#include <algorithm>
#include <string>

#include "core/error.hpp"

namespace rackproof {

std::int64_t stream_array_bytes(std::int64_t asked, const DeviceInfo& device) {
    constexpr std::int64_t kMiB = 1 << 20;
    const std::int64_t least = 4 * device.last_level_cache_bytes;
    if (asked > 0 && asked < least) {
        throw Unsupported{"array_bytes is " + std::to_string(asked) +
                          ", less than 4 x this device's last-level cache (" +
                          std::to_string(least) + " bytes): that would measure the cache"};
    }
    if (asked > 0) return asked;
    if (device.facts.kind == "gpu") return std::max(1024 * kMiB, least);
    if (least <= 0) return 512 * kMiB;
    return std::max(64 * kMiB, least);
}

void check_stream_memory(std::int64_t bytes, int arrays, const DeviceInfo& device) {
    if (device.memory_bytes <= 0 || bytes <= device.memory_bytes / arrays) return;
    throw Unsupported{std::to_string(arrays) + " arrays of " + std::to_string(bytes) +
                      " bytes do not fit: this device's share of the free memory is " +
                      std::to_string(device.memory_bytes) + " bytes"};
}

}  // namespace rackproof
