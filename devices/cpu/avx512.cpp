#include <immintrin.h>

#include "devices/cpu/instruction_sets.hpp"
#include "devices/cpu/make_instruction_set.hpp"

namespace rackproof::cpu {
namespace {

struct Avx512 {
    using V = __m512d;
    static constexpr std::size_t kMaxWidth = 8;
    static constexpr bool kStreams = true;
    static std::size_t width() { return 8; }
    static V all(double value) { return _mm512_set1_pd(value); }
    static V load(const double* from) { return _mm512_loadu_pd(from); }
    static V load(const float* from) { return _mm512_maskz_cvtps_pd(0xFF, _mm256_loadu_ps(from)); }
    static void store(double* to, V value) { _mm512_storeu_pd(to, value); }
    static void stream(double* to, V value) { _mm512_stream_pd(to, value); }
    static void stream_fence() { _mm_sfence(); }
    static V add(V a, V b) { return _mm512_add_pd(a, b); }
    static V sub(V a, V b) { return _mm512_sub_pd(a, b); }
    static V mul(V a, V b) { return _mm512_mul_pd(a, b); }
    static V mul_add(V a, V b, V c) { return _mm512_fmadd_pd(a, b, c); }
    static V product_error(V a, V x, V product) { return _mm512_fmsub_pd(a, x, product); }
};

}  // namespace

const InstructionSet& avx512_set() {
    static constexpr InstructionSet kSet = make_instruction_set<Avx512>("avx512");
    return kSet;
}

}  // namespace rackproof::cpu
