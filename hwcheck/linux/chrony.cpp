#include "hwcheck/linux/chrony.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <random>

#include "core/descriptor.hpp"
#include "core/error.hpp"

namespace rackproof {
namespace {

// Offsets in the packets of chrony's candm.h, whose numbers are big-endian.
constexpr std::byte kVersion{6};
constexpr std::byte kRequest{1};
constexpr std::byte kReply{2};
constexpr std::uint16_t kTracking = 33;
constexpr std::uint16_t kTrackingReply = 5;
constexpr std::size_t kRequestSequence = 8;
constexpr std::size_t kReplySequence = 16;
constexpr std::size_t kReplyData = 28;
constexpr std::size_t kReplySize = kReplyData + 76;
constexpr int kPatience_ms = 250;

std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t at, std::size_t size) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < size; ++i) {
        number = number << 8U | std::to_integer<std::uint32_t>(bytes[at + i]);
    }
    return number;
}

void put(std::span<std::byte> bytes, std::size_t at, std::size_t size, std::uint32_t number) {
    for (std::size_t i = size; i-- > 0; number >>= 8U) {
        bytes[at + i] = static_cast<std::byte>(number & 0xFFU);
    }
}

/// An exponent of 7 bits and a coefficient of 25, both signed.
double float_at(std::span<const std::byte> bytes, std::size_t at) {
    constexpr int kCoefficientBits = 25;
    const auto bits = static_cast<std::int32_t>(number_at(bytes, at, 4));
    const int exponent = bits >> kCoefficientBits;
    const std::int32_t coefficient =
        static_cast<std::int32_t>(static_cast<std::uint32_t>(bits) << 7U) >> 7;
    return std::ldexp(coefficient, exponent - kCoefficientBits);
}

/// As long as the answer: chronyd sends none that is longer than what it was asked.
std::array<std::byte, kReplySize> question(std::uint32_t sequence) {
    std::array<std::byte, kReplySize> packet{};
    packet[0] = kVersion;
    packet[1] = kRequest;
    put(packet, 4, 2, kTracking);
    put(packet, kRequestSequence, 4, sequence);
    return packet;
}

ChronyAnswer none(std::string why) { return {{}, std::move(why)}; }

}  // namespace

double ChronyTracking::error_bound_s() const {
    return std::abs(offset_s) + root_dispersion_s + root_delay_s / 2;
}

ChronyAnswer chrony_answer(std::span<const std::byte> packet, std::uint32_t sequence) {
    constexpr std::uint32_t kNotSynchronised = 3;
    constexpr std::uint32_t kMostStratum = 16;
    if (packet.size() < kReplySize || packet[0] != kVersion || packet[1] != kReply) {
        return none("its answer is not of chrony's protocol, version 6");
    }
    if (number_at(packet, kReplySequence, 4) != sequence)
        return none("it answers another question");
    if (number_at(packet, 4, 2) != kTracking || number_at(packet, 6, 2) != kTrackingReply ||
        number_at(packet, 8, 2) != 0) {
        return none("it refuses to answer (status " + std::to_string(number_at(packet, 8, 2)) +
                    ")");
    }
    const std::span<const std::byte> data = packet.subspan(kReplyData);
    const std::uint32_t stratum = number_at(data, 24, 2);
    if (stratum > kMostStratum) return none("its stratum cannot be");
    ChronyTracking tracking;
    tracking.stratum = static_cast<int>(stratum);
    tracking.is_synchronised = number_at(data, 26, 2) != kNotSynchronised;
    tracking.offset_s = 0 - float_at(data, 40);  // its word is the correction
    tracking.rms_offset_s = float_at(data, 48);
    tracking.root_delay_s = float_at(data, 64);
    tracking.root_dispersion_s = float_at(data, 68);
    return {tracking, ""};
}

ChronyAnswer ask_chrony(std::uint16_t port) {
    const Descriptor channel{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // Connected: what another port sends does not arrive.
    if (channel.get() < 0 ||
        ::connect(channel.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
        return none(errno_text(errno));
    }
    const std::uint32_t sequence = std::random_device{}();
    const auto packet = question(sequence);
    if (::send(channel.get(), packet.data(), packet.size(), MSG_NOSIGNAL) < 0) {
        return none(errno_text(errno));
    }
    pollfd ready{channel.get(), POLLIN, 0};
    if (::poll(&ready, 1, kPatience_ms) <= 0) return none("no chronyd answers");
    std::array<std::byte, 512> bytes{};
    const ssize_t size = ::recv(channel.get(), bytes.data(), bytes.size(), 0);
    if (size < 0) return none(errno == ECONNREFUSED ? "no chronyd answers" : errno_text(errno));
    return chrony_answer(std::span{bytes}.first(static_cast<std::size_t>(size)), sequence);
}

}  // namespace rackproof
