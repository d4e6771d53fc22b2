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

/// The same by the calling thread alone.
[[nodiscard]] std::uint64_t digest_here(std::span<const std::byte> bytes);

inline constexpr std::size_t kDigestBlockBytes = std::size_t{64} << 10U;

/// The same of bytes that are never all there: block by block, each of kDigestBlockBytes but the
/// last, which may be shorter.
class DigestOfBlocks {
  public:
    void add(std::span<const std::byte> block);
    [[nodiscard]] std::uint64_t value() const;

  private:
    std::uint64_t blocks_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t sum_ = 0;
};

/// Sixteen hexadecimal digits.
[[nodiscard]] std::string digest_text(std::uint64_t digest);

}  // namespace rackproof::cpu
