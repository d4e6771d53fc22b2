#pragma once

#include <cstddef>

#include "devices/cpu/instruction_set.hpp"

namespace rackproof::cpu {

/// One step of Dot2 (see RowProduct) in every lane: Knuth's TwoSum, and TwoProduct as `Isa` has it.
/// References, not members of a struct: SVE's vectors have no size that a struct could hold.
template <class Isa>
void add_product(typename Isa::V& sum, typename Isa::V& error, typename Isa::V& squares,
                 typename Isa::V a, typename Isa::V x, typename Isa::V x_low) {
    const typename Isa::V product = Isa::mul(a, x);
    const typename Isa::V lost = Isa::product_error(a, x, product);
    const typename Isa::V total = Isa::add(sum, product);
    const typename Isa::V taken = Isa::sub(total, sum);
    const typename Isa::V rest =
        Isa::add(Isa::sub(sum, Isa::sub(total, taken)), Isa::sub(product, taken));
    error = Isa::add(error, Isa::add(rest, Isa::mul_add(a, x_low, lost)));
    squares = Isa::mul_add(a, a, squares);
    sum = total;
}

/// Splits a double into two halves whose products are exact (Dekker, Numer. Math. 18, 1971).
template <class Isa>
double upper_half(double a) {
    const double spread = 134217729.0 * a;  // 2^27 + 1
    return spread - (spread - a);
}

/// What rounding took from product = a x, without an FMA (Dekker).
template <class Isa>
double product_error_without_fma(double a, double x, double product) {
    const double a_high = upper_half<Isa>(a);
    const double x_high = upper_half<Isa>(x);
    const double a_low = a - a_high;
    const double x_low = x - x_high;
    return a_low * x_low - (((product - a_high * x_high) - a_low * x_high) - a_high * x_low);
}

template <class Isa>
void add_value(RowSum& to, double value) {
    const double total = to.value + value;
    const double taken = total - to.value;
    to.error += (to.value - (total - taken)) + (value - taken);
    to.value = total;
}

template <class Isa>
void add_lanes(RowSum& to, typename Isa::V sum, typename Isa::V error, typename Isa::V squares) {
    double lanes[3][Isa::kMaxWidth];
    Isa::store(lanes[0], sum);
    Isa::store(lanes[1], error);
    Isa::store(lanes[2], squares);
    for (std::size_t lane = 0; lane < Isa::width(); ++lane) {
        add_value<Isa>(to, lanes[0][lane]);
        to.error += lanes[1][lane];
        to.squares += lanes[2][lane];
    }
}

template <class Isa, class Real>
RowSum row_product(const Real* row, const double* x, const double* x_low, std::size_t count) {
    using V = typename Isa::V;
    const std::size_t width = Isa::width();
    V sum = Isa::all(0), error = Isa::all(0), squares = Isa::all(0);
    V sum2 = Isa::all(0), error2 = Isa::all(0), squares2 = Isa::all(0);
    std::size_t i = 0;
    for (; i + 2 * width <= count; i += 2 * width) {
        const std::size_t j = i + width;
        add_product<Isa>(sum, error, squares, Isa::load(row + i), Isa::load(x + i),
                         Isa::load(x_low + i));
        add_product<Isa>(sum2, error2, squares2, Isa::load(row + j), Isa::load(x + j),
                         Isa::load(x_low + j));
    }
    RowSum total;
    add_lanes<Isa>(total, sum, error, squares);
    add_lanes<Isa>(total, sum2, error2, squares2);
    for (; i < count; ++i) {
        const auto a = static_cast<double>(row[i]);
        const double product = a * x[i];
        add_value<Isa>(total, product);
        total.error += product_error_without_fma<Isa>(a, x[i], product) + a * x_low[i];
        total.squares += a * a;
    }
    return total;
}

}  // namespace rackproof::cpu
