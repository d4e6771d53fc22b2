#pragma once

#include "devices/cpu/instruction_set.hpp"

namespace rackproof::cpu {

// Each is defined where the build has it: <name>.cpp, compiled for that instruction set.

[[nodiscard]] const InstructionSet& avx512_set();
[[nodiscard]] const InstructionSet& avx2_set();
[[nodiscard]] const InstructionSet& neon_set();
[[nodiscard]] const InstructionSet& scalar_set();

/// nullptr if this build's compiler has no SVE.
[[nodiscard]] const InstructionSet* sve_set();

}  // namespace rackproof::cpu
