#include "app/progress_display.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "core/log.hpp"
#include "core/utf8.hpp"
#include "reports/text_format.hpp"

namespace rackproof {
namespace {

constexpr double kRedrawEvery_s = 0.25;
constexpr double kLineEvery_s = 60;
constexpr int kColumns = 80;
constexpr std::size_t kMostRanks = 8;

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

}  // namespace

ProgressStyle stderr_progress_style() {
    const char* terminal = std::getenv("TERM");
    const bool dumb = terminal == nullptr || std::string_view{terminal} == "dumb";
    return ::isatty(STDERR_FILENO) == 1 && !dumb ? ProgressStyle::Live : ProgressStyle::Lines;
}

std::string progress_text(const Progress& progress, int columns, std::size_t most_ranks) {
    const auto width = static_cast<std::size_t>(std::max(columns, 20));
    std::string text = shortened(printable(run_line(progress)), width) + "\n";
    const std::size_t shown = std::min(most_ranks, progress.running.size());
    for (std::size_t i = 0; i < shown; ++i) {
        text += "  " + shortened(printable(progress.running[i]), width - 2) + "\n";
    }
    if (shown < progress.running.size()) {
        text += "  and " + std::to_string(progress.running.size() - shown) + " more\n";
    }
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
    const std::string text = progress_text(progress, kColumns - 1, kMostRanks);
    std::fputs(text.c_str(), stderr);
    drawn_lines_ = static_cast<int>(std::ranges::count(text, '\n'));
    last_shown_ = SteadyClock::now();
}

void ProgressDisplay::clear() {
    if (drawn_lines_ > 0) std::fprintf(stderr, "\x1b[%dA\x1b[J", drawn_lines_);
    drawn_lines_ = 0;
}

}  // namespace rackproof
