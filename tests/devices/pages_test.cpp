#include "devices/cpu/pages.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "core/error.hpp"
#include "devices/cpu/machine.hpp"

namespace rackproof::cpu {
namespace {

using testing::HasSubstr;

TEST(PagesTest, StartOnAHugePageAndReadAsZeros) {
    for (const std::size_t bytes : {1UL, 4096UL, 5000000UL}) {
        const Pages pages{bytes, "a test's memory"};
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(pages.data()) % (2U << 20U), 0U);
        EXPECT_EQ(pages.bytes(), bytes);
        EXPECT_TRUE(std::all_of(pages.data(), pages.data() + bytes,
                                [](std::byte byte) { return byte == std::byte{0}; }));
    }
}

TEST(PagesTest, CanBeWrittenToTheLastByte) {
    const Pages pages{3000001, "a test's memory"};
    std::fill(pages.data(), pages.data() + pages.bytes(), std::byte{7});
    EXPECT_EQ(pages.data()[3000000], std::byte{7});
}

TEST(PagesTest, Move) {
    Pages first{4096, "a test's memory"};
    first.data()[4095] = std::byte{9};
    const Pages second{std::move(first)};
    EXPECT_EQ(second.data()[4095], std::byte{9});
}

TEST(PagesTest, WhatDoesNotFitIsRefusedByName) {
    const auto available = static_cast<std::size_t>(available_memory_bytes());
    for (const std::size_t bytes :
         {std::size_t{0}, available * 2, std::numeric_limits<std::size_t>::max()}) {
        try {
            const Pages pages{bytes, "the impossible"};
            FAIL() << bytes << " bytes not refused";
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("the impossible"));
        }
    }
}

TEST(PagesTest, MoreOfThemAreUsedUpToWhatWasReserved) {
    Pages pages{4096, 8192, "a test's memory"};
    pages.data()[4095] = std::byte{3};
    pages.use(8192, "a test's memory");
    EXPECT_EQ(pages.bytes(), 8192U);
    EXPECT_EQ(pages.data()[4095], std::byte{3});
    EXPECT_EQ(pages.data()[8191], std::byte{0});
    EXPECT_THROW(pages.use(8193, "a test's memory"), Error);
    EXPECT_THROW(pages.use(0, "a test's memory"), Error);
}

TEST(PagesTest, ReservedOnesNeedNotBeFreeUntilTheyAreUsed) {
    const auto available = static_cast<std::size_t>(available_memory_bytes());
    Pages pages{4096, available * 2, "a test's memory"};
    EXPECT_THROW(pages.use(available * 2, "a test's memory"), Error);
    EXPECT_EQ(pages.bytes(), 4096U);
}

TEST(SparePagesTest, GoToTheNextThatReservesAsMuch) {
    SparePages spare;
    Pages first = spare.take(4096, 8192, "a test's memory");
    const std::byte* const place = first.data();
    spare.keep(std::move(first));
    Pages second = spare.take(8192, 8192, "a test's memory");
    EXPECT_EQ(second.data(), place);
    EXPECT_EQ(second.bytes(), 8192U);
    const Pages meanwhile = spare.take(8192, 8192, "a test's memory");
    EXPECT_NE(meanwhile.data(), place) << "they have one user at a time";
    second.data()[0] = std::byte{5};
    spare.keep(std::move(second));
    const Pages other = spare.take(4096, 4096, "a test's memory");
    EXPECT_EQ(other.data()[0], std::byte{0}) << "those kept were not for it";
}

TEST(SparePagesTest, WhoeverNeedsNoMoreMayTakeThem) {
    SparePages spare;
    Pages first = spare.take(4096, 8192, "a test's memory");
    const std::byte* const place = first.data();
    spare.keep(std::move(first));
    Pages smaller = spare.take_any(5000, "a test's memory");
    EXPECT_EQ(smaller.data(), place);
    EXPECT_EQ(smaller.bytes(), 5000U);
    EXPECT_EQ(smaller.reserved(), 8192U);
    spare.keep(std::move(smaller));
    EXPECT_EQ(spare.take_any(8193, "a test's memory").bytes(), 8193U) << "they were too few";
}

TEST(SparePagesTest, AreGoneWhenDropped) {
    SparePages spare;
    Pages first = spare.take(4096, 4096, "a test's memory");
    first.data()[0] = std::byte{5};
    spare.keep(std::move(first));
    spare.drop();
    EXPECT_EQ(spare.take(4096, 4096, "a test's memory").data()[0], std::byte{0});
}

}  // namespace
}  // namespace rackproof::cpu
