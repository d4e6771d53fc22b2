#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "hwcheck/child.hpp"
#include "hwcheck/inventory.hpp"

namespace rackproof {

/// The hidden subcommand of rackproof that calls serve_inventory_reader(0, ROOT).
inline constexpr const char* kInventoryReaderCommand = "inventory-reader";
/// Its second argument, for InventoryScope::Counters.
inline constexpr const char* kCountersArgument = "counters";

/// All, or the counters and states alone that a load may change.
enum class InventoryScope { All, Counters };

/// What is to be read, and how long each part may take.
struct InventoryOptions {
    InventoryScope scope = InventoryScope::All;
    ReaderProgram linux_reader;               ///< calls serve_inventory_reader
    std::optional<ReaderProgram> gpu_reader;  ///< calls serve_gpu_reader; none: NVML is not asked
    double linux_patience_s = 5;              ///< for all that Linux shows
    double gpu_first_s = 15;                  ///< as GpuPatience::first_s
    double gpus_s = 40;                       ///< for all GPUs together
};

/// This program's own readers, for this machine or, without NVML, for a copy in a folder.
[[nodiscard]] InventoryOptions own_inventory(const std::filesystem::path& root = "/");
/// This machine's counters, which what runs on it may change; GPUs have a watch of their own.
[[nodiscard]] InventoryOptions own_counters();

/// What a node says of itself. Reads and changes nothing, starts nothing on any device. Where a
/// read hangs, what came before it is kept and an event `hwcheck_unreadable` names it: this returns
/// in bounded time whatever the hardware does. Throws Error if the reader cannot be started.
[[nodiscard]] Inventory read_inventory(const InventoryOptions& options);

/// The life of the process that reads /proc and /sys: sends what `root` shows on the socket
/// `channel` (its standard input), and returns its exit status.
[[nodiscard]] int serve_inventory_reader(int channel, const std::filesystem::path& root,
                                         InventoryScope scope = InventoryScope::All);

/// How many items are not known because it takes root to read them.
[[nodiscard]] std::size_t count_needing_root(const Inventory& inventory);

}  // namespace rackproof
