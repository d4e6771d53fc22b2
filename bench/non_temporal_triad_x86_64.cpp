#include <immintrin.h>

#include "bench/non_temporal_triad.hpp"

namespace rackproof::bench {

bool non_temporal_triad(double* a, const double* b, const double* c, double s, std::size_t count) {
    using Four = double __attribute__((vector_size(32)));
    using FourAnywhere = double __attribute__((vector_size(32), aligned(8), may_alias));
    const Four scalar{s, s, s, s};
    for (std::size_t i = 0; i < count; i += 8) {
        const Four first = *reinterpret_cast<const FourAnywhere*>(b + i) +
                           scalar * *reinterpret_cast<const FourAnywhere*>(c + i);
        const Four second = *reinterpret_cast<const FourAnywhere*>(b + i + 4) +
                            scalar * *reinterpret_cast<const FourAnywhere*>(c + i + 4);
        _mm256_stream_pd(a + i, first);
        _mm256_stream_pd(a + i + 4, second);
    }
    _mm_sfence();
    return true;
}

}  // namespace rackproof::bench
