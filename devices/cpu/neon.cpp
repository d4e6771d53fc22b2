#include <arm_neon.h>

#include "devices/cpu/instruction_sets.hpp"
#include "devices/cpu/make_instruction_set.hpp"

namespace rackproof::cpu {
namespace {

/// Two registers a vector: the one non-temporal store, STNP, takes a pair.
struct Neon {
    using V = float64x2x2_t;
    static constexpr std::size_t kMaxWidth = 4;
    static constexpr bool kStreams = true;
    static std::size_t width() { return 4; }
    static V all(double value) { return {{vdupq_n_f64(value), vdupq_n_f64(value)}}; }
    static V load(const double* from) { return {{vld1q_f64(from), vld1q_f64(from + 2)}}; }
    static V load(const float* from) {
        const float32x4_t four = vld1q_f32(from);
        return {{vcvt_f64_f32(vget_low_f32(four)), vcvt_high_f64_f32(four)}};
    }
    static void store(double* to, V value) {
        vst1q_f64(to, value.val[0]);
        vst1q_f64(to + 2, value.val[1]);
    }
    // No intrinsic gives STNP.
    static void stream(double* to, V value) {
        asm volatile("stnp %q1, %q2, [%0]"
                     :
                     : "r"(to), "w"(value.val[0]), "w"(value.val[1])
                     : "memory");
    }
    // STNP is an ordinary store to the memory model; the pool's synchronisation orders it.
    static void stream_fence() {}
    static V add(V a, V b) {
        return {{vaddq_f64(a.val[0], b.val[0]), vaddq_f64(a.val[1], b.val[1])}};
    }
    static V sub(V a, V b) {
        return {{vsubq_f64(a.val[0], b.val[0]), vsubq_f64(a.val[1], b.val[1])}};
    }
    static V mul(V a, V b) {
        return {{vmulq_f64(a.val[0], b.val[0]), vmulq_f64(a.val[1], b.val[1])}};
    }
    static V mul_add(V a, V b, V c) {
        return {{vfmaq_f64(c.val[0], a.val[0], b.val[0]), vfmaq_f64(c.val[1], a.val[1], b.val[1])}};
    }
    static V product_error(V a, V x, V product) {
        return mul_add(a, x, {{vnegq_f64(product.val[0]), vnegq_f64(product.val[1])}});
    }
};

}  // namespace

const InstructionSet& neon_set() {
    static constexpr InstructionSet kSet = make_instruction_set<Neon>("neon");
    return kSet;
}

}  // namespace rackproof::cpu
