#pragma once

#include <cstddef>
#include <string>

#include "analysis/acceptance.hpp"

namespace rackproof {

/// "gemm.bf16 on n3 device 1", and a line for each attempt with its outcome, its median and why it
/// did not complete; "(counts)" behind that which counts. No line wider than `columns`.
[[nodiscard]] std::string attempts_text(const ContractCell& cell, std::size_t columns);

}  // namespace rackproof
