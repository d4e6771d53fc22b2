#pragma once

#include <optional>
#include <string>
#include <vector>

namespace rackproof {

/// Our own address, numeric IPv4, on the way to the first of `hosts` that can be resolved and is
/// not this machine; 127.0.0.1 if all that can be resolved are this machine. Nothing is sent.
/// Asks for 32 hosts at the most. Throws InputError, with the resolver's words, if there is none.
[[nodiscard]] std::string address_towards(const std::vector<std::string>& hosts);

/// An interface of this machine.
struct Interface {
    std::string name;     ///< "eth0"
    std::string network;  ///< "10.77.0.0/16"
};

/// The one that has this numeric IPv4 address; nullopt if none has.
[[nodiscard]] std::optional<Interface> interface_of(const std::string& address);

/// The names, each once, of this machine's interfaces with an address in this IPv4 network,
/// "10.77.0.0/16"; nullopt if the text is no such network.
[[nodiscard]] std::optional<std::vector<std::string>> interfaces_in(const std::string& network);

}  // namespace rackproof
