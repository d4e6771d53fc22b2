#include "runners/command_output.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "core/error.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostBytes = std::size_t{16} << 20;
constexpr std::size_t kWordsShown = 400;
constexpr int kPollTurn_ms = 20;

/// Takes in what there is; false at the end.
bool read_some(int descriptor, std::string& text) {
    std::array<char, 16 * 1024> piece{};
    while (true) {
        const ssize_t count = ::read(descriptor, piece.data(), piece.size());
        if (count > 0) {
            text.append(piece.data(), static_cast<std::size_t>(count));
            if (text.size() > kMostBytes) return true;
        } else if (count == 0) {
            return false;
        } else if (errno != EINTR) {
            return errno == EAGAIN || errno == EWOULDBLOCK;
        }
    }
}

}  // namespace

bool is_on_path(std::string_view program) {
    const char* path = std::getenv("PATH");
    std::string_view left = path == nullptr ? "/usr/bin:/bin" : path;
    while (true) {
        const std::size_t colon = left.find(':');
        const std::string folder{left.substr(0, colon)};
        const std::filesystem::path candidate = std::filesystem::path{folder} / program;
        if (!folder.empty() && ::access(candidate.c_str(), X_OK) == 0) return true;
        if (colon == std::string_view::npos) return false;
        left.remove_prefix(colon + 1);
    }
}

AskedProgram::AskedProgram(const Command& command, double patience_s)
    : attempted_{"run " + shown(command.arguments)}, patience_s_{patience_s}, child_{command} {}

std::optional<std::string> AskedProgram::answer() {
    // What it has left running may hold its output open: its own end is enough.
    if (open_) open_ = read_some(child_.output(), text_) && !child_.ending();
    if (text_.size() > kMostBytes) throw Error{attempted_, "it prints more than 16 MiB"};
    if (open_ || !child_.ending()) {
        if (seconds_since(start_) > patience_s_) {
            // Not waited for: it may hang in the kernel, where nothing ends it.
            child_.signal_group(SIGKILL);
            child_.abandon();
            throw Error{attempted_, "it did not end in time"};
        }
        return std::nullopt;
    }
    (void)read_some(child_.output(), text_);
    if (child_.ending() != "exit status 0") {
        throw Error{attempted_, *child_.ending() + ": " + printable(shortened(text_, kWordsShown))};
    }
    return std::move(text_);
}

std::string output_of(const Command& command, double patience_s) {
    AskedProgram asked{command, patience_s};
    while (true) {
        if (std::optional<std::string> answer = asked.answer()) return *std::move(answer);
        pollfd polled{asked.output(), POLLIN, 0};
        (void)::poll(&polled, 1, kPollTurn_ms);
    }
}

std::vector<std::string_view> printed_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string::npos ? text.size() : end + 1);
    }
    return lines;
}

}  // namespace rackproof
