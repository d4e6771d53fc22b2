#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "devices/cpu/instruction_set.hpp"

namespace rackproof::cpu {

// N(0, 1) numbers by Box and Muller (Ann. Math. Stat. 29, 1958): elements 2p and 2p + 1 are
// r cos(t) and r sin(t) with r = sqrt(-2 ln u), u and t / 2 pi uniform, from a hash of p.
// Logarithm, sine and cosine are polynomials of our own in +, -, *, / and sqrt, which IEEE 754
// rounds in one way only, and these files are compiled without contraction: so every machine,
// instruction set and number of threads makes the same bits. libm would not. The polynomials'
// errors are below 1e-10, far below what any test of the distribution could see.

/// Stafford's variant 13 of MurmurHash3's 64-bit finaliser, as in SplitMix64 (Steele, Lea, Flood,
/// OOPSLA 2014), over a Weyl sequence.
template <class Isa>
inline std::uint64_t hashed(std::uint64_t index, std::uint64_t key) {
    std::uint64_t z = key + index * 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

/// A whole number below 2^52 as a double, by its bits: vector units without a 64-bit conversion
/// can do this too.
template <class Isa>
inline double as_double(std::uint64_t below_2_52) {
    return std::bit_cast<double>(below_2_52 | 0x4330000000000000U) - 4503599627370496.0;
}

/// Natural logarithm of a normal positive number: exponent, and atanh's series of the mantissa
/// between sqrt(1/2) and sqrt(2).
template <class Isa>
inline double logarithm(double u) {
    constexpr std::uint64_t kSqrtHalf = 0x3FE6A09E667F3BCDU;
    const std::uint64_t from_sqrt_half = std::bit_cast<std::uint64_t>(u) - kSqrtHalf;
    // The exponent is biased by 1023 here, so that the shift is of an unsigned number.
    const std::uint64_t biased = (from_sqrt_half + (std::uint64_t{1023} << 52U)) >> 52U;
    const auto mantissa = std::bit_cast<double>((from_sqrt_half & 0xFFFFFFFFFFFFFU) + kSqrtHalf);
    const double s = (mantissa - 1.0) / (mantissa + 1.0);
    const double q = s * s;
    const double series =
        1.0 + q * (1.0 / 3 + q * (1.0 / 5 + q * (1.0 / 7 + q * (1.0 / 9 + q * (1.0 / 11)))));
    return (as_double<Isa>(biased) - 1023.0) * 0.69314718055994530942 + 2.0 * s * series;
}

template <class Isa>
inline void normal_pair(std::uint64_t bits, double& even, double& odd) {
    const double u = (as_double<Isa>(bits >> 32U) + 0.5) * 0x1p-32;
    const double radius = __builtin_sqrt(-2.0 * logarithm<Isa>(u));
    // The angle: two bits choose the quarter, thirty the place in it, from -pi/4 to pi/4.
    const double place = as_double<Isa>(bits & 0x3FFFFFFFU) * 0x1p-30 - 0.5;
    const double t = place * 1.57079632679489661923;
    const double q = t * t;
    const double sine =
        t * (1.0 + q * (-1.0 / 6 + q * (1.0 / 120 + q * (-1.0 / 5040 + q * (1.0 / 362880)))));
    const double cosine =
        1.0 + q * (-1.0 / 2 +
                   q * (1.0 / 24 + q * (-1.0 / 720 + q * (1.0 / 40320 + q * (-1.0 / 3628800)))));
    const bool turned = (bits & 0x40000000U) != 0;
    const double sign = (bits & 0x80000000U) != 0 ? -radius : radius;
    even = sign * (turned ? -sine : cosine);
    odd = sign * (turned ? cosine : sine);
}

/// In blocks, a simple step a loop, so that the compiler makes vectors of each.
template <class Isa, class Real>
void fill_normal(Real* out, std::uint64_t first, std::size_t count, std::uint64_t key) {
    constexpr std::size_t kPairs = 64;
    double even[kPairs];
    double odd[kPairs];
    for (std::size_t done = 0; done < count; done += 2 * kPairs) {
        const std::uint64_t pair = (first + done) / 2;
        for (std::size_t i = 0; i < kPairs; ++i) {
            normal_pair<Isa>(hashed<Isa>(pair + i, key), even[i], odd[i]);
        }
        const std::size_t left = count - done < 2 * kPairs ? count - done : 2 * kPairs;
        for (std::size_t i = 0; i < left / 2; ++i) {
            out[done + 2 * i] = static_cast<Real>(even[i]);
            out[done + 2 * i + 1] = static_cast<Real>(odd[i]);
        }
        if (left % 2 != 0) out[done + left - 1] = static_cast<Real>(even[left / 2]);
    }
}

}  // namespace rackproof::cpu
