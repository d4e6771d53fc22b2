#include "devices/cpu/instruction_set.hpp"

#include "core/error.hpp"

namespace rackproof::cpu {

const InstructionSet& best_instruction_set() {
    for (const BuiltSet& built : built_instruction_sets()) {
        if (built.runs_here) return *built.set;
    }
    throw Error{"choose an instruction set", "none of this build's runs here"};
}

}  // namespace rackproof::cpu
