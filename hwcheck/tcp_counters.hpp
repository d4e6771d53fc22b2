#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace rackproof {

/// Segments of this host's TCP since it came up, over all its connections and interfaces.
struct TcpCounters {
    std::int64_t sent = 0;           ///< the first time or again
    std::int64_t retransmitted = 0;  ///< of these, again
    /// Of those sent again: the receiver said that it had them already (DSACK, RFC 2883), so that
    /// they were not lost, but late, or their acknowledgement was.
    std::int64_t needless = 0;
};

/// OutSegs and RetransSegs of `proc`/net/snmp, and TCPDSACKRecvSegs of `proc`/net/netstat (in
/// older kernels TCPDSACKRecv, which counts reports, not segments); nullopt if they are not there.
[[nodiscard]] std::optional<TcpCounters> read_tcp_counters(
    const std::filesystem::path& proc = "/proc");

}  // namespace rackproof
