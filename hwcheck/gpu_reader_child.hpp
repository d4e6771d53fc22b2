#pragma once

#include <string>

#include "hwcheck/nvml/interface.hpp"

namespace rackproof {

/// The life of a GpuReader's child: answers what comes in on the socket `channel` (its standard
/// input), until nobody is there any more. `library` is loaded with the first question. Returns the
/// exit status of the process.
[[nodiscard]] int serve_gpu_reader(int channel, const std::string& library = nvml::kLibrary);

}  // namespace rackproof
