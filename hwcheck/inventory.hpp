#pragma once

#include <string>
#include <vector>

namespace rackproof {

/// One thing that a node was asked, and what it answered. Either `value` or `why_unknown` is empty.
struct InventoryItem {
    std::string key;   ///< what: "cpu.model", "gpu.vbios", "port.state"; docs/hwcheck.md lists them
    std::string part;  ///< of which part: "0" (GPU), "mlx5_0/1" (port), "nvme0n1"; empty: the node
    std::string value;        ///< as text, numbers in base units; empty: not known
    std::string source;       ///< where it was read: a path, a call, a mailed file with its line
    std::string why_unknown;  ///< "needs root", "no such file", "said N/A", "no answer in 1 s"
};

/// Something that happened to a node, as its kernel log or counters tell it.
struct InventoryEvent {
    std::string part;      ///< as in InventoryItem
    std::string severity;  ///< "info", "warning", "error"
    std::string code;      ///< "xid.79", "ecc.uncorrected", "link.downgraded"
    std::string text;      ///< what was said, and where: file and line
};

/// What a node says of itself: read here, or from files that somebody has mailed in.
struct Inventory {
    std::string node;
    std::vector<InventoryItem> items;
    std::vector<InventoryEvent> events;
    /// Of a CountersReader: what the kernel's log has said since its last reading.
    std::vector<InventoryEvent> happened = {};
};

/// What the value of an item is called in a run file: "gpu.vbios@0", "port.state@mlx5_0:1".
[[nodiscard]] std::string column_name(const InventoryItem& item);

/// The column that holds why_not_known().
inline constexpr const char* kNotKnownColumn = "hwcheck.not_known";

/// All that is not known, and why: "dimm.serial@A1: needs root; gpu.vbios@0: ..."; empty if
/// nothing.
[[nodiscard]] std::string why_not_known(const Inventory& inventory);

}  // namespace rackproof
