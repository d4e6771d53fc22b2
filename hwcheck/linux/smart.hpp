#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "hwcheck/inventory_writer.hpp"
#include "hwcheck/tree.hpp"

namespace rackproof {

/// The SMART / Health Information page (log page 02h) of an NVMe drive: NVM Express Base
/// Specification 2.0, 5.16.1.3.
struct DriveHealth {
    std::uint8_t critical_warning = 0;       ///< bits; 0: none
    std::optional<double> temperature_degc;  ///< the composite temperature; none of 0 or 65,535 K
    std::optional<unsigned> spare_percent;   ///< none of more than 100
    unsigned spare_threshold_percent = 0;
    unsigned used_percent = 0;  ///< of its life, by its maker's word; may be more than 100
    // Counts of 128 bits; what 64 do not hold is the largest that they do.
    std::uint64_t power_on_hours = 0;
    std::uint64_t unsafe_shutdowns = 0;
    std::uint64_t media_errors = 0;
};

inline constexpr std::size_t kSmartPageBytes = 512;

/// None of a page that no drive writes: one that is all zeros or all ones.
[[nodiscard]] std::optional<DriveHealth> drive_health(
    std::span<const std::byte, kSmartPageBytes> page);

/// The critical warnings but for the temperature, in words; empty if there is none.
[[nodiscard]] std::string critical_warning_words(std::uint8_t bits);

/// Each NVMe drive's page, as drive.smart.* and events. Sends the drive one command that reads (Get
/// Log Page), which takes root; none to a drive that the kernel does not call live.
void read_smart(const Tree& tree, InventoryWriter& out);

/// What a page tells of the drive `name`, read at `source`.
void write_smart(std::span<const std::byte, kSmartPageBytes> page, const std::string& name,
                 const std::string& source, InventoryWriter& out);

}  // namespace rackproof
