#include "devices/cpu/instruction_sets.hpp"

namespace rackproof::cpu {

std::vector<BuiltSet> built_instruction_sets() {
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512vl");
    return {{&avx512_set(), avx512}, {&avx2_set(), avx2}, {&scalar_set(), true}};
}

void spin_pause() noexcept { __builtin_ia32_pause(); }

}  // namespace rackproof::cpu
