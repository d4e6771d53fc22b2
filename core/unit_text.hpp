#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rackproof {

/// A unit as people write it, taken apart: value_in_base = value x factor.
struct ScaledUnit {
    std::string base;  ///< the symbol that stands in run files, e.g. "B/s"
    double factor = 1;
};

/// "GB/s" -> {"B/s", 1e9}, "TFLOP/s" and "TFLOPS" -> {"FLOP/s", 1e12}, "ms" -> {"s", 1e-3}.
/// Decimal prefixes only (n, u, m, k, M, G, T, P); nullopt for a unit that is not known.
[[nodiscard]] std::optional<ScaledUnit> scaled_unit(std::string_view text);

/// A size such as "256 MiB", "32 KiB", "8 B" or "1 GB", in bytes; nullopt if it is none, is not
/// whole, or does not fit into 63 bits.
[[nodiscard]] std::optional<std::int64_t> parse_bytes(std::string_view text);

}  // namespace rackproof
