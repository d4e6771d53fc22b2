#include "devices/gpu/nvfp4.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

namespace rackproof::gpu {
namespace {

TEST(E2m1, HasItsEightSizesAndTheirSigns) {
    const float sizes[] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
    for (std::uint8_t bits = 0; bits < 8; ++bits) {
        EXPECT_EQ(from_e2m1(bits), sizes[bits]);
        EXPECT_EQ(from_e2m1(bits | 8U), -sizes[bits]);
        EXPECT_EQ(to_e2m1(sizes[bits]), bits);
        if (bits > 0) {
            EXPECT_EQ(to_e2m1(-sizes[bits]), bits | 8U);
        }
    }
}

TEST(E2m1, RoundsToNearestAndTiesToEven) {
    for (float value = 0; value < 8; value += 1.0F / 64) {
        const std::uint8_t bits = to_e2m1(value);
        const float off = std::abs(from_e2m1(bits) - std::min(value, kMostE2m1));
        for (std::uint8_t other = 0; other < 8; ++other) {
            const float others = std::abs(from_e2m1(other) - std::min(value, kMostE2m1));
            EXPECT_LE(off, others) << value;
            if (off == others && other != bits) {
                EXPECT_EQ(bits % 2, 0) << value << " is a tie";
            }
        }
    }
    EXPECT_EQ(from_e2m1(to_e2m1(1e30F)), kMostE2m1);
}

TEST(Ue4m3, EveryCodeComesBack) {
    for (unsigned bits = 0; bits <= 0x7E; ++bits) {
        const auto code = static_cast<std::uint8_t>(bits);
        EXPECT_EQ(to_ue4m3(from_ue4m3(code)), code) << bits;
        if (bits > 0) {
            EXPECT_GT(from_ue4m3(code), from_ue4m3(static_cast<std::uint8_t>(bits - 1)));
        }
    }
    EXPECT_EQ(from_ue4m3(0x7E), 448);
    EXPECT_EQ(from_ue4m3(0x38), 1);
}

TEST(Ue4m3, RoundsToTheNearestAndNothingButZeroIsZero) {
    for (float value = 0x1p-6F; value < 448; value *= 1.01F) {
        const float found = from_ue4m3(to_ue4m3(value));
        EXPECT_LE(std::abs(found - value), value / 16) << value;
    }
    EXPECT_EQ(from_ue4m3(to_ue4m3(1.0625F)), 1.0F) << "a tie goes to even";
    EXPECT_EQ(from_ue4m3(to_ue4m3(1.1875F)), 1.25F);
    EXPECT_EQ(to_ue4m3(1e9F), 0x7E);
    EXPECT_EQ(to_ue4m3(1e-30F), 1);
    EXPECT_EQ(to_ue4m3(0), 0);
    EXPECT_EQ(to_ue4m3(std::nanf("")), 0);
}

/// The corners of a tile as cuBLASLt's manual draws them.
TEST(Nvfp4Layout, PutsScalesWhereTheManualDoes) {
    const Nvfp4Layout layout{.vectors = 256, .length = 128};
    EXPECT_EQ(layout.scale_place(0, 0), 0U);
    EXPECT_EQ(layout.scale_place(0, 3), 3U);
    EXPECT_EQ(layout.scale_place(32, 0), 4U);
    EXPECT_EQ(layout.scale_place(96, 3), 15U);
    EXPECT_EQ(layout.scale_place(1, 0), 16U);
    EXPECT_EQ(layout.scale_place(127, 3), 511U);
    EXPECT_EQ(layout.scale_place(0, 4), 512U) << "the next tile along k";
    EXPECT_EQ(layout.scale_place(128, 0), 1024U) << "and the next vectors after the last of those";
}

TEST(Nvfp4Layout, HasAPlaceOfItsOwnForEachScale) {
    for (const auto& [vectors, length] : {std::pair{1U, 16U}, {130U, 80U}, {256U, 512U}}) {
        const Nvfp4Layout layout{.vectors = vectors, .length = length};
        std::set<std::size_t> places;
        for (std::size_t vector = 0; vector < vectors; ++vector) {
            for (std::size_t block = 0; block < layout.blocks(); ++block) {
                places.insert(layout.scale_place(vector, block));
            }
        }
        EXPECT_EQ(places.size(), vectors * layout.blocks());
        EXPECT_LT(*places.rbegin(), layout.scale_bytes());
        EXPECT_EQ(layout.scale_bytes() % Nvfp4Layout::kTile, 0U);
        EXPECT_EQ(layout.scales_at() % Nvfp4Layout::kTile, 0U) << "aligned";
        EXPECT_GE(layout.scales_at(), vectors * length / 2);
        EXPECT_EQ(layout.bytes(), layout.scales_at() + layout.scale_bytes());
    }
}

}  // namespace
}  // namespace rackproof::gpu
