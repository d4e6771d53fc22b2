#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace rackproof {

/// Load is stepped: how many nodes may be at work at once, and how many may start a second.
struct PaceLimits {
    std::optional<std::int32_t> most_nodes;           ///< nullopt: no limit
    std::optional<double> most_nodes_starting_per_s;  ///< nullopt: no limit; else above 0
};

/// Says when the next job may start. Time is any clock that only goes forward, in seconds.
class StartPace {
  public:
    explicit StartPace(const PaceLimits& limits) : limits_{limits} {}

    /// True if a job on `nodes` may start now, with `busy` nodes at work. A job on more nodes than
    /// the limit may start when nothing else is at work.
    [[nodiscard]] bool may_start(double now_s, std::size_t nodes, std::size_t busy) const;

    /// When the next may start as far as the starts a second are concerned; nullopt: at any time.
    [[nodiscard]] std::optional<double> next_s() const { return next_s_; }

    /// It has started: the next has to wait its share.
    void started(double now_s, std::size_t nodes);

  private:
    PaceLimits limits_;
    std::optional<double> next_s_;
};

}  // namespace rackproof
