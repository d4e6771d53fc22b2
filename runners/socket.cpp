#include "runners/socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "core/clock.hpp"
#include "core/error.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kReadAtOnce = 256 * 1024;

sockaddr_in socket_address(const Endpoint& endpoint) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    if (::inet_pton(AF_INET, endpoint.address.c_str(), &address.sin_addr) != 1) {
        throw InputError{"'" + endpoint.address + "' is no numeric IPv4 address"};
    }
    return address;
}

Endpoint endpoint_of(const sockaddr_in& address) {
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    return {text.data(), ntohs(address.sin_port)};
}

const sockaddr* generic(const sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

std::optional<Endpoint> peer_of(const Descriptor& socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return std::nullopt;
    }
    return endpoint_of(address);
}

Descriptor new_socket() {
    Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!socket) throw system_error("open a socket", errno);
    return socket;
}

}  // namespace

std::string to_string(const Endpoint& endpoint) {
    return endpoint.address + ":" + std::to_string(endpoint.port);
}

Endpoint endpoint_from(std::string_view text) {
    Endpoint endpoint;
    const std::size_t colon = text.rfind(':');
    const std::string problem =
        "'" + std::string{text} + "' is no endpoint: expected ADDRESS:PORT, like 127.0.0.1:4711";
    if (colon == std::string_view::npos) throw InputError{problem};
    endpoint.address = text.substr(0, colon);
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, endpoint.port);
    if (error != std::errc{} || rest != end || endpoint.port == 0) throw InputError{problem};
    (void)socket_address(endpoint);
    return endpoint;
}

Descriptor listen_on(const std::string& address) {
    Descriptor socket = new_socket();
    const sockaddr_in any_port = socket_address({address, 0});
    if (::bind(socket.get(), generic(any_port), sizeof any_port) != 0 ||
        ::listen(socket.get(), SOMAXCONN) != 0) {
        throw system_error("listen on " + address, errno);
    }
    return socket;
}

Endpoint local_endpoint(const Descriptor& socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw system_error("ask for a socket's own address", errno);
    }
    return endpoint_of(address);
}

std::string peer_name(const Descriptor& socket) {
    const std::optional<Endpoint> peer = peer_of(socket);
    return peer ? to_string(*peer) : "an unknown peer";
}

std::string peer_address(const Descriptor& socket) {
    const std::optional<Endpoint> peer = peer_of(socket);
    return peer ? peer->address : "";
}

void prepare_connection(const Descriptor& socket) {
    const int on = 1;
    (void)::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int flags = ::fcntl(socket.get(), F_GETFL);
    if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
        throw system_error("make a socket non-blocking", errno);
    }
}

Descriptor connect_to(const Endpoint& endpoint, double timeout_s) {
    const std::string attempted = "connect to " + to_string(endpoint);
    const sockaddr_in address = socket_address(endpoint);
    Descriptor socket = new_socket();
    if (::connect(socket.get(), generic(address), sizeof address) != 0) {
        if (errno != EINPROGRESS) throw system_error(attempted, errno);
        pollfd ready{socket.get(), POLLOUT, 0};
        const int count = ::poll(&ready, 1, static_cast<int>(timeout_s * 1000));
        if (count == 0) throw Error{attempted, "no answer in time"};
        int error = count < 0 ? errno : 0;
        socklen_t size = sizeof error;
        if (count > 0) (void)::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) throw system_error(attempted, error);
    }
    prepare_connection(socket);
    return socket;
}

std::optional<std::size_t> send_some(int socket, std::span<const std::byte> bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const ssize_t count =
            ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count >= 0) {
            sent += static_cast<std::size_t>(count);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            break;
        } else if (errno != EINTR) {
            return std::nullopt;
        }
    }
    return sent;
}

std::vector<std::byte> framed(std::span<const std::byte> message) {
    if (message.size() > kFrameLimit) throw Error{"send a message", "larger than 64 MiB"};
    const auto length = static_cast<std::uint32_t>(message.size());
    std::vector<std::byte> frame(sizeof length + message.size());
    std::memcpy(frame.data(), &length, sizeof length);
    if (!message.empty()) {
        std::memcpy(frame.data() + sizeof length, message.data(), message.size());
    }
    return frame;
}

void FrameReader::take_in(std::span<const std::byte> bytes) {
    if (begin_ > 0) {
        bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin_));
        begin_ = 0;
    }
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

FrameReader::Arrival FrameReader::read_from(int socket) {
    std::array<std::byte, 16 * 1024> piece;
    const std::size_t most = std::min(kReadAtOnce, limit_ + sizeof(std::uint32_t));
    std::size_t total = 0;
    while (total < most) {
        const ssize_t count =
            ::recv(socket, piece.data(), std::min(piece.size(), most - total), MSG_DONTWAIT);
        if (count > 0) {
            take_in(std::span{piece}.first(static_cast<std::size_t>(count)));
            total += static_cast<std::size_t>(count);
        } else if (count < 0 && errno == EINTR) {
            continue;
        } else if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            break;
        } else {
            // What came before the end is handed out first; the next call says End again.
            return total > 0 ? Arrival::Some : Arrival::End;
        }
    }
    return total > 0 ? Arrival::Some : Arrival::Nothing;
}

std::optional<std::vector<std::byte>> FrameReader::next() {
    std::uint32_t length = 0;
    const std::size_t held = bytes_.size() - begin_;
    if (held < sizeof length) return std::nullopt;
    std::memcpy(&length, bytes_.data() + begin_, sizeof length);
    if (length > limit_) {
        throw Error{"read a message", "it claims " + std::to_string(length) +
                                          " bytes; the limit is " + std::to_string(limit_)};
    }
    if (held - sizeof length < length) return std::nullopt;
    const auto first = bytes_.begin() + static_cast<std::ptrdiff_t>(begin_ + sizeof length);
    std::vector<std::byte> message{first, first + length};
    begin_ += sizeof length + length;
    return message;
}

}  // namespace rackproof
