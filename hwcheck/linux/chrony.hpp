#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace rackproof {

/// What chronyd knows of the node's clock ("tracking", chronyc(1)). Seconds.
struct ChronyTracking {
    int stratum = 0;
    bool is_synchronised = false;
    double offset_s = 0;  ///< how far the clock is ahead of NTP's time; negative: behind
    double rms_offset_s = 0;
    double root_delay_s = 0;
    double root_dispersion_s = 0;

    /// How wrong the clock may be at the most, if its servers are right (chronyc(1)).
    [[nodiscard]] double error_bound_s() const;
};

struct ChronyAnswer {
    std::optional<ChronyTracking> tracking;
    std::string why_not;  ///< where there is none
};

inline constexpr std::uint16_t kChronyPort = 323;

/// Asks the chronyd of this machine over the loopback, which it answers to anybody
/// (chrony.conf(5), cmdport); waits for a quarter of a second at the most.
[[nodiscard]] ChronyAnswer ask_chrony(std::uint16_t port = kChronyPort);

/// One packet of its answers (protocol version 6; candm.h of chrony, RPY_Tracking) to the question
/// with that number. Whatever else the bytes are is said, and never a number.
[[nodiscard]] ChronyAnswer chrony_answer(std::span<const std::byte> packet, std::uint32_t sequence);

}  // namespace rackproof
