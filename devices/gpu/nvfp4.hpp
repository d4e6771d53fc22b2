#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace rackproof::gpu {

// Operands of NVFP4: e2m1 numbers of 4 bits, and a scale of 8 bits (e4m3 without a sign) for each
// 16 of them along k. Host and GPU compute the same with the same functions.

/// How such an operand lies in memory: its numbers, vector after vector, two a byte with the first
/// in the low half; behind them the scales, in the tiles of 128 vectors x 4 blocks that cuBLASLt
/// wants (its manual, "1D Block Scaling Factors Layout"), those beyond the operand zero.
struct Nvfp4Layout {
    static constexpr std::size_t kBlock = 16;  ///< numbers that share a scale
    static constexpr std::size_t kTileVectors = 128;
    static constexpr std::size_t kTileBlocks = 4;
    static constexpr std::size_t kTile = kTileVectors * kTileBlocks;  ///< bytes

    std::size_t vectors = 0;  ///< rows of A, columns of B
    std::size_t length = 0;   ///< of each; a multiple of kBlock

    [[nodiscard]] constexpr std::size_t blocks() const { return length / kBlock; }
    [[nodiscard]] constexpr std::size_t number_bytes() const { return vectors * length / 2; }
    [[nodiscard]] constexpr std::size_t scales_at() const { return tiles(number_bytes(), kTile); }
    [[nodiscard]] constexpr std::size_t scale_bytes() const {
        return tiles(vectors, kTileVectors) * tiles(blocks(), kTileBlocks);
    }
    [[nodiscard]] constexpr std::size_t bytes() const { return scales_at() + scale_bytes(); }

    /// Byte of a block's scale, from scales_at().
    [[nodiscard]] constexpr std::size_t scale_place(std::size_t vector, std::size_t block) const {
        constexpr std::size_t kStripe = 32;
        const std::size_t tiles_a_row = tiles(blocks(), kTileBlocks) / kTileBlocks;
        const std::size_t tile = vector / kTileVectors * tiles_a_row + block / kTileBlocks;
        const std::size_t in_tile = vector % kTileVectors;
        return tile * kTile + in_tile % kStripe * (kTile / kStripe) +
               in_tile / kStripe * kTileBlocks + block % kTileBlocks;
    }

  private:
    /// `size` up to the next multiple.
    [[nodiscard]] static constexpr std::size_t tiles(std::size_t size, std::size_t multiple) {
        return (size + multiple - 1) / multiple * multiple;
    }
};

/// The largest e2m1.
inline constexpr float kMostE2m1 = 6;

/// To nearest, ties to even; what is larger becomes the largest.
[[nodiscard]] constexpr std::uint8_t to_e2m1(float value) {
    constexpr std::uint8_t kSign = 8;
    const std::uint8_t sign = value < 0 ? kSign : 0;
    const float size = value < 0 ? -value : value;
    if (size <= 0.25F) return sign;
    if (size < 0.75F) return sign | 1U;
    if (size <= 1.25F) return sign | 2U;
    if (size < 1.75F) return sign | 3U;
    if (size <= 2.5F) return sign | 4U;
    if (size < 3.5F) return sign | 5U;
    return sign | (size <= 5.0F ? 6U : 7U);
}

/// Of the low four bits.
[[nodiscard]] constexpr float from_e2m1(std::uint8_t bits) {
    constexpr unsigned kMantissa = 1;
    const unsigned exponent = bits >> kMantissa & 3U;
    const auto mantissa = static_cast<float>(bits & 1U);
    const float size =
        exponent == 0 ? mantissa / 2 : (1 + mantissa / 2) * static_cast<float>(1U << exponent) / 2;
    return (bits & 8U) == 0 ? size : -size;
}

/// To nearest, ties to even; below 2^-6 ties up. From 448 on it is 448, and nothing but 0 is 0: a
/// block of numbers is never lost.
[[nodiscard]] constexpr std::uint8_t to_ue4m3(float value) {
    constexpr std::uint8_t kMost = 0x7E;
    constexpr float kLeastNormal = 0x1p-6F;
    constexpr float kSteps = 0x1p9F;
    if (!(value > 0)) return 0;
    if (value >= 448) return kMost;
    if (value < kLeastNormal) {
        const auto steps = static_cast<std::uint8_t>(value * kSteps + 0.5F);
        return steps == 0 ? std::uint8_t{1} : steps;
    }
    constexpr unsigned kLost = 20;                    // of fp32's 23 bits of mantissa
    constexpr std::uint32_t kBias = (127 - 7) << 3U;  // between the exponents
    std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    bits += (1U << (kLost - 1)) - 1 + (bits >> kLost & 1U);
    return static_cast<std::uint8_t>((bits >> kLost) - kBias);
}

[[nodiscard]] constexpr float from_ue4m3(std::uint8_t bits) {
    const unsigned exponent = bits >> 3U & 0xFU;
    const auto mantissa = static_cast<float>(bits & 7U);
    if (exponent == 0) return mantissa * 0x1p-9F;
    const float power = std::bit_cast<float>((exponent - 7 + 127) << 23U);
    return (1 + mantissa / 8) * power;
}

}  // namespace rackproof::gpu
