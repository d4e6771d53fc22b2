#include "devices/cpu/instruction_sets.hpp"

namespace rackproof::cpu {

std::vector<BuiltSet> built_instruction_sets() { return {{&scalar_set(), true}}; }

void spin_pause() noexcept {}

}  // namespace rackproof::cpu
