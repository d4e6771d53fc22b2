#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/index.hpp"
#include "core/run.hpp"

namespace rackproof {

struct Place;

/// What a run says of its nodes and devices, as small numbers: equal numbers for equal facts, in
/// the order of the texts. -1 = none.
class FleetFacts {
  public:
    explicit FleetFacts(const Run& run);

    /// Facts that may make a target slower and are nobody's fault, by name: driver, VBIOS, model,
    /// power cap.
    using Configuration = std::map<std::string, std::string>;

    [[nodiscard]] std::int32_t sku(std::int32_t node) const { return sku_[at(node)]; }
    /// nodes without a rack ("-" or nothing) have none
    [[nodiscard]] std::int32_t rack(std::int32_t node) const { return rack_[at(node)]; }
    /// The number in the slot's name; NaN if there is none.
    [[nodiscard]] double slot(std::int32_t node) const { return slot_[at(node)]; }
    [[nodiscard]] std::size_t devices(std::int32_t node) const { return devices_[at(node)]; }
    /// The device's number within its node.
    [[nodiscard]] std::int32_t index_in_node(std::int32_t device) const {
        return index_in_node_[at(device)];
    }
    [[nodiscard]] const std::string& rack_name(std::int32_t rack) const { return racks_[at(rack)]; }

    /// One number for all that a place may be compared by: its sku, or both of a pair's.
    [[nodiscard]] std::int64_t sku_key(const Run& run, const Place& place) const;

    /// The number of a device's or a node's configuration; -1 for pairs and groups.
    [[nodiscard]] std::int32_t configuration(const Place& place) const;
    [[nodiscard]] const Configuration& configuration_facts(std::int32_t number) const {
        return configurations_[at(number)];
    }

  private:
    void number_configurations(const Run& run);

    std::vector<std::int32_t> sku_;
    std::vector<std::int32_t> rack_;
    std::vector<double> slot_;
    std::vector<std::size_t> devices_;
    std::vector<std::int32_t> index_in_node_;
    std::vector<std::string> racks_;
    std::int64_t skus_ = 0;
    std::vector<std::int32_t> configuration_of_node_;
    std::vector<std::int32_t> configuration_of_device_;
    std::vector<Configuration> configurations_;
};

/// "driver '550' instead of '535'": where `mine` is unlike `theirs`.
[[nodiscard]] std::string difference(const FleetFacts::Configuration& mine,
                                     const FleetFacts::Configuration& theirs);

}  // namespace rackproof
