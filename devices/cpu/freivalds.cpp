#include "devices/cpu/freivalds.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

namespace rackproof::cpu {
namespace {

constexpr double kRandomSignsMargin = 8.0;

RowProduct<double> row_product_of(const InstructionSet& set, double) {
    return set.row_product_fp64;
}
RowProduct<float> row_product_of(const InstructionSet& set, float) { return set.row_product_fp32; }

/// Sign and 52 bits of a number in [0.5, 1) from a hash (SplitMix64).
double random_entry(std::uint64_t index, std::uint64_t seed) {
    std::uint64_t z = seed + (index + 1) * 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    z ^= z >> 31U;
    return std::bit_cast<double>((z & 0x800FFFFFFFFFFFFFU) | 0x3FE0000000000000U);
}

/// A vector in twice double precision: value + low.
struct DoubledVector {
    explicit DoubledVector(std::size_t size) : value(size), low(size) {}
    std::vector<double> value;
    std::vector<double> low;
};

/// What one thread found among its rows. NaN compares as worse than anything.
struct alignas(64) Worst {
    double ratio = -1;
    ProductCheck check{.right = true};
    void see(std::size_t row, double residual, double bound) {
        const bool right = residual <= bound && std::isfinite(bound);
        const double share = residual > 0 ? residual / bound : 0;
        if (right && (!check.right || share <= ratio)) return;
        if (!right && !check.right) return;
        ratio = share;
        check = {right, static_cast<std::int64_t>(row), residual, bound};
    }
};

template <class Real>
class Freivalds {
  public:
    Freivalds(const Product<Real>& product, ThreadPool& pool, const InstructionSet& set)
        : pool_{&pool},
          row_product_{row_product_of(set, Real{})},
          product_{product},
          m_{static_cast<std::size_t>(product.m)},
          n_{static_cast<std::size_t>(product.n)},
          k_{static_cast<std::size_t>(product.k)},
          x_{n_},
          bx_{k_} {}

    ProductCheck check(std::uint64_t seed) {
        for (std::size_t j = 0; j < n_; ++j) x_.value[j] = random_entry(j, seed);
        const double b_norm = std::sqrt(multiply_b());
        std::vector<Worst> worst(static_cast<std::size_t>(pool_->size()));
        pool_->run([&](int thread) {
            const ItemRange own = share_of(m_, 1, pool_->size(), thread);
            for (std::size_t row = own.begin; row < own.end; ++row) {
                compare_row(row, b_norm, worst[static_cast<std::size_t>(thread)]);
            }
        });
        Worst all;
        for (const Worst& one : worst) {
            if (one.ratio < 0 && one.check.right) continue;
            if (all.check.right && (!one.check.right || one.ratio > all.ratio)) all = one;
        }
        return all.check;
    }

  private:
    /// B x into bx_; returns the sum of B's squares.
    double multiply_b() {
        struct alignas(64) Squares {
            double sum = 0;
        };
        std::vector<Squares> squares(static_cast<std::size_t>(pool_->size()));
        pool_->run([&](int thread) {
            const ItemRange own = share_of(k_, 1, pool_->size(), thread);
            double sum = 0;
            for (std::size_t row = own.begin; row < own.end; ++row) {
                const RowSum done =
                    row_product_(product_.b + row * n_, x_.value.data(), x_.low.data(), n_);
                bx_.value[row] = done.value + done.error;
                bx_.low[row] = done.error - (bx_.value[row] - done.value);
                sum += done.squares;
            }
            squares[static_cast<std::size_t>(thread)].sum = sum;
        });
        double sum = 0;
        for (const Squares& one : squares) sum += one.sum;
        return sum;
    }

    void compare_row(std::size_t row, double b_norm, Worst& worst) const {
        const RowSum seen = row_product_(product_.c + row * n_, x_.value.data(), x_.low.data(), n_);
        const RowSum expected =
            row_product_(product_.a + row * k_, bx_.value.data(), bx_.low.data(), k_);
        constexpr double kRoundoff = std::numeric_limits<Real>::epsilon() / 2;
        const double bound = kRandomSignsMargin * std::sqrt(static_cast<double>(k_)) * kRoundoff *
                             std::sqrt(expected.squares) * b_norm;
        const double residual =
            std::abs((seen.value - expected.value) + (seen.error - expected.error));
        worst.see(row, residual, bound);
    }

    ThreadPool* pool_;
    RowProduct<Real> row_product_;
    Product<Real> product_;
    std::size_t m_, n_, k_;
    DoubledVector x_;
    DoubledVector bx_;
};

}  // namespace

template <class Real>
ProductCheck check_product(const Product<Real>& product, std::uint64_t seed, ThreadPool& pool,
                           const InstructionSet& set) {
    return Freivalds<Real>{product, pool, set}.check(seed);
}

template ProductCheck check_product(const Product<double>&, std::uint64_t, ThreadPool&,
                                    const InstructionSet&);
template ProductCheck check_product(const Product<float>&, std::uint64_t, ThreadPool&,
                                    const InstructionSet&);

}  // namespace rackproof::cpu
