#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace rackproof {

/// `size` bytes that nobody can guess.
[[nodiscard]] std::string random_bytes(std::size_t size);

/// A random UUID, version 4 (RFC 4122), in lower case.
[[nodiscard]] std::string random_uuid();

/// What the controller and its workers share in one run, and nobody else has: 32 random bytes.
/// Travels in the environment only, never on a command line.
class Secret {
  public:
    [[nodiscard]] static Secret random();

    /// Throws InputError if `hex` is not 64 hexadecimal digits; says nothing of what it was.
    [[nodiscard]] static Secret from_hex(std::string_view hex);

    [[nodiscard]] std::string hex() const;

    /// HMAC-SHA512-256 of `text` under this secret; 32 bytes.
    [[nodiscard]] std::string proof(std::string_view text) const;

    /// True if `claimed` is proof(text); takes the same time whatever differs.
    [[nodiscard]] bool proves(std::string_view claimed, std::string_view text) const;

  private:
    Secret() = default;
    std::array<unsigned char, 32> bytes_{};
};

}  // namespace rackproof
