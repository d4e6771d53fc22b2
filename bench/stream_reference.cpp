// stream_reference ARRAY_BYTES SECONDS
// McCalpin's triad as anybody would write it with OpenMP, with ordinary and with non-temporal
// stores, on huge pages where the kernel grants them. Threads and cores come from OMP_NUM_THREADS
// and OMP_PROC_BIND. Prints one line of bytes/s a variant.
#include <fmt/core.h>
#include <omp.h>
#include <sys/mman.h>

#include <cstdlib>
#include <memory>

#include "bench/non_temporal_triad.hpp"
#include "bench/samples.hpp"

namespace rackproof::bench {
namespace {

constexpr double kScalar = 3.0;

struct Free {
    void operator()(double* memory) const { std::free(memory); }
};
using Array = std::unique_ptr<double[], Free>;

Array make_array(std::size_t count, double value) {
    constexpr std::size_t kHugePage = std::size_t{2} << 20U;
    const std::size_t bytes = (count * sizeof(double) + kHugePage - 1) / kHugePage * kHugePage;
    Array array{static_cast<double*>(std::aligned_alloc(kHugePage, bytes))};
    if (!array) return array;
    madvise(array.get(), bytes, MADV_HUGEPAGE);
    double* const data = array.get();
#pragma omp parallel for schedule(static)
    for (std::size_t i = 0; i < count; ++i) data[i] = value;
    return array;
}

void plain_triad(double* __restrict a, const double* __restrict b, const double* __restrict c,
                 std::size_t count) {
#pragma omp parallel for simd schedule(static)
    for (std::size_t i = 0; i < count; ++i) a[i] = b[i] + kScalar * c[i];
}

bool streamed_triad(double* a, const double* b, const double* c, std::size_t count) {
    bool possible = true;
#pragma omp parallel reduction(&& : possible)
    {
        const auto threads = static_cast<std::size_t>(omp_get_num_threads());
        const auto thread = static_cast<std::size_t>(omp_get_thread_num());
        const std::size_t lines = count / 8;
        const std::size_t begin = lines * thread / threads * 8;
        const std::size_t end = lines * (thread + 1) / threads * 8;
        possible = non_temporal_triad(a + begin, b + begin, c + begin, kScalar, end - begin);
    }
    return possible;
}

int run(std::size_t count, double seconds) {
    const Array a = make_array(count, 0), b = make_array(count, 2), c = make_array(count, 1);
    if (!a || !b || !c) {
        fmt::print(stderr, "stream_reference: no memory for three arrays\n");
        return 1;
    }
    const double bytes = 24.0 * static_cast<double>(count);
    print_rates("temporal",
                rates(bytes, seconds / 2, [&] { plain_triad(a.get(), b.get(), c.get(), count); }));
    if (streamed_triad(a.get(), b.get(), c.get(), count)) {
        print_rates("non-temporal", rates(bytes, seconds / 2, [&] {
                        streamed_triad(a.get(), b.get(), c.get(), count);
                    }));
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (a[i] == 5.0) continue;
        fmt::print(stderr, "stream_reference: element {} is {}, expected 5\n", i, a[i]);
        return 1;
    }
    return 0;
}

}  // namespace
}  // namespace rackproof::bench

int main(int count, char** arguments) {
    if (count != 3) {
        fmt::print(stderr, "usage: stream_reference ARRAY_BYTES SECONDS\n");
        return 2;
    }
    const auto elements = static_cast<std::size_t>(std::atoll(arguments[1])) / 64 * 8;
    return rackproof::bench::run(elements, std::atof(arguments[2]));
}
