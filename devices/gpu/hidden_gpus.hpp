#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace rackproof::gpu {

/// What decides, beside the driver, which of a node's GPUs a process may use.
struct NodeView {
    std::filesystem::path root{"/"};               ///< of sys/, proc/ and dev/
    std::optional<std::string> visible_devices{};  ///< CUDA_VISIBLE_DEVICES
};
[[nodiscard]] NodeView own_view();

/// How many GPUs CUDA_VISIBLE_DEVICES names; CUDA stops reading at one that is none ("-1",
/// "NoDevFiles").
[[nodiscard]] std::size_t visible_count(const std::string& visible_devices);

/// What keeps the GPU at `pci` from this process, of `on_bus` of which the driver lists `listed`
/// to it: the environment, where it names as many as are listed; else that the kernel's driver has
/// it, and its device file is not there or not allowed, or /proc/driver/nvidia does not show it, as
/// in a container or a cgroup that has some of the node's GPUs. Empty if nothing says so: then the
/// driver has lost it.
[[nodiscard]] std::string why_hidden(const std::string& pci, std::size_t listed, std::size_t on_bus,
                                     const NodeView& view);

}  // namespace rackproof::gpu
