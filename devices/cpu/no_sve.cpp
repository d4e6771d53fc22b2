#include "devices/cpu/instruction_sets.hpp"

namespace rackproof::cpu {

const InstructionSet* sve_set() { return nullptr; }

}  // namespace rackproof::cpu
