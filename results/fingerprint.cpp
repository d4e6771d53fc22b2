#include "results/fingerprint.hpp"

#include <fmt/core.h>

#include <bit>
#include <cstring>

namespace rackproof {
namespace {

/// The finalizer of MurmurHash3 (A. Appleby): each bit of `word` touches every bit of the result.
std::uint64_t scattered(std::uint64_t word) {
    word ^= word >> 33U;
    word *= 0xFF51AFD7ED558CCDU;
    word ^= word >> 33U;
    word *= 0xC4CEB9FE1A85EC53U;
    return word ^ (word >> 33U);
}

}  // namespace

void Fingerprint::mix(std::uint64_t word) {
    lanes_[0] = (std::rotl(lanes_[0], 29) ^ word) * 0x9E3779B97F4A7C15U;
    lanes_[1] = (std::rotl(lanes_[1], 31) + word) * 0xD6E8FEB86659FD93U;
}

void Fingerprint::add(std::string_view bytes) {
    const std::size_t length = bytes.size();
    std::uint64_t word = 0;
    for (; bytes.size() >= sizeof word; bytes.remove_prefix(sizeof word)) {
        std::memcpy(&word, bytes.data(), sizeof word);
        mix(word);
    }
    word = 0;
    std::memcpy(&word, bytes.data(), bytes.size());
    mix(word);
    mix(length);
}

std::string Fingerprint::uuid() const {
    const std::uint64_t high = scattered(lanes_[0] ^ scattered(lanes_[1]));
    const std::uint64_t low = scattered(lanes_[1] + high);
    return fmt::format("{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}", high >> 32U, (high >> 16U) & 0xFFFFU,
                       high & 0xFFFU, 0x8000U | ((low >> 48U) & 0x3FFFU), low & 0xFFFFFFFFFFFFU);
}

}  // namespace rackproof
