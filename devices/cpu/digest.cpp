#include "devices/cpu/digest.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string_view>
#include <vector>

namespace rackproof::cpu {
namespace {

constexpr std::size_t kLanes = 8;
constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15U;

/// A bijection of 64 bits (the finaliser of SplitMix64).
std::uint64_t mixed(std::uint64_t z) {
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

/// Every step is a bijection of the lane for a given word and of the word for a given lane, so a
/// change of one word always reaches the end.
std::uint64_t step(std::uint64_t lane, std::uint64_t word) {
    return std::rotl((lane ^ word) * kOdd, 29);
}

std::uint64_t block_digest(std::span<const std::byte> block, std::uint64_t index) {
    std::array<std::uint64_t, kLanes> lanes{};
    for (std::size_t lane = 0; lane < kLanes; ++lane)
        lanes[lane] = mixed(index + kOdd * (lane + 1));
    std::array<std::uint64_t, kLanes> words{};
    for (; block.size() >= sizeof words; block = block.subspan(sizeof words)) {
        std::memcpy(words.data(), block.data(), sizeof words);
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            lanes[lane] = step(lanes[lane], words[lane]);
    }
    words.fill(block.size());  // a tail of zeros is not the same as none
    if (!block.empty()) std::memcpy(words.data(), block.data(), block.size());
    std::uint64_t total = index;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        total = mixed(total ^ step(lanes[lane], words[lane]));
    }
    return total;
}

}  // namespace

std::uint64_t digest(std::span<const std::byte> bytes, ThreadPool& pool) {
    struct alignas(64) Sum {
        std::uint64_t value = 0;
    };
    std::vector<Sum> sums(static_cast<std::size_t>(pool.size()));
    pool.run([&](int thread) {
        const ItemRange own = share_of(bytes.size(), kDigestBlockBytes, pool.size(), thread);
        std::uint64_t sum = 0;
        for (std::size_t begin = own.begin; begin < own.end; begin += kDigestBlockBytes) {
            const std::size_t size = std::min(kDigestBlockBytes, own.end - begin);
            sum += block_digest(bytes.subspan(begin, size), begin / kDigestBlockBytes);
        }
        sums[static_cast<std::size_t>(thread)].value = sum;
    });
    std::uint64_t total = bytes.size();
    for (const Sum& sum : sums) total += sum.value;
    return mixed(total);
}

void DigestOfBlocks::add(std::span<const std::byte> block) {
    sum_ += block_digest(block, blocks_++);
    bytes_ += block.size();
}

std::uint64_t DigestOfBlocks::value() const { return mixed(bytes_ + sum_); }

std::uint64_t digest_here(std::span<const std::byte> bytes) {
    DigestOfBlocks whole;
    for (std::size_t begin = 0; begin < bytes.size(); begin += kDigestBlockBytes) {
        whole.add(bytes.subspan(begin, std::min(kDigestBlockBytes, bytes.size() - begin)));
    }
    return whole.value();
}

std::string digest_text(std::uint64_t digest) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text(16, '0');
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, digest >>= 4U) {
        *digit = kDigits[digest & 0xFU];
    }
    return text;
}

}  // namespace rackproof::cpu
