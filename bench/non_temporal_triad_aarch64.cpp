#include <arm_neon.h>

#include "bench/non_temporal_triad.hpp"

namespace rackproof::bench {

bool non_temporal_triad(double* a, const double* b, const double* c, double s, std::size_t count) {
    for (std::size_t i = 0; i < count; i += 4) {
        const float64x2_t first = vfmaq_n_f64(vld1q_f64(b + i), vld1q_f64(c + i), s);
        const float64x2_t second = vfmaq_n_f64(vld1q_f64(b + i + 2), vld1q_f64(c + i + 2), s);
        asm volatile("stnp %q1, %q2, [%0]" : : "r"(a + i), "w"(first), "w"(second) : "memory");
    }
    return true;
}

}  // namespace rackproof::bench
