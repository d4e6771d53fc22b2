#include "app/progress_display.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "app/progress_table.hpp"
#include "core/log.hpp"
#include "reports/text_format.hpp"
#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

constexpr double kRedrawEvery_s = 0.25;
constexpr double kLineEvery_s = 60;
constexpr std::size_t kFewestColumns = 40;
constexpr std::size_t kFewestLines = 6;
constexpr std::size_t kMostTableLines = 40;
constexpr std::size_t kMostRankLines = 8;

std::string run_line(const Progress& progress) {
    std::string line = progress.stage + ": " + std::to_string(progress.ended) + " of " +
                       std::to_string(progress.cells) + " cells";
    if (progress.not_completed > 0) {
        line += ", " + std::to_string(progress.not_completed) + " not completed";
    }
    line += "; " + format_duration(progress.elapsed_s) + " gone";
    if (progress.left_s > 0) line += ", " + format_duration(progress.left_s) + " left";
    return line;
}

/// `text`, or its beginning and end, in at most so many columns.
std::string cut_to(const std::string& text, std::size_t columns) {
    return display_width(text) <= columns ? text : fitted(text, columns);
}

}  // namespace

TerminalSize terminal_size(int descriptor) {
    winsize window{};
    if (::ioctl(descriptor, TIOCGWINSZ, &window) != 0) return {};
    TerminalSize size;
    if (window.ws_col > 0) size.columns = window.ws_col;
    if (window.ws_row > 0) size.lines = window.ws_row;
    return size;
}

ProgressStyle stderr_progress_style() {
    const char* terminal = std::getenv("TERM");
    const bool dumb = terminal == nullptr || std::string_view{terminal} == "dumb";
    return ::isatty(STDERR_FILENO) == 1 && !dumb ? ProgressStyle::Live : ProgressStyle::Lines;
}

std::string progress_text(const Progress& progress, const TerminalSize& size) {
    // A line that fills the last column would be two on some terminals.
    const std::size_t width = std::max<std::size_t>(size.columns, kFewestColumns) - 1;
    const std::size_t lines = std::max<std::size_t>(size.lines, kFewestLines) - 1;
    std::string text = cut_to(clean(run_line(progress)), width) + "\n";
    if (progress.board != nullptr) {
        text += progress_table(*progress.board, static_cast<std::size_t>(progress.stage_index),
                               width, std::min(lines - 1, kMostTableLines));
    }
    const auto used = static_cast<std::size_t>(std::ranges::count(text, '\n'));
    const std::size_t room = std::min(lines - used, kMostRankLines + 1);
    const std::size_t ranks = progress.running.size();
    const std::size_t shown = ranks <= room ? ranks : room - std::min<std::size_t>(room, 1);
    for (std::size_t i = 0; i < shown; ++i) {
        text += "  " + cut_to(clean(progress.running[i]), width - 2) + "\n";
    }
    if (shown < ranks && room > 0) text += fmt::format("  and {} more ranks\n", ranks - shown);
    return text;
}

void ProgressDisplay::show(const Progress& progress) {
    const double since_s = seconds_since(last_shown_);
    const bool new_stage = progress.stage != stage_;
    if (style_ == ProgressStyle::Live) {
        if (new_stage || since_s >= kRedrawEvery_s) draw(progress);
    } else if (new_stage || since_s >= kLineEvery_s) {
        log_info(run_line(progress));
        last_shown_ = SteadyClock::now();
    }
    stage_ = progress.stage;
}

void ProgressDisplay::draw(const Progress& progress) {
    clear();
    const std::string text = progress_text(progress, terminal_size(STDERR_FILENO));
    std::fputs(text.c_str(), stderr);
    drawn_lines_ = static_cast<int>(std::ranges::count(text, '\n'));
    last_shown_ = SteadyClock::now();
}

void ProgressDisplay::clear() {
    if (drawn_lines_ > 0) std::fprintf(stderr, "\x1b[%dA\x1b[J", drawn_lines_);
    drawn_lines_ = 0;
}

}  // namespace rackproof
