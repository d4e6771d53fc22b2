#include "runners/device_pairs.hpp"

#include <limits>

#include "runners/pair_rounds.hpp"

namespace rackproof {

std::vector<Target> device_pairs(const std::vector<std::int32_t>& devices) {
    if (devices.size() == 1) return {{devices.front(), devices.front()}};
    const auto device = [&](std::int32_t place) {
        return devices.at(static_cast<std::size_t>(place));
    };
    std::vector<Target> pairs;
    for (const PairRound& round : pair_rounds(static_cast<std::int32_t>(devices.size()),
                                              std::numeric_limits<std::int32_t>::max())) {
        for (const auto& [one, other] : round) pairs.push_back({device(one), device(other)});
        for (const auto& [one, other] : round) pairs.push_back({device(other), device(one)});
    }
    return pairs;
}

bool DeviceRounds::begins(std::int32_t lead_case, const Target& pair) {
    const bool is_new = lead_case != lead_case_ || in_round_.contains(pair.first) ||
                        in_round_.contains(pair.second);
    if (is_new) in_round_.clear();
    lead_case_ = lead_case;
    in_round_.insert({pair.first, pair.second});
    return is_new;
}

}  // namespace rackproof
