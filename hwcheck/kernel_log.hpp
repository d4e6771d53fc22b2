#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "hwcheck/inventory.hpp"
#include "hwcheck/mailed_text.hpp"
#include "hwcheck/xid_table.hpp"

namespace rackproof {

/// What the stamps of a machine's own kernel log come to. What is not known is none.
struct OwnLogTimes {
    std::optional<std::chrono::sys_seconds> booted;  ///< when the stamps began to count
    std::optional<double> up_s;                      ///< what a stamp of now would be
    /// A fault that was last told longer ago is a warning at the most. None: none is too old.
    std::optional<double> old_s;
};

/// As add_kernel_log (hwcheck/mailed_files.hpp), of the records of /dev/kmsg (facility 0, which is
/// the kernel's alone), with times in UTC. Nothing is thrown for what they hold: returns why the
/// rest was not read, with what came before it in the inventory; empty if all was.
[[nodiscard]] std::string add_own_log(MailedText text, const XidTable& xids,
                                      const OwnLogTimes& times, Inventory& inventory);

}  // namespace rackproof
