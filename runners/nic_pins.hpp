#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hwcheck/nics.hpp"

namespace rackproof {

/// What a rank's environment says of the network cards that a library may use.
struct NicPin {
    std::string variable;
    std::string value;
    bool is_ours = false;  ///< rackproof's launcher has set it, and nobody has chosen it

    friend bool operator==(const NicPin&, const NicPin&) = default;
};

/// UCX_NET_DEVICES, NCCL_IB_HCA, NCCL_SOCKET_IFNAME and OMPI_MCA_btl_tcp_if_include, as far as
/// `value_of` (std::getenv) has them. `own_network`: the one that the launcher leads Open MPI
/// through, "10.77.0.0/16"; empty if it does not.
[[nodiscard]] std::vector<NicPin> nic_pins(const std::function<const char*(const char*)>& value_of,
                                           std::string_view own_network);

/// The names of this machine's interfaces within a network, "10.77.0.0/16"; nullopt if the text is
/// no such network.
using InterfacesIn = std::function<std::optional<std::vector<std::string>>(const std::string&)>;

/// What of the node a pin lets through.
struct PinMeaning {
    bool is_known = true;            ///< false: it is written in a way that is not understood
    std::vector<std::string> names;  ///< "mlx5_0:1", "eth0"
    std::vector<const Nic*> nics;    ///< whose they are, each once
    bool is_down = false;            ///< there are some, and none can be in use
    bool is_exclusion = false;       ///< it names what is not to be used
    bool has_choice = false;         ///< the node has something of the kind at all
};

/// By the rules of the library that reads the variable: UCX takes exact names, an adapter's with
/// its port (ucp_is_resource_in_device_list); NCCL takes prefixes, after "=" exact names, after "^"
/// all others, an adapter's port after a colon (parseStringList, matchIfList); Open MPI exact names
/// and networks. The pointers are into `node`.
[[nodiscard]] PinMeaning meaning_of(const NicPin& pin, const NodeNics& node,
                                    const InterfacesIn& interfaces_in);

/// True if it is of adapters, or of whatever carries the data: not of TCP alone.
[[nodiscard]] bool is_of_adapters(const NicPin& pin);

}  // namespace rackproof
