#pragma once

#include <optional>

#include "hwcheck/inventory_writer.hpp"
#include "hwcheck/linux/kernel_ring.hpp"
#include "hwcheck/xid_table.hpp"

namespace rackproof {

/// How the log of the machine itself is read.
struct LiveLogOptions {
    XidSource xids;
    double old_s = 0;  ///< OwnLogTimes::old_s, of read_log
};

/// What the log holds since the boot: kernel_log.* and an event for each fault of each part. A log
/// that may not be read is unknown; one that cannot be read whole is `hwcheck_unreadable`.
void read_log(const Tree& tree, const LiveLogOptions& options, InventoryWriter& out);

/// What the kernel says from now on, as happened() of each reading; where that cannot be read, the
/// first says so.
class LogWatch {
  public:
    /// `tree` outlives it.
    LogWatch(const Tree& tree, XidSource xids);
    void read(InventoryWriter& out);

  private:
    const Tree* tree_;
    XidSource xids_;
    KernelRing ring_;
    bool is_first_read_ = true;
    std::optional<XidTable> table_;  ///< once it was needed
};

}  // namespace rackproof
