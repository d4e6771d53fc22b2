#pragma once

#include "hwcheck/inventory.hpp"
#include "hwcheck/mailed_text.hpp"
#include "hwcheck/xid_table.hpp"

namespace rackproof {

// What a technician has mailed in becomes items and events of an inventory, which may hold what
// other files of the same machine said. Each throws InputError, with file, line and what was
// expected, for a file that is broken off, that is something else, or that has a number that
// cannot be; a field that is there and says nothing is `why_unknown`.

/// `nvidia-smi -q -x` (XML), `nvidia-smi -q`, `nvidia-smi --query-gpu=... --format=csv`,
/// `nvidia-smi nvlink --status`, or plain `nvidia-smi`. The part of a GPU is its index in that
/// output.
void add_nvidia_smi(MailedText text, Inventory& inventory);
inline constexpr const char* kNvidiaSmiExpected =
    "the output of 'nvidia-smi -q -x', 'nvidia-smi -q', 'nvidia-smi --query-gpu=... --format=csv', "
    "'nvidia-smi nvlink --status' or 'nvidia-smi'";

/// `ibstat` or `ibstatus`. The part of a port is "mlx5_0/1".
void add_ibstat(MailedText text, Inventory& inventory);
inline constexpr const char* kIbstatExpected = "the output of 'ibstat' or 'ibstatus'";

/// `lspci -vv` or `-vvv`, run by root. Only links of GPUs, network adapters and NVMe drives are
/// told, and those of the switches above them. The part is the PCI address.
void add_lspci(MailedText text, Inventory& inventory);
inline constexpr const char* kLspciExpected = "the output of 'lspci -vv', run by root";

/// `dmesg` in any of its time formats, `journalctl -k`, syslog, /dev/kmsg or a pstore dump. Of each
/// fault of each part one event tells how often, from when to when, and the first message.
void add_kernel_log(MailedText text, const XidTable& xids, Inventory& inventory);
inline constexpr const char* kKernelLogExpected =
    "a kernel log ('dmesg', 'journalctl -k', /dev/kmsg)";

/// NVIDIA's fabric manager's own log (/var/log/fabricmanager.log). Errors of NVSwitches have the
/// codes of the kernel log, "sxid.N"; each other kind of message of level ERROR or CRITICAL is one
/// `fabric_manager_error` (WARNING: a warning).
void add_fabric_manager_log(MailedText text, Inventory& inventory);
inline constexpr const char* kFabricManagerExpected =
    "the fabric manager's log (/var/log/fabricmanager.log)";

}  // namespace rackproof
