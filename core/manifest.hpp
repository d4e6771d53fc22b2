#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/metric.hpp"
#include "core/parameters.hpp"

namespace rackproof {

/// A node as the fleet file (or, without one, the node itself) names it.
struct Node {
    std::string name;
    std::string rack = "-";
    std::string row = "-";
    std::string slot = "-";
    std::string sku = "unknown";
    std::string vendor = "unknown";
    std::map<std::string, std::string> labels;
    std::string state = "up";

    friend bool operator==(const Node&, const Node&) = default;
};

/// Something in a node that can do work.
struct Device {
    std::int32_t node = 0;   ///< index into the run's nodes
    std::int32_t index = 0;  ///< within the node, from 0
    std::string kind = "cpu";
    std::string model;
    std::string uuid;
    std::string serial;
    std::string pci;
    std::string vbios;
    std::string driver;

    friend bool operator==(const Device&, const Device&) = default;
};

/// One case: what to run, and which one number (the metric) comes out. A suite's run may yield
/// several cases at once (a rate and the temperature beside it): the first is the lead, and the
/// others name it. The plan is expanded to these before anything starts.
struct CaseSpec {
    std::string name;  ///< unique in the run; the metric's name in the run file
    std::string suite;
    std::int32_t stage = 0;
    std::int32_t lead = 0;  ///< index of the case whose run yields this one; its own for a lead
    Scope scope = Scope::Device;
    std::string unit = "1";
    Direction better = Direction::HigherIsBetter;
    std::string definition;  ///< one sentence: what the number is
    Parameters parameters;
    std::int32_t repetitions = 1;  ///< samples a target may have at the most
    double deadline_s = 60;        ///< for one cell, from its begin to its end
    double expected_s = 1;         ///< estimate for progress and for `plan`

    friend bool operator==(const CaseSpec&, const CaseSpec&) = default;
};

/// Index by scope: into devices, nodes (two of either for a pair) or groups. `second` is -1 but
/// for pairs.
struct Target {
    std::int32_t first = 0;
    std::int32_t second = -1;

    friend auto operator<=>(const Target&, const Target&) = default;
};

/// One case on one target.
struct Cell {
    std::int32_t case_index = 0;
    Target target;

    friend auto operator<=>(const Cell&, const Cell&) = default;
};

/// The kind of device that a case runs on, "cpu" or "gpu": its parameter "device"; "cpu" without.
[[nodiscard]] std::string device_kind(const CaseSpec& spec);

/// The parameter of the cases of a search: the names of the cases that it is a search for.
inline constexpr std::string_view kSearchOf = "search_of";

/// The parameters of a case that measures pairs of another one again: the name of that, and what
/// else is at work meanwhile (PairLoad).
inline constexpr std::string_view kConfirms = "confirms";
inline constexpr std::string_view kConfirmsUnder = "confirms_under";

/// Everything that must end in an outcome, fixed before launch.
struct Manifest {
    std::vector<Node> nodes;
    std::vector<Device> devices;
    std::vector<std::vector<std::int32_t>> groups;  ///< members are node indices, ascending
    std::vector<std::string> stages;
    std::vector<CaseSpec> cases;
    std::vector<Cell> cells;

    friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// The node that a target of this scope belongs to (of its first member, for pairs).
/// Throws Error for groups, which have no one node, and for indices out of range.
[[nodiscard]] std::int32_t node_of(const std::vector<Device>& devices, Scope scope, Target target);

/// Every node that a target of this scope lies on, each once: one for a device or node, a pair's in
/// its own order, a group's members in theirs. Throws Error for indices out of range.
[[nodiscard]] std::vector<std::int32_t> nodes_of(const Manifest& manifest, Scope scope,
                                                 Target target);

/// The devices of a node, as indices, that a case for devices of this kind is laid out on: those of
/// the kind; where there is none, the node's first device alone stands in, to say so (`skipped`).
[[nodiscard]] std::vector<std::int32_t> devices_for(const std::vector<Device>& devices,
                                                    std::int32_t node, std::string_view kind);

}  // namespace rackproof
