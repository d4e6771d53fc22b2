#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/manifest.hpp"

namespace rackproof {

/// A node that there must be, and how many devices it must have where that is known beforehand.
struct FleetNode {
    Node node;
    std::optional<std::int32_t> devices;  ///< cut out of its cores
    std::optional<std::int32_t> gpus;
    friend bool operator==(const FleetNode&, const FleetNode&) = default;
};

/// The nodes of a run, in the order in which they were named; no two of one name.
struct Fleet {
    std::string text;  ///< the fleet file, exactly as it was; empty if there was none
    std::vector<FleetNode> nodes;
    friend bool operator==(const Fleet&, const Fleet&) = default;
};

/// False if somebody (the scheduler, or a person) has said that the node is to take no part: its
/// cells are `excluded`, and it is never asked for anything.
[[nodiscard]] bool takes_part(const Node& node);

/// "n003 takes no part: drained, bad DIMM": the state, and the label "reason" where there is one.
[[nodiscard]] std::string why_no_part(const Node& node);

/// Empty if `name` can name a host: dot-separated labels of letters, digits and '-', none of which
/// begins or ends with '-' (RFC 1123, section 2.1), at most 63 bytes a label and 253 in all, and
/// no address. Else what is wrong with it, as the end of a sentence that begins with the name.
[[nodiscard]] std::string host_name_problem(std::string_view name);

/// "n[001-003,7],gpu1" as n001, n002, n003, n7, gpu1: comma-separated names, each with at most one
/// bracket of numbers and ranges, which keep the width of a range's first number. Throws
/// InputError, without a place, if it is anything else, names what can be no host, or names more
/// than `most` hosts.
[[nodiscard]] std::vector<std::string> expand_hosts(std::string_view list, std::size_t most);

/// True if both name one host: equal but for the case, or one of them without its domain.
[[nodiscard]] bool same_host(std::string_view a, std::string_view b);

}  // namespace rackproof
