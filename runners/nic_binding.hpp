#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/record.hpp"
#include "devices/device.hpp"
#include "hwcheck/nics.hpp"
#include "runners/nic_pins.hpp"

namespace rackproof {

/// Which network cards a rank has: what its environment pins, else the nearest of its device.
struct NicBinding {
    std::string nics;     ///< "mlx5_0:1 (UCX_NET_DEVICES)", "mlx5_0 (nearest, not pinned)"
    std::string nearest;  ///< "mlx5_0 (PIX)"
    std::string pins;     ///< as they stand in the environment; empty if there are none
    /// Pins that name nothing there is, nothing in use, or keep out the nearest where there is a
    /// choice. What is not known speaks against none.
    std::vector<std::string> problems;
    record::RankNics record;  ///< for RankPlaced
};

/// Where a device of this machine lies.
[[nodiscard]] DevicePlace device_place(const DeviceInfo& device);

[[nodiscard]] NicBinding bind_nics(const NodeNics& node, const DevicePlace& device,
                                   const std::vector<NicPin>& pins,
                                   const InterfacesIn& interfaces_in);

/// The variable by which all ranks of a node are pinned to one and the same card though each could
/// have its own nearest one, and that card, in words; empty if it is not so. Of one rank alone it
/// never is.
[[nodiscard]] std::string one_card_for_all(const std::vector<const record::RankNics*>& ranks);

}  // namespace rackproof
