#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace rackproof {

/// Segments of this host's TCP since it came up, over all its connections and interfaces.
struct TcpCounters {
    std::int64_t sent = 0;           ///< the first time or again
    std::int64_t retransmitted = 0;  ///< of these, again
};

/// OutSegs and RetransSegs of `proc`/net/snmp; nullopt if they are not there.
[[nodiscard]] std::optional<TcpCounters> read_tcp_counters(
    const std::filesystem::path& proc = "/proc");

}  // namespace rackproof
