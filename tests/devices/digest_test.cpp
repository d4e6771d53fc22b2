#include "devices/cpu/digest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "devices/cpu/affinity.hpp"

namespace rackproof::cpu {
namespace {

std::vector<int> cores(std::size_t count) {
    return std::vector<int>(count, this_thread_cores().front());
}

std::vector<std::byte> random_bytes(std::size_t count, std::uint32_t seed) {
    std::mt19937 random{seed};
    std::vector<std::byte> bytes(count);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    return bytes;
}

TEST(DigestTest, DoesNotDependOnTheThreads) {
    ThreadPool one{cores(1)};
    ThreadPool three{cores(3)};
    for (const std::size_t count : {0, 1, 63, 64, 65, 65536, 65537, 500000}) {
        const auto bytes = random_bytes(count, 1);
        EXPECT_EQ(digest(bytes, one), digest(bytes, three)) << count;
    }
}

TEST(DigestTest, IsTheSameByOneThreadAndBlockByBlock) {
    ThreadPool pool{cores(2)};
    for (const std::size_t count : {0, 1, 65536, 65537, 500000}) {
        const auto bytes = random_bytes(count, 1);
        EXPECT_EQ(digest_here(bytes), digest(bytes, pool)) << count;
        DigestOfBlocks blocks;
        for (std::size_t begin = 0; begin < count; begin += kDigestBlockBytes) {
            blocks.add(std::span{bytes}.subspan(begin, std::min(kDigestBlockBytes, count - begin)));
        }
        EXPECT_EQ(blocks.value(), digest(bytes, pool)) << count;
    }
}

TEST(DigestTest, EverySingleBitCounts) {
    ThreadPool pool{cores(2)};
    auto bytes = random_bytes(200000, 2);
    const std::uint64_t whole = digest(bytes, pool);
    std::mt19937 random{3};
    for (int trial = 0; trial < 1000; ++trial) {
        const std::size_t place = random() % bytes.size();
        const auto bit = static_cast<std::byte>(1U << (random() % 8));
        bytes[place] ^= bit;
        EXPECT_NE(digest(bytes, pool), whole) << place;
        bytes[place] ^= bit;
    }
    EXPECT_EQ(digest(bytes, pool), whole);
}

TEST(DigestTest, PlacesCount) {
    ThreadPool pool{cores(2)};
    const auto bytes = random_bytes(4 * 65536, 4);
    const std::uint64_t whole = digest(bytes, pool);
    auto blocks_swapped = bytes;
    std::swap_ranges(blocks_swapped.begin(), blocks_swapped.begin() + 65536,
                     blocks_swapped.begin() + 65536);
    EXPECT_NE(digest(blocks_swapped, pool), whole);
    auto words_swapped = bytes;
    std::swap_ranges(words_swapped.begin(), words_swapped.begin() + 8, words_swapped.begin() + 64);
    EXPECT_NE(digest(words_swapped, pool), whole);
}

TEST(DigestTest, ZerosOfEveryLengthDiffer) {
    ThreadPool pool{cores(1)};
    std::set<std::uint64_t> seen;
    for (std::size_t count = 0; count < 300; ++count) {
        seen.insert(digest(std::vector<std::byte>(count), pool));
    }
    EXPECT_EQ(seen.size(), 300U);
}

TEST(DigestTest, TextIsSixteenDigits) {
    EXPECT_EQ(digest_text(0), "0000000000000000");
    EXPECT_EQ(digest_text(0x0123456789ABCDEFU), "0123456789abcdef");
}

}  // namespace
}  // namespace rackproof::cpu
