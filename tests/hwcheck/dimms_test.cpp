#include "hwcheck/linux/dimms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rackproof {
namespace {

using Bytes = std::vector<unsigned char>;

void put(Bytes& bytes, std::size_t offset, std::uint64_t value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) {
        bytes.at(offset + i) = static_cast<unsigned char>(value >> (8 * i));
    }
}

/// A memory device of SMBIOS 3.6 with six texts.
Bytes memory_device(std::uint64_t size, std::uint64_t extended) {
    Bytes bytes(0x5C, 0);
    bytes[0] = 17;
    bytes[1] = 0x5C;
    put(bytes, 0x0C, size, 2);
    bytes[0x10] = 1;
    put(bytes, 0x15, 4800, 2);
    bytes[0x17] = 2;
    bytes[0x18] = 3;
    bytes[0x1A] = 4;
    put(bytes, 0x1C, extended, 4);
    put(bytes, 0x20, 4400, 2);
    for (const char* text : {"P0 CHANNEL A", "Samsung", "S123", "M321R8GA0BB0  "}) {
        for (const char* c = text; *c != '\0'; ++c) bytes.push_back(static_cast<unsigned char>(*c));
        bytes.push_back(0);
    }
    bytes.push_back(0);
    return bytes;
}

TEST(Dimms, AreReadFromTheFirmwaresTable) {
    const std::vector<Dimm> dimms = dimms_in(memory_device(16384, 0));
    ASSERT_EQ(dimms.size(), 1U);
    EXPECT_EQ(dimms[0].place, "P0 CHANNEL A");
    EXPECT_EQ(dimms[0].size_bytes, 16ULL << 30U);
    EXPECT_EQ(dimms[0].speed_mt_per_s, 4800U);
    EXPECT_EQ(dimms[0].configured_mt_per_s, 4400U);
    EXPECT_EQ(dimms[0].manufacturer, "Samsung");
    EXPECT_EQ(dimms[0].serial, "S123");
    EXPECT_EQ(dimms[0].part_number, "M321R8GA0BB0") << "without the firmware's padding";
}

TEST(Dimms, OfMoreThan32GiBStandInTheExtendedField) {
    EXPECT_EQ(dimms_in(memory_device(0x7FFF, 131072)).at(0).size_bytes, 128ULL << 30U);
}

TEST(Dimms, OfAnEmptyOrUnknownSocketHaveNoSize) {
    EXPECT_EQ(dimms_in(memory_device(0, 0)).at(0).size_bytes, 0U);
    EXPECT_EQ(dimms_in(memory_device(0xFFFF, 0)).at(0).size_bytes, 0U);
}

TEST(Dimms, InATableThatIsCutOffAreThoseBeforeTheCut) {
    Bytes two = memory_device(16384, 0);
    const std::size_t first = two.size();
    const Bytes second = memory_device(8192, 0);
    two.insert(two.end(), second.begin(), second.end());
    ASSERT_EQ(dimms_in(two).size(), 2U);
    for (std::size_t length = 0; length < two.size(); ++length) {
        const std::size_t whole = length < first ? 0 : 1;
        EXPECT_EQ(dimms_in(std::span{two}.first(length)).size(), whole) << length;
    }
}

TEST(Dimms, OfAStructureShorterThanItsHeaderAreNone) {
    EXPECT_TRUE(dimms_in(Bytes{17, 0, 0, 0, 0, 0}).empty());
    EXPECT_TRUE(dimms_in(Bytes{17, 3, 0, 0, 0, 0}).empty());
}

}  // namespace
}  // namespace rackproof
