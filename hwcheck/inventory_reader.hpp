#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "hwcheck/child.hpp"
#include "hwcheck/inventory.hpp"
#include "hwcheck/nics.hpp"
#include "hwcheck/xid_table.hpp"

namespace rackproof {

/// The hidden subcommand of rackproof that calls serve_inventory_reader(0, {ROOT, SCOPE, LOG_S}).
inline constexpr const char* kInventoryReaderCommand = "inventory-reader";
// Its scopes: everything; counters alone, again and again; what network cards there are.
inline constexpr const char* kAllArgument = "all";
inline constexpr const char* kCountersArgument = "counters";
inline constexpr const char* kNicsArgument = "nics";

/// What is to be read, and how long each part may take.
struct InventoryOptions {
    ReaderProgram linux_reader;               ///< calls serve_inventory_reader, of everything
    std::optional<ReaderProgram> gpu_reader;  ///< calls serve_gpu_reader; none: NVML is not asked
    double linux_patience_s = 5;              ///< for all that Linux shows
    double gpu_first_s = 15;                  ///< as GpuPatience::first_s
    double gpus_s = 40;                       ///< for all GPUs together
};

/// How far back the kernel's log speaks of the machine as it is: a day. Who repairs without a
/// reboot has to say less.
inline constexpr double kLogAge_s = 86'400;

/// This program's own readers, for this machine or, without NVML, for a copy in a folder. Faults in
/// the kernel's log that were last told more than `log_s` ago are warnings at the most.
[[nodiscard]] InventoryOptions own_inventory(const std::filesystem::path& root = "/",
                                             double log_s = kLogAge_s);

/// What a node says of itself. Reads and changes nothing, starts nothing on any device. Where a
/// read hangs, what came before it is kept and an event `hwcheck_unreadable` names it: this returns
/// in bounded time whatever the hardware does. Throws Error if the reader cannot be started.
[[nodiscard]] Inventory read_inventory(const InventoryOptions& options);

/// Reads again and again the counters and states alone that a load may change, by one process
/// that stays; GPUs have a watch of their own.
class CountersReader {
  public:
    /// `program` reads by scope kCountersArgument; a reading may take `patience_s`.
    explicit CountersReader(ReaderProgram program, double patience_s = 5)
        : program_{std::move(program)}, patience_s_{patience_s} {}

    /// As read_inventory, and what hangs or dies is a new process's the next time.
    [[nodiscard]] Inventory read();

  private:
    ReaderProgram program_;
    double patience_s_;
    std::optional<Child> child_;
};

/// This program's own, for this machine.
[[nodiscard]] ReaderProgram own_counters_reader();

/// The network cards and interfaces of this machine, or why they are not known, within
/// `patience_s`. `program` reads them by scope kNicsArgument.
[[nodiscard]] NodeNics read_node_nics(const ReaderProgram& program, double patience_s = 5);

/// Those of this machine. Only a driver that is asked for the state of an adapter's port can hang:
/// without adapters, no process is started. Throws Error if one cannot be.
[[nodiscard]] NodeNics own_node_nics();

/// What the process that reads /proc, /sys and the kernel's log shall do.
struct ReaderTask {
    std::filesystem::path root = "/";
    std::string scope = kAllArgument;
    double log_s = kLogAge_s;  ///< as of own_inventory
    XidSource xids;
};

/// The life of that process: sends what the root shows on the socket `channel` (its standard
/// input), and returns its exit status. The counters, and what the kernel's log has said since, are
/// sent once for each packet that comes on `channel`, until nobody is there. Throws InputError for
/// a scope that is none.
[[nodiscard]] int serve_inventory_reader(int channel, const ReaderTask& task);

/// How many items are not known because it takes root to read them.
[[nodiscard]] std::size_t count_needing_root(const Inventory& inventory);

}  // namespace rackproof
