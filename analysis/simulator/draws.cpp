#include "analysis/simulator/draws.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace rackproof::simulator {
namespace {

constexpr std::uint32_t low_half(std::uint64_t number) {
    return static_cast<std::uint32_t>(number & 0xFFFFFFFFU);
}
constexpr std::uint32_t high_half(std::uint64_t number) {
    return static_cast<std::uint32_t>(number >> 32U);
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key) {
    constexpr int kRounds = 10;
    for (int round = 0; round < kRounds; ++round) {
        const std::uint64_t first = std::uint64_t{0xD2511F53U} * counter[0];
        const std::uint64_t second = std::uint64_t{0xCD9E8D57U} * counter[2];
        counter = {high_half(second) ^ counter[1] ^ key[0], low_half(second),
                   high_half(first) ^ counter[3] ^ key[1], low_half(first)};
        key[0] += 0x9E3779B9U;
        key[1] += 0xBB67AE85U;
    }
    return counter;
}

Draws::Draws(std::uint64_t seed, Purpose purpose, std::uint32_t item, std::uint32_t part)
    : key_{low_half(seed), high_half(seed)},
      counter_{0, part, item, static_cast<std::uint32_t>(purpose)} {}

std::uint32_t Draws::word() {
    if (used_ == words_.size()) {
        words_ = philox(counter_, key_);
        ++counter_[0];
        used_ = 0;
    }
    return words_[used_++];
}

double Draws::uniform() {
    constexpr double kStep = 0x1p-52;  // 52 bits, each cell drawn at its middle
    const std::uint64_t high = word();
    const std::uint64_t bits = (high << 20U) | (word() >> 12U);
    return (static_cast<double>(bits) + 0.5) * kStep;
}

double Draws::between(double low, double high) { return low + (high - low) * uniform(); }

std::size_t Draws::below(std::size_t count) {
    const auto index = static_cast<std::size_t>(uniform() * static_cast<double>(count));
    return std::min(index, count - 1);
}

double Draws::normal() {
    if (second_normal_) return *std::exchange(second_normal_, std::nullopt);
    const double radius = std::sqrt(-2 * std::log(uniform()));
    const double angle = 2 * std::numbers::pi * uniform();
    second_normal_ = radius * std::sin(angle);
    return radius * std::cos(angle);
}

std::vector<std::int32_t> chosen(std::vector<std::int32_t> items, std::size_t count, Draws& draws) {
    count = std::min(count, items.size());
    for (std::size_t i = 0; i < count; ++i) {
        std::swap(items[i], items[i + draws.below(items.size() - i)]);
    }
    items.resize(count);
    std::ranges::sort(items);
    return items;
}

}  // namespace rackproof::simulator
