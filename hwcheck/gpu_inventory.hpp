#pragma once

#include "hwcheck/gpu_reader.hpp"
#include "hwcheck/inventory.hpp"

namespace rackproof {

/// How long GPUs may take: the first answer of a reader, and all of them together.
struct GpusPatience {
    double first_s = 15;
    double all_s = 40;
};

/// Asks NVML for every GPU and appends what it says: items `gpu.*` whose part is the GPU's place in
/// NVML's list, and events for what is wrong with it or would spoil a measurement. A GPU that is
/// silent, lost or lies costs its own items only. Looks at the items that the PCI bus gave: GPUs
/// that NVML does not list are told.
void read_gpus(const ReaderProgram& program, const GpusPatience& patience, Inventory& inventory);

}  // namespace rackproof
