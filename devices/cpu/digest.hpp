#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "devices/cpu/thread_pool.hpp"

namespace rackproof::cpu {

/// 64 bits that depend on every byte and its place, not on the number of threads. Two buffers that
/// differ in one 8-byte word always differ in their digests; others collide by chance, 1 in 2^64.
/// No defence against somebody who wants a collision.
[[nodiscard]] std::uint64_t digest(std::span<const std::byte> bytes, ThreadPool& pool);

/// Sixteen hexadecimal digits.
[[nodiscard]] std::string digest_text(std::uint64_t digest);

}  // namespace rackproof::cpu
