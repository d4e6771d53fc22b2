#pragma once

#include <cstdint>
#include <string>

#include "core/clock.hpp"
#include "runners/run_plan.hpp"

namespace rackproof {

enum class ProgressStyle : std::uint8_t {
    Live,   ///< redraws some lines on a terminal
    Lines,  ///< one line when a stage begins and one a minute, for logs
};

/// Live on a terminal that is not "dumb", else lines.
[[nodiscard]] ProgressStyle stderr_progress_style();

struct TerminalSize {
    std::size_t columns = 80;
    std::size_t lines = 24;
};
/// Of the terminal that a descriptor leads to; 80 x 24 where it does not say, or there is none.
[[nodiscard]] TerminalSize terminal_size(int descriptor);

/// The text that `Live` draws: a line for the run, its nodes x stages (progress_table), and what
/// the ranks are at, as far as there is room. Shorter than the terminal, and no line wider than it.
[[nodiscard]] std::string progress_text(const Progress& progress, const TerminalSize& size);

/// Shows a run's progress on stderr.
class ProgressDisplay {
  public:
    explicit ProgressDisplay(ProgressStyle style) : style_{style} {}
    ProgressDisplay(const ProgressDisplay&) = delete;
    ProgressDisplay& operator=(const ProgressDisplay&) = delete;
    ~ProgressDisplay() { clear(); }

    void show(const Progress& progress);

    /// Takes the live lines off the screen.
    void clear();

  private:
    void draw(const Progress& progress);

    ProgressStyle style_;
    std::string stage_;
    int drawn_lines_ = 0;
    SteadyClock::time_point last_shown_{};
};

}  // namespace rackproof
