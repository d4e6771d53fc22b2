#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace rackproof::klog {

/// A line of a kernel log without what stands before the message.
struct Message {
    std::string_view text;
    /// "2025-01-21T02:21:33Z", or in the log's own words where it does not say the zone
    /// ("Sun Feb 23 16:24:18 2025 (the node's own time)", "201.65 s after boot").
    std::string time;
    bool is_kernel = true;  ///< false: a program's line of a journal, syslog or /dev/kmsg
    std::optional<double> after_boot_s = std::nullopt;  ///< where the stamp counts from the boot
};

/// None if the line has none of the forms of a kernel log: dmesg (with -T, --time-format iso, -x),
/// a raw buffer (<6>[   1.5] ...), /dev/kmsg (6,12,345,-;...), syslog or journalctl.
[[nodiscard]] std::optional<Message> message_of(std::string_view line);

/// "2025-01-21T02:21:33Z"
[[nodiscard]] std::string utc_text(std::chrono::sys_seconds time);

}  // namespace rackproof::klog
