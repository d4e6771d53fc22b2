#include "runners/start_pace.hpp"

namespace rackproof {

bool StartPace::may_start(double now_s, std::size_t nodes, std::size_t busy) const {
    if (next_s_ && now_s < *next_s_) return false;
    if (!limits_.most_nodes || busy == 0) return true;
    return busy + nodes <= static_cast<std::size_t>(*limits_.most_nodes);
}

void StartPace::started(double now_s, std::size_t nodes) {
    if (!limits_.most_nodes_starting_per_s) return;
    next_s_ = now_s + static_cast<double>(nodes) / *limits_.most_nodes_starting_per_s;
}

}  // namespace rackproof
