#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/fleet.hpp"

namespace rackproof {

struct Merge {
    std::vector<std::filesystem::path> inputs;
    std::filesystem::path output;
    std::optional<Fleet> fleet = std::nullopt;  ///< which nodes there must be, and what they are
};

struct Merged {
    std::size_t nodes = 0;
    std::size_t devices = 0;
    std::size_t metrics = 0;
    std::vector<std::string> absent;                ///< nodes of the fleet that are in no file
    std::vector<std::filesystem::path> incomplete;  ///< inputs, which make the whole so
    std::vector<std::string> remarks;               ///< what a person should hear of
};

/// Joins run files of one plan and different nodes to one. In whatever order they are named, the
/// same files give the same bytes: nodes are ordered by name, devices and groups by their nodes,
/// rows by target and attempt. Times are shifted onto the earliest start; the run's id is made of
/// those of the inputs, which are recorded as events. Metrics are joined some at a time, so that
/// the whole need not fit into memory. Throws InputError, with the file and what differs, if a
/// node is in two files, or plans or metrics contradict each other; nothing is written then. With a
/// fleet, its word on each node stands (rack, slot, sku, labels), nodes of it that are in no file
/// are in the whole with an event `node_absent`, and a node that it does not name is refused.
[[nodiscard]] Merged merge_run_files(const Merge& merge);

}  // namespace rackproof
