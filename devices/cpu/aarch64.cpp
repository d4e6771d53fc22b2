#include <asm/hwcap.h>
#include <sys/auxv.h>

#include "devices/cpu/instruction_sets.hpp"

namespace rackproof::cpu {

std::vector<BuiltSet> built_instruction_sets() {
    const unsigned long capabilities = getauxval(AT_HWCAP);
    std::vector<BuiltSet> sets{{&neon_set(), (capabilities & HWCAP_ASIMD) != 0},
                               {&scalar_set(), true}};
    if (const InstructionSet* sve = sve_set()) {
        sets.insert(sets.begin(), {sve, (capabilities & HWCAP_SVE) != 0});
    }
    return sets;
}

void spin_pause() noexcept { asm volatile("yield" ::: "memory"); }

}  // namespace rackproof::cpu
