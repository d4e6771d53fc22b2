#include "runners/pair_rounds.hpp"

#include <algorithm>

namespace rackproof {

std::vector<PairRound> pair_rounds(std::int32_t count, std::int32_t most_rounds) {
    if (count < 2) return {};
    const std::int32_t players = count + count % 2;  // with a bye, if they are odd
    const std::int32_t circle = players - 1;         // the last one stands in its middle
    // The player on a seat of the circle: seats that face each other in round 0 are neighbours.
    std::vector<std::int32_t> on_seat(static_cast<std::size_t>(players));
    on_seat[static_cast<std::size_t>(circle)] = 0;
    on_seat[0] = 1;
    for (std::int32_t i = 1; i < players / 2; ++i) {
        on_seat[static_cast<std::size_t>(i)] = 2 * i;
        on_seat[static_cast<std::size_t>(circle - i)] = 2 * i + 1;
    }
    std::vector<PairRound> rounds;
    for (std::int32_t round = 0; round < std::min(circle, most_rounds); ++round) {
        PairRound& pairs = rounds.emplace_back();
        for (std::int32_t i = 0; i < players / 2; ++i) {
            const std::int32_t one = i == 0 ? circle : (round + i) % circle;
            const std::int32_t facing = (round - i + circle) % circle;
            const auto [first, second] = std::minmax(on_seat[static_cast<std::size_t>(one)],
                                                     on_seat[static_cast<std::size_t>(facing)]);
            if (second < count) pairs.emplace_back(first, second);
        }
        std::ranges::sort(pairs);
    }
    return rounds;
}

std::int32_t enough_rounds(std::int32_t nodes) {
    if (nodes <= 128) return 16;
    if (nodes <= 512) return 10;
    return nodes <= 4096 ? 6 : 8;
}

}  // namespace rackproof
