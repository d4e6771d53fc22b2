#include "runners/device_claim.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <fstream>
#include <thread>

#include "core/clock.hpp"
#include "core/error.hpp"

namespace rackproof {
namespace {

constexpr double kPause_s = 0.05;

struct AbstractAddress {
    sockaddr_un address{};
    socklen_t size = 0;
};

AbstractAddress address_of(const std::string& run, std::int32_t device_index) {
    const std::string name = "rackproof " + run + " device " + std::to_string(device_index);
    AbstractAddress made;
    made.address.sun_family = AF_UNIX;
    // The first byte stays 0: that is what makes it abstract.
    const std::size_t length = std::min(name.size(), sizeof made.address.sun_path - 1);
    std::copy_n(name.begin(), length, made.address.sun_path + 1);
    made.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + length);
    return made;
}

Descriptor new_socket() {
    Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket) throw system_error("claim a device", errno);
    return socket;
}

const sockaddr* generic(const AbstractAddress& address) {
    return reinterpret_cast<const sockaddr*>(&address.address);
}

/// The state of a process as the kernel has it: "D" for one that cannot be killed now.
std::string state_of(pid_t pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
    std::string line;
    std::getline(file, line);
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos || name_end + 2 >= line.size()) return "unknown";
    return line.substr(name_end + 2, 1);
}

/// Who listens there: the kernel tells whoever connects.
std::string holder_of(const AbstractAddress& address) {
    const Descriptor socket = new_socket();
    ucred holder{};
    socklen_t size = sizeof holder;
    if (::connect(socket.get(), generic(address), address.size) != 0 ||
        ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &holder, &size) != 0) {
        return "a process that cannot be named";
    }
    return "process " + std::to_string(holder.pid) + " (state " + state_of(holder.pid) + ")";
}

}  // namespace

DeviceClaim::DeviceClaim(const std::string& run, std::int32_t device_index, double patience_s) {
    const AbstractAddress address = address_of(run, device_index);
    const auto start = SteadyClock::now();
    while (true) {
        socket_ = new_socket();
        if (::bind(socket_.get(), generic(address), address.size) == 0) break;
        if (errno != EADDRINUSE) throw system_error("claim a device", errno);
        if (seconds_since(start) > patience_s) {
            throw Error{"claim device " + std::to_string(device_index) + " of this host",
                        holder_of(address) + " of an earlier job still has it"};
        }
        std::this_thread::sleep_for(seconds(kPause_s));
    }
    if (::listen(socket_.get(), 1) != 0) throw system_error("claim a device", errno);
}

}  // namespace rackproof
