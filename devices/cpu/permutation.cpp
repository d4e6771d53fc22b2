#include "devices/cpu/permutation.hpp"

#include <cmath>
#include <string>

#include "core/error.hpp"

namespace rackproof::cpu {
namespace {

constexpr int kRounds = 6;

/// A number below `limit` (< 2^32) that depends on all bits of `value` and `key`.
std::uint64_t scattered(std::uint64_t value, std::uint64_t key, std::uint64_t limit) {
    std::uint64_t z = (value + key) * 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 32U)) * 0xBF58476D1CE4E5B9U;
    return ((z >> 32U) * limit) >> 32U;
}

}  // namespace

Permutation::Permutation(std::uint64_t count, std::uint64_t seed) : count_{count}, seed_{seed} {
    if (count == 0 || count >= (std::uint64_t{1} << 62U)) {
        throw Error{"make a permutation", std::to_string(count) + " items"};
    }
    // The smallest rectangle of about equal sides that holds all items.
    rows_ = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(count)));
    rows_ = rows_ == 0 ? 1 : rows_;
    columns_ = (count + rows_ - 1) / rows_;
}

std::uint64_t Permutation::place(std::uint64_t index) const {
    std::uint64_t found = shuffled(index);
    while (found >= count_) found = shuffled(found);
    return found;
}

std::uint64_t Permutation::shuffled(std::uint64_t index) const {
    std::uint64_t row = index / columns_;
    std::uint64_t column = index % columns_;
    std::uint64_t key = seed_;
    for (int round = 0; round < kRounds; round += 2) {
        row += scattered(column, ++key * 0xD1342543DE82EF95U, rows_);
        row = row >= rows_ ? row - rows_ : row;
        column += scattered(row, ++key * 0xD1342543DE82EF95U, columns_);
        column = column >= columns_ ? column - columns_ : column;
    }
    return row * columns_ + column;
}

}  // namespace rackproof::cpu
