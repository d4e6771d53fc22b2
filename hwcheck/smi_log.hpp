#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "hwcheck/mailed_inventory.hpp"
#include "hwcheck/mailed_text.hpp"

namespace rackproof::smi {

/// One field of what `nvidia-smi -q` writes, as XML or as text. Names are the XML's tags, or the
/// text's labels in small letters with '_' for each space: "product_name" either way.
struct Node {
    std::string name;
    std::string value;
    int line = 0;
    std::vector<Node> children;

    /// The child at a path as "pci/pci_bus_id"; nullptr if there is none.
    [[nodiscard]] const Node* find(std::string_view path) const;
};

/// A whole output. The children of `root` are driver_version, cuda_version, attached_gpus and one
/// `gpu` for each, whose value is its PCI address.
struct Log {
    Node root;
    /// Lines that nvidia-smi writes between the fields: warnings, GPUs that it cannot open.
    std::vector<Node> remarks;
    int last_line = 0;
};

/// Deeper than any version nests its fields; what is deeper is refused.
inline constexpr std::size_t kMostDepth = 32;
/// More than any node has.
inline constexpr std::size_t kMostGpus = 1024;

[[nodiscard]] Log parse_xml(const MailedText& text);
[[nodiscard]] Log parse_text(MailedText& text);
/// `nvidia-smi --query-gpu=FIELD,... --format=csv`, with its heading, with or without units. Fields
/// that no item is made of are passed over; the address (pci.bus_id) must be among them.
[[nodiscard]] Log parse_query(MailedText& text);
/// Is it the heading of such an output?
[[nodiscard]] bool is_query_heading(std::string_view line);

/// Items and events of every GPU of an output of `nvidia-smi -q`.
void add_log(const MailedText& text, const Log& log, MailedInventory& writer);
/// Those of the table that `nvidia-smi` without options writes.
void add_table(MailedText& text, MailedInventory& writer);
/// Those of `nvidia-smi nvlink --status`.
void add_nvlinks(MailedText& text, MailedInventory& writer);

/// Is it a line that nvidia-smi writes between the fields of any of its outputs?
[[nodiscard]] bool is_remark(std::string_view line);
/// What it says becomes an event of the GPU that it names. For after the GPUs' addresses are known.
void add_remark(const MailedText& text, const Node& remark, MailedInventory& writer);

/// What the items of a GPU say is wrong with it becomes events: rows that wait to be remapped,
/// slowdown by heat or power brake, a narrow PCIe link.
void add_gpu_events(const std::string& gpu, const std::string& source, MailedInventory& writer);

}  // namespace rackproof::smi
