#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace rackproof {

/// A number of 128 bits made of what was added, in that order: names what was made of known parts,
/// so that the same parts give the same name. No protection against who wants two alike.
class Fingerprint {
  public:
    void add(std::string_view bytes);

    /// As a UUID of a form of our own (version 8, RFC 9562).
    [[nodiscard]] std::string uuid() const;

  private:
    void mix(std::uint64_t word);

    std::array<std::uint64_t, 2> lanes_{0x243F6A8885A308D3U, 0x13198A2E03707344U};
};

}  // namespace rackproof
