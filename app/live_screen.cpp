#include "app/live_screen.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <string>

#include "app/output.hpp"
#include "core/clock.hpp"

namespace rackproof {
namespace {

constexpr std::array<int, 3> kQuitSignals{SIGINT, SIGTERM, SIGHUP};
// Another screen and no cursor; and back (xterm's private modes 1049 and 25).
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";

volatile std::sig_atomic_t asked_to_quit = 0;

void ask_to_quit(int /*signal*/) { asked_to_quit = 1; }

/// A terminal that has hung up takes nothing, and nobody is there who misses it.
void show(std::string_view sequence) {
    const ssize_t written = ::write(STDOUT_FILENO, sequence.data(), sequence.size());
    static_cast<void>(written);
}

}  // namespace

bool LiveScreen::is_possible() {
    const char* terminal = std::getenv("TERM");
    const bool dumb = terminal == nullptr || std::string_view{terminal} == "dumb";
    return ::isatty(STDOUT_FILENO) == 1 && !dumb;
}

LiveScreen::LiveScreen() {
    asked_to_quit = 0;
    struct sigaction action {};
    action.sa_handler = ask_to_quit;
    for (std::size_t i = 0; i < kQuitSignals.size(); ++i) {
        sigaction(kQuitSignals[i], &action, &old_actions_[i]);
    }
    termios now{};
    if (::tcgetattr(STDIN_FILENO, &now) == 0) {
        typed_ = now;
        now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        now.c_cc[VMIN] = 0;
        now.c_cc[VTIME] = 0;
        now.c_cc[VSUSP] = _POSIX_VDISABLE;  // it would leave the terminal as it is
        (void)::tcsetattr(STDIN_FILENO, TCSANOW, &now);
    }
    show(kEnter);
}

LiveScreen::~LiveScreen() {
    show(kLeave);
    if (typed_) (void)::tcsetattr(STDIN_FILENO, TCSANOW, &*typed_);
    for (std::size_t i = 0; i < kQuitSignals.size(); ++i) {
        sigaction(kQuitSignals[i], &old_actions_[i], nullptr);
    }
}

void LiveScreen::draw(std::string_view text) const {
    std::string drawn = "\x1b[H";
    for (const char c : text) {
        if (c == '\n') drawn += "\x1b[K\r";
        drawn += c;
    }
    write_stdout(drawn + "\x1b[J");
}

bool LiveScreen::quit_within(double wait_s) const {
    const SteadyClock::time_point from = SteadyClock::now();
    while (asked_to_quit == 0) {
        const double left_s = wait_s - seconds_since(from);
        if (left_s <= 0) return false;
        pollfd typed{typed_ ? STDIN_FILENO : -1, POLLIN, 0};
        const int ready = ::poll(&typed, 1, static_cast<int>(std::ceil(left_s * 1000)));
        if (ready <= 0) continue;  // over, or a signal
        char key = 0;
        const ssize_t count = ::read(STDIN_FILENO, &key, 1);
        if (count == 1 && (key == 'q' || key == 'Q')) return true;
        if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) return true;  // hung up
    }
    return true;
}

}  // namespace rackproof
