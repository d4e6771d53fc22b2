#pragma once

#include <termios.h>

#include <array>
#include <csignal>
#include <optional>
#include <string_view>

namespace rackproof {

/// The screen of the terminal behind stdout, for a text that is drawn again and again; what was on
/// it is back afterwards. While alive, what is typed is not shown, and SIGINT, SIGTERM and SIGHUP
/// ask to quit instead of ending the process. One at a time.
class LiveScreen {
  public:
    LiveScreen();
    LiveScreen(const LiveScreen&) = delete;
    LiveScreen& operator=(const LiveScreen&) = delete;
    ~LiveScreen();

    /// True if stdout is a terminal that can do this.
    [[nodiscard]] static bool is_possible();

    /// `text`: harmless lines, fewer than the terminal has. Throws Error if it cannot be written.
    void draw(std::string_view text) const;

    /// Waits for so long, or until somebody types q or asks to quit; true then.
    [[nodiscard]] bool quit_within(double wait_s) const;

  private:
    std::optional<termios> typed_;  ///< how stdin was, if it is a terminal
    std::array<struct sigaction, 3> old_actions_{};
};

}  // namespace rackproof
