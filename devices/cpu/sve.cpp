#include <arm_sve.h>

#include "devices/cpu/instruction_sets.hpp"
#include "devices/cpu/make_instruction_set.hpp"

namespace rackproof::cpu {
namespace {

struct Sve {
    using V = svfloat64_t;
    static constexpr std::size_t kMaxWidth = 32;  // 2048 bits, the architecture's limit
    static constexpr bool kStreams = true;
    static std::size_t width() { return svcntd(); }
    static V all(double value) { return svdup_n_f64(value); }
    static V load(const double* from) { return svld1_f64(svptrue_b64(), from); }
    static V load(const float* from) {
        // One float to the low half of each lane; the conversion reads that half.
        const auto* words = reinterpret_cast<const std::uint32_t*>(from);
        const svuint64_t lanes = svld1uw_u64(svptrue_b64(), words);
        return svcvt_f64_f32_x(svptrue_b64(), svreinterpret_f32_u64(lanes));
    }
    static void store(double* to, V value) { svst1_f64(svptrue_b64(), to, value); }
    static void stream(double* to, V value) { svstnt1_f64(svptrue_b64(), to, value); }
    // STNT1 is an ordinary store to the memory model; the pool's synchronisation orders it.
    static void stream_fence() {}
    static V add(V a, V b) { return svadd_f64_x(svptrue_b64(), a, b); }
    static V sub(V a, V b) { return svsub_f64_x(svptrue_b64(), a, b); }
    static V mul(V a, V b) { return svmul_f64_x(svptrue_b64(), a, b); }
    static V mul_add(V a, V b, V c) { return svmla_f64_x(svptrue_b64(), c, a, b); }
    static V product_error(V a, V x, V product) {
        return svnmls_f64_x(svptrue_b64(), product, a, x);
    }
};

}  // namespace

const InstructionSet* sve_set() {
    static constexpr InstructionSet kSet = make_instruction_set<Sve>("sve");
    return &kSet;
}

}  // namespace rackproof::cpu
