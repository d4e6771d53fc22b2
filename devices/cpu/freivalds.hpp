#pragma once

#include <cstdint>

#include "devices/cpu/instruction_set.hpp"
#include "devices/cpu/thread_pool.hpp"

namespace rackproof::cpu {

/// C = A B as it was computed: A m x k, B k x n, C m x n, row-major and packed.
template <class Real>
struct Product {
    const Real* a = nullptr;
    const Real* b = nullptr;
    const Real* c = nullptr;
    std::int64_t m = 0;
    std::int64_t n = 0;
    std::int64_t k = 0;
};

/// The row of C that stands worst against its bound. `right` is false if any row is beyond it, or
/// if anything in A, B or C is NaN or infinite.
struct ProductCheck {
    bool right = false;
    std::int64_t row = 0;
    double residual = 0;  ///< |row of (C x - A (B x))|
    double bound = 0;
};

/// Freivalds' check ("Probabilistic machines can use less running time", IFIP 1977): C x against
/// A (B x) for one random x, in O(mk + kn + mn) operations and in twice double precision, so that
/// its own rounding does not count. The x are uniform in [-1, -0.5] and [0.5, 1] and depend on
/// `seed`: give each check another.
///
/// The bound of row i, with u the unit roundoff of Real:   8 sqrt(k) u |a_i| |B|,
/// |a_i| the 2-norm of A's row i and |B| the Frobenius norm of B. It is made of
///  - each element's error, at most sqrt(k) u |a_i| |b_j|: Higham and Mary, "A new approach to
///    probabilistic rounding error analysis", SIAM J. Sci. Comput. 41(5), 2019, theorem 3.1 with
///    lambda = 1 (the worst case has k in place of sqrt(k): Higham, "Accuracy and stability of
///    numerical algorithms", 2002, section 3.1) and the inequality of Cauchy and Schwarz;
///  - the row's errors meeting x, whose signs are random and independent of them: by Hoeffding
///    (J. Am. Stat. Assoc. 58, 1963) more than 8 times their 2-norm in 1 of 10^14 rows.
/// Healthy OpenBLAS products of N(0, 1) operands came to at most 0.14 of it in the smallest shapes,
/// to 0.02 from 64 x 64 x 64 on and to 0.002 from 1000 x 1000 x 1000 on. One wrong element is
/// found if it is off by more than three times its row's bound.
template <class Real>
[[nodiscard]] ProductCheck check_product(const Product<Real>& product, std::uint64_t seed,
                                         ThreadPool& pool, const InstructionSet& set);

}  // namespace rackproof::cpu
