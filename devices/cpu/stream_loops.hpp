#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "devices/cpu/instruction_set.hpp"

// Loops that each instruction set compiles for itself. Every template takes `Isa`, a type in an
// unnamed namespace, so that no two files share an instantiation. `Isa` offers a vector type V of
// doubles and operations on it; see scalar.cpp for the shortest.

namespace rackproof::cpu {

/// Pattern values are whole numbers below 2^20 that vary with the index and the array: sums and
/// products of them are exact in a double, with or without FMA, so answers are checked for
/// equality. The mixing steps are those of MurmurHash3's 32-bit finaliser (A. Appleby, public
/// domain).
template <class Isa>
inline std::int32_t pattern_value(std::uint64_t index, std::uint32_t array) {
    const auto high = static_cast<std::uint32_t>(index >> 32U);
    std::uint32_t h = static_cast<std::uint32_t>(index) + (high + array) * 0x9E3779B1U;
    h ^= h >> 16U;
    h *= 0x85EBCA6BU;
    h ^= h >> 13U;
    h *= 0xC2B2AE35U;
    return static_cast<std::int32_t>(h >> 12U);
}

template <class Isa>
void fill_pattern(double* out, std::uint64_t first, std::size_t count, std::uint32_t array) {
    for (std::size_t i = 0; i < count; ++i) out[i] = pattern_value<Isa>(first + i, array);
}

template <class Isa>
double pattern_sum(std::uint64_t first, std::size_t count, std::uint32_t array) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
        sum += static_cast<std::uint64_t>(pattern_value<Isa>(first + i, array));
    }
    return static_cast<double>(sum);
}

// A kernel, on vectors and on single numbers (for ends that fill no vector).
template <class Isa>
struct Copy {
    static constexpr bool kTwoInputs = false;
    static typename Isa::V apply(typename Isa::V x, typename Isa::V) { return x; }
    static double apply_one(double x, double) { return x; }
};
template <class Isa>
struct Scale {
    static constexpr bool kTwoInputs = false;
    static typename Isa::V apply(typename Isa::V x, typename Isa::V) {
        return Isa::mul(x, Isa::all(kStreamScalar));
    }
    static double apply_one(double x, double) { return kStreamScalar * x; }
};
template <class Isa>
struct Add {
    static constexpr bool kTwoInputs = true;
    static typename Isa::V apply(typename Isa::V x, typename Isa::V y) { return Isa::add(x, y); }
    static double apply_one(double x, double y) { return x + y; }
};
template <class Isa>
struct Triad {
    static constexpr bool kTwoInputs = true;
    static typename Isa::V apply(typename Isa::V x, typename Isa::V y) {
        return Isa::mul_add(y, Isa::all(kStreamScalar), x);
    }
    static double apply_one(double x, double y) { return x + kStreamScalar * y; }
};

template <class Isa>
struct TemporalStore {
    static void put(double* to, typename Isa::V value) { Isa::store(to, value); }
    static void finish() {}
};
/// Past the caches: saves reading the lines that are overwritten. `to` is aligned to a vector.
template <class Isa>
struct NonTemporalStore {
    static void put(double* to, typename Isa::V value) { Isa::stream(to, value); }
    static void finish() { Isa::stream_fence(); }
};

template <class Isa, class Kernel, class Store>
void stream_loop(double* __restrict out, const double* __restrict x, const double* __restrict y,
                 std::size_t count) {
    const std::size_t width = Isa::width();
    const std::size_t beyond = reinterpret_cast<std::uintptr_t>(out) / sizeof(double) % width;
    const std::size_t head = beyond == 0 ? 0 : width - beyond;
    const auto one = [&](std::size_t i) {
        out[i] = Kernel::apply_one(x[i], Kernel::kTwoInputs ? y[i] : 0.0);
    };
    const auto vector = [&](std::size_t i) {
        const typename Isa::V second = Isa::load((Kernel::kTwoInputs ? y : x) + i);
        Store::put(out + i, Kernel::apply(Isa::load(x + i), second));
    };
    std::size_t i = 0;
    for (; i < head && i < count; ++i) one(i);
    for (; i + 4 * width <= count; i += 4 * width) {
        vector(i);
        vector(i + width);
        vector(i + 2 * width);
        vector(i + 3 * width);
    }
    for (; i < count; ++i) one(i);
    Store::finish();
}

template <class Isa>
double sum_loop(const double* x, std::size_t count) {
    const std::size_t width = Isa::width();
    typename Isa::V a = Isa::all(0);
    typename Isa::V b = Isa::all(0);
    typename Isa::V c = Isa::all(0);
    typename Isa::V d = Isa::all(0);
    std::size_t i = 0;
    for (; i + 4 * width <= count; i += 4 * width) {
        a = Isa::add(a, Isa::load(x + i));
        b = Isa::add(b, Isa::load(x + i + width));
        c = Isa::add(c, Isa::load(x + i + 2 * width));
        d = Isa::add(d, Isa::load(x + i + 3 * width));
    }
    double lanes[Isa::kMaxWidth];
    Isa::store(lanes, Isa::add(Isa::add(a, b), Isa::add(c, d)));
    double sum = 0;
    for (std::size_t lane = 0; lane < width; ++lane) sum += lanes[lane];
    for (; i < count; ++i) sum += x[i];
    return sum;
}

/// Inputs are array 0 and array 1 of the pattern.
template <class Isa, class Kernel>
std::size_t check_loop(double* out, std::uint64_t first, std::size_t count) {
    constexpr std::size_t kBlock = 1024;
    for (std::size_t begin = 0; begin < count; begin += kBlock) {
        const std::size_t size = count - begin < kBlock ? count - begin : kBlock;
        double* block = out + begin;
        const auto expected = [&](std::size_t i) {
            const double x = pattern_value<Isa>(first + begin + i, 0);
            const double y = Kernel::kTwoInputs ? pattern_value<Isa>(first + begin + i, 1) : 0;
            return Kernel::apply_one(x, y);
        };
        std::int64_t wrong = 0;
        for (std::size_t i = 0; i < size; ++i) wrong += block[i] == expected(i) ? 0 : 1;
        for (std::size_t i = 0; wrong != 0 && i < size; ++i) {
            if (!(block[i] == expected(i))) return begin + i;
        }
        for (std::size_t i = 0; i < size; ++i) block[i] = __builtin_nan("");
    }
    return count;
}

template <class Isa, template <class> class Store>
constexpr StreamLoops stream_loops() {
    return {stream_loop<Isa, Copy<Isa>, Store<Isa>>, stream_loop<Isa, Scale<Isa>, Store<Isa>>,
            stream_loop<Isa, Add<Isa>, Store<Isa>>, stream_loop<Isa, Triad<Isa>, Store<Isa>>};
}

}  // namespace rackproof::cpu
