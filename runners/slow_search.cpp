#include "runners/slow_search.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/error.hpp"

namespace rackproof {
namespace {

bool has(const std::vector<std::int32_t>& nodes, std::int32_t node) {
    return std::ranges::find(nodes, node) != nodes.end();
}

std::string trials(int count) {
    return count == 1 ? "the one trial" : "all " + std::to_string(count) + " trials";
}

}  // namespace

SlowSearch::SlowSearch(std::vector<std::int32_t> nodes)
    : nodes_{std::move(nodes)}, suspects_{nodes_} {
    if (nodes_.size() < kFewestNodes) {
        throw Error{"look for the slow one of " + std::to_string(nodes_.size()) + " nodes",
                    "without one of them they are none"};
    }
}

std::int32_t SlowSearch::most_trials(std::size_t nodes) {
    constexpr std::int32_t kOfAllAndWithout = 3;
    return kOfAllAndWithout + static_cast<std::int32_t>(std::bit_width(nodes - 1));
}

/// Of the suspects; one alone has another node for company, which is none.
std::vector<std::int32_t> SlowSearch::half() const {
    const auto count = static_cast<std::ptrdiff_t>((suspects_.size() + 1) / 2);
    std::vector<std::int32_t> nodes{suspects_.begin(), suspects_.begin() + count};
    if (nodes.size() > 1) return nodes;
    const auto company =
        std::ranges::find_if(nodes_, [this](std::int32_t node) { return !has(suspects_, node); });
    nodes.push_back(*company);
    return nodes;
}

std::vector<std::int32_t> SlowSearch::next() const {
    switch (phase_) {
        case Phase::Again:
        case Phase::Confirm: return nodes_;
        case Phase::Halving: return half();
        case Phase::Without: break;
        case Phase::Over: return {};
    }
    std::vector<std::int32_t> others = nodes_;
    std::erase(others, suspects_.front());
    return others;
}

void SlowSearch::halve(TrialEnd end) {
    const std::vector<std::int32_t> tried = half();
    std::erase_if(suspects_, [&](std::int32_t node) {
        return has(tried, node) != (end == TrialEnd::TooSlow);
    });
    if (suspects_.size() == 1) phase_ = Phase::Without;
}

void SlowSearch::give_up(std::string why) {
    phase_ = Phase::Over;
    why_nobody_ = std::move(why);
}

void SlowSearch::take(TrialEnd end) {
    if (end == TrialEnd::Unclear)
        return give_up("a trial broke, or was neither in time nor too slow");
    const bool slow = end == TrialEnd::TooSlow;
    ++(slow ? slow_ : in_time_);
    switch (phase_) {
        case Phase::Again:
            if (!slow) return give_up("tried again with all, it was in time");
            phase_ = Phase::Halving;
            return;
        case Phase::Halving: return halve(end);
        case Phase::Without:
            if (slow) return give_up("it was slow without the last suspect as well");
            phase_ = Phase::Confirm;
            return;
        case Phase::Confirm:
            if (!slow) return give_up("tried with all once more, it was in time");
            phase_ = Phase::Over;
            guilty_ = suspects_.front();
            return;
        case Phase::Over: throw Error{"take a trial's end", "the search is over"};
    }
}

std::string SlowSearch::words() const {
    if (!guilty_) return is_over() ? why_nobody_ : "the search for the slow one was broken off";
    return "tried again, it was too slow in " + trials(slow_) + " with it, and in time in " +
           trials(in_time_) + " without it";
}

}  // namespace rackproof
