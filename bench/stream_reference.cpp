// stream_reference ARRAY_BYTES SECONDS
// McCalpin's triad as anybody would write it with OpenMP, with ordinary and with non-temporal
// stores, on huge pages where the kernel grants them, with the arrays on like boundaries and with
// STREAM's OFFSET. Threads and cores come from OMP_NUM_THREADS and OMP_PROC_BIND. Prints one line
// of bytes/s a variant.
#include <fmt/core.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>

#include "bench/non_temporal_triad.hpp"
#include "bench/samples.hpp"
#include "core/owner.hpp"

namespace rackproof::bench {
namespace {

constexpr double kScalar = 3.0;

/// Elements that each array starts beyond the boundary of the one before, as STREAM's OFFSET.
constexpr std::size_t kOffsets[] = {0, 4416};

struct Mapping {
    double* start = nullptr;
    std::size_t bytes = 0;
    friend constexpr bool operator==(const Mapping&, const Mapping&) = default;
};
struct MappingTraits {
    using Handle = Mapping;
    static constexpr Handle kNull{};
    static void close(Handle handle) noexcept { munmap(handle.start, handle.bytes); }
};

/// An array that starts `offset` elements after a huge page's boundary.
struct Array {
    Owner<MappingTraits> memory;
    double* data = nullptr;
};

Array make_array(std::size_t count, std::size_t offset, double value) {
    constexpr std::size_t kHugePage = (std::size_t{2} << 20U) / sizeof(double);
    const std::size_t bytes = (count + offset + kHugePage) * sizeof(double);
    void* start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) throw std::bad_alloc{};
    madvise(start, bytes, MADV_HUGEPAGE);
    Array array;
    array.memory.reset({static_cast<double*>(start), bytes});
    const auto place = reinterpret_cast<std::uintptr_t>(start) / sizeof(double);
    array.data = static_cast<double*>(start) + (kHugePage - place % kHugePage) % kHugePage + offset;
    double* const data = array.data;
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
    constexpr std::size_t kBlock = 1U << 16U;
    bool possible = true;
#pragma omp parallel for schedule(static) reduction(&& : possible)
    for (std::size_t begin = 0; begin < count; begin += kBlock) {
        const std::size_t size = std::min(kBlock, count - begin);
        possible = non_temporal_triad(a + begin, b + begin, c + begin, kScalar, size) && possible;
    }
    return possible;
}

void require_right(const double* a, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        if (a[i] == 5.0) continue;
        throw std::runtime_error{fmt::format("element {} is {}, expected 5", i, a[i])};
    }
}

void run(std::size_t count, double seconds) {
    const double bytes = 24.0 * static_cast<double>(count);
    for (const std::size_t offset : kOffsets) {
        const Array a = make_array(count, 0, 0);
        const Array b = make_array(count, offset, 2);
        const Array c = make_array(count, 2 * offset, 1);
        const std::string name = offset == 0 ? "" : "-offset";
        const auto plain = [&] { plain_triad(a.data, b.data, c.data, count); };
        print_rates("temporal" + name, rates(bytes, seconds / 4, plain));
        if (streamed_triad(a.data, b.data, c.data, count)) {
            const auto streamed = [&] { streamed_triad(a.data, b.data, c.data, count); };
            print_rates("non-temporal" + name, rates(bytes, seconds / 4, streamed));
        }
        require_right(a.data, count);
    }
}

}  // namespace
}  // namespace rackproof::bench

int main(int count, char** arguments) {
    if (count != 3) {
        fmt::print(stderr, "usage: stream_reference ARRAY_BYTES SECONDS\n");
        return 2;
    }
    using rackproof::bench::number;
    try {
        const auto elements = number<std::size_t>(arguments[1]) / 64 * 8;
        rackproof::bench::run(elements, number<double>(arguments[2]));
    } catch (const std::exception& error) {
        fmt::print(stderr, "stream_reference: {}\n", error.what());
        return 1;
    }
    return 0;
}
