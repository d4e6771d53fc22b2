#pragma once

#include "results/merge_inputs.hpp"

namespace rackproof::merging {

/// All series on one ascending time column. Rows of different files that stand within half a
/// sampling period of each other share one, as those of different ranks do within a run. nullopt
/// if that would take more than a gigabyte: racks that ran one after the other leave a matrix of
/// holes. Throws InputError if a sensor is of another unit or scope in one file.
[[nodiscard]] std::optional<Telemetry> joined_telemetry(const std::vector<Input>& inputs,
                                                        std::size_t nodes, std::size_t devices);

}  // namespace rackproof::merging
