#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/descriptor.hpp"

namespace rackproof {

/// Where the controller listens: a numeric IPv4 address and a port.
struct Endpoint {
    std::string address;
    std::uint16_t port = 0;
};

/// "127.0.0.1:4711" and back; throws InputError if it is anything else.
[[nodiscard]] std::string to_string(const Endpoint& endpoint);
[[nodiscard]] Endpoint endpoint_from(std::string_view text);

/// A non-blocking listener on `address`, on a port that the system chooses. Throws Error.
[[nodiscard]] Descriptor listen_on(const std::string& address);
[[nodiscard]] Endpoint local_endpoint(const Descriptor& socket);
/// Who is at the other end, for the log; "an unknown peer" if it has gone.
[[nodiscard]] std::string peer_name(const Descriptor& socket);
/// Its address without the port; empty if it has gone.
[[nodiscard]] std::string peer_address(const Descriptor& socket);

/// A connected, non-blocking socket without Nagle's delay; throws Error after `timeout_s`.
[[nodiscard]] Descriptor connect_to(const Endpoint& endpoint, double timeout_s);

/// Marks an accepted socket as connect_to would.
void prepare_connection(const Descriptor& socket);

/// Sends what can be sent now; returns the number of bytes, 0 if it would block, nullopt if the
/// peer is gone. Never raises SIGPIPE.
[[nodiscard]] std::optional<std::size_t> send_some(int socket, std::span<const std::byte> bytes);

/// Messages as frames: a u32 length, little-endian, and so many bytes.
[[nodiscard]] std::vector<std::byte> framed(std::span<const std::byte> message);

inline constexpr std::size_t kStrangerFrameLimit = 4096;  ///< a Hello has some hundred bytes
inline constexpr std::size_t kFrameLimit = std::size_t{64} << 20;

/// Cuts a stream of bytes into frames. Holds no more than what has arrived: a length is a claim.
class FrameReader {
  public:
    explicit FrameReader(std::size_t limit) : limit_{limit} {}
    void set_limit(std::size_t limit) { limit_ = limit; }

    enum class Arrival : std::uint8_t { Some, Nothing, End };
    /// Takes in what the socket has, up to 256 KiB or about the limit, whichever is less. End:
    /// closed or broken.
    Arrival read_from(int socket);
    void take_in(std::span<const std::byte> bytes);

    /// The next whole frame's message. Throws Error at a length over the limit.
    [[nodiscard]] std::optional<std::vector<std::byte>> next();

  private:
    std::size_t limit_;
    std::vector<std::byte> bytes_;
    std::size_t begin_ = 0;  ///< of what is not yet cut
};

}  // namespace rackproof
