#pragma once

#include <string>

#include "hwcheck/gpu_reader.hpp"

namespace rackproof {

/// What NVML says of this node's GPUs, for `rackproof list devices`: each with what it is, or why
/// that is not known; or why there are none. `reader` asks NVML.
[[nodiscard]] std::string gpus_text(const GpuReaderProgram& reader);

}  // namespace rackproof
