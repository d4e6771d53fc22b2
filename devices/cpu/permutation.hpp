#pragma once

#include <cstdint>

namespace rackproof::cpu {

/// A random permutation of 0 to count - 1 that is computed, not stored: place(i) costs some
/// nanoseconds, so threads can lay a huge one out side by side, and where a walk along it must
/// stand is known without walking. A Feistel network over pairs with cycle walking, as in Black
/// and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002. Nothing secret about it.
class Permutation {
  public:
    /// 1 <= count < 2^62; throws Error otherwise.
    Permutation(std::uint64_t count, std::uint64_t seed);

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] std::uint64_t place(std::uint64_t index) const;  ///< index < count()

  private:
    [[nodiscard]] std::uint64_t shuffled(std::uint64_t index) const;
    std::uint64_t count_;
    std::uint64_t seed_;
    std::uint64_t rows_;
    std::uint64_t columns_;
};

}  // namespace rackproof::cpu
