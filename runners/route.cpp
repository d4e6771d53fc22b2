#include "runners/route.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <bit>
#include <charconv>
#include <set>

#include "core/descriptor.hpp"
#include "core/error.hpp"
#include "core/owner.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostAsked = 32;
constexpr std::uint16_t kAnyPort = 9;  // discard; nothing is sent
constexpr std::uint32_t kLoopbackNetwork = 127;

struct AddressListTraits {
    using Handle = addrinfo*;
    static constexpr Handle kNull = nullptr;
    static void close(Handle handle) noexcept { ::freeaddrinfo(handle); }
};
struct InterfaceListTraits {
    using Handle = ifaddrs*;
    static constexpr Handle kNull = nullptr;
    static void close(Handle handle) noexcept { ::freeifaddrs(handle); }
};

std::string text_of(in_addr address) {
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &address, text.data(), text.size());
    return text.data();
}

bool is_loopback(in_addr address) { return ntohl(address.s_addr) >> 24 == kLoopbackNetwork; }

/// Our end of the way there, which the kernel's routes give; nullopt if there is no way.
std::optional<in_addr> own_end(sockaddr_in there) {
    there.sin_port = htons(kAnyPort);
    const Descriptor socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_in here{};
    socklen_t size = sizeof here;
    if (!socket ||
        ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0 ||
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&here), &size) != 0) {
        return std::nullopt;
    }
    return here.sin_addr;
}

/// Of the host's first IPv4 address; else `problem` says why not.
std::optional<in_addr> own_end_towards(const std::string& host, std::string& problem) {
    addrinfo wanted{};
    wanted.ai_family = AF_INET;
    wanted.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    const int result = ::getaddrinfo(host.c_str(), nullptr, &wanted, &found);
    const Owner<AddressListTraits> owner{found};
    if (result != 0 || found == nullptr) {
        problem = host + ": " + ::gai_strerror(result);
        return std::nullopt;
    }
    const auto end = own_end(*reinterpret_cast<const sockaddr_in*>(found->ai_addr));
    if (!end) problem = host + ": no route to it";
    return end;
}

}  // namespace

std::string address_towards(const std::vector<std::string>& hosts) {
    std::string problem;
    bool self = false;
    for (std::size_t i = 0; i < std::min(hosts.size(), kMostAsked); ++i) {
        std::string why;
        const std::optional<in_addr> end = own_end_towards(hosts[i], why);
        if (!end && problem.empty()) problem = why;
        if (end && !is_loopback(*end)) return text_of(*end);
        self = self || end;
    }
    if (self) return "127.0.0.1";
    throw InputError{
        "no host of the fleet can be resolved, so that it is not known on which "
        "address to listen (" +
        problem + "); expected host names that this machine knows, or --listen"};
}

std::optional<std::vector<std::string>> interfaces_in(const std::string& network) {
    constexpr int kAddressBits = 32;
    const std::size_t slash = network.find('/');
    in_addr base{};
    int bits = -1;
    if (slash == std::string::npos ||
        ::inet_pton(AF_INET, network.substr(0, slash).c_str(), &base) != 1)
        return std::nullopt;
    const char* const end = network.data() + network.size();
    const auto [rest, error] = std::from_chars(network.data() + slash + 1, end, bits);
    if (error != std::errc{} || rest != end || bits < 0 || bits > kAddressBits) return std::nullopt;
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return std::nullopt;
    const Owner<InterfaceListTraits> owner{first};
    const std::uint64_t host_part = (std::uint64_t{1} << (kAddressBits - bits)) - 1;
    std::set<std::string> names;
    for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
        const in_addr own = reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr;
        const std::uint64_t differs = ntohl(own.s_addr) ^ ntohl(base.s_addr);
        if (differs <= host_part) names.insert(one->ifa_name);
    }
    return std::vector<std::string>(names.begin(), names.end());
}

std::optional<Interface> interface_of(const std::string& address) {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return std::nullopt;
    const Owner<InterfaceListTraits> owner{first};
    for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr || one->ifa_netmask == nullptr ||
            one->ifa_addr->sa_family != AF_INET) {
            continue;
        }
        const in_addr own = reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr;
        if (text_of(own) != address) continue;
        const in_addr mask = reinterpret_cast<const sockaddr_in*>(one->ifa_netmask)->sin_addr;
        const in_addr network{own.s_addr & mask.s_addr};
        return Interface{one->ifa_name,
                         text_of(network) + "/" + std::to_string(std::popcount(mask.s_addr))};
    }
    return std::nullopt;
}

}  // namespace rackproof
