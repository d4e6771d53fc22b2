#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rackproof {

/// A memory module as the firmware describes it (SMBIOS 3.6, type 17).
struct Dimm {
    std::string place;                      ///< "P0 CHANNEL A DIMM 0"
    std::uint64_t size_bytes = 0;           ///< 0: an empty socket
    std::uint32_t speed_mt_per_s = 0;       ///< at the most; 0: not said
    std::uint32_t configured_mt_per_s = 0;  ///< as it runs; 0: not said
    std::string manufacturer;
    std::string part_number;
    std::string serial;
};

/// The memory modules in a firmware table (/sys/firmware/dmi/tables/DMI), in its order. A table
/// that is cut off or damaged gives those before the damage.
[[nodiscard]] std::vector<Dimm> dimms_in(std::span<const unsigned char> table);

}  // namespace rackproof
