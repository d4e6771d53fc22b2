#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rackproof {

/// How the values of one inventory column are compared between nodes.
enum class Comparison : std::uint8_t {
    Same,  ///< letter by letter
    Near,  ///< numbers within 1 %: what firmware leaves of the memory varies a little
    Own,   ///< not: serials, addresses, counters, and what a run leaves behind
};

/// Of a column's name: "gpu.vbios@0". What is not known to differ must be the same.
[[nodiscard]] Comparison comparison_of(std::string_view column);

/// "gpu.vbios" of "gpu.vbios@0".
[[nodiscard]] std::string_view key_of(std::string_view column);
/// "0" of "gpu.vbios@0"; empty without a part.
[[nodiscard]] std::string_view part_of(std::string_view column);

/// True for what cannot be changed by software (models, sizes, counts, links): a golden profile
/// says that it must be so, and of all else that it should.
[[nodiscard]] bool is_hardware(std::string_view column);

/// True for what names one piece of hardware for life: serials, UUIDs, GUIDs.
[[nodiscard]] bool is_identity(std::string_view column);

/// True if both are the same by this comparison.
[[nodiscard]] bool agree(Comparison comparison, std::string_view a, std::string_view b);

}  // namespace rackproof
