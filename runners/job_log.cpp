#include "runners/job_log.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/log.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kHead = 1000;
constexpr std::size_t kTail = 2000;
constexpr std::size_t kShown = 600;
constexpr int kReadsAtOnce = 64;

/// Without line breaks, and no two spaces in a row.
std::string on_one_line(std::string_view text) {
    std::string line;
    for (const char c : text) {
        const bool space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
        if (!space) {
            line += c;
        } else if (!line.empty() && line.back() != ' ') {
            line += ' ';
        }
    }
    if (!line.empty() && line.back() == ' ') line.pop_back();
    return line;
}

}  // namespace

JobLog::JobLog(const std::filesystem::path& file) : file_{file, std::ios::binary} {
    if (!file_) log_warning("cannot write " + file.string() + ": what the job prints is lost");
}

JobLog::~JobLog() {
    if (discarded_ > 0) {
        file_ << "\n[rackproof: " << discarded_ << " more bytes were discarded]\n";
    }
}

bool JobLog::drain(int descriptor) {
    std::array<char, 16 * 1024> piece;
    for (int i = 0; i < kReadsAtOnce; ++i) {
        const ssize_t count = ::read(descriptor, piece.data(), piece.size());
        if (count > 0) {
            take({piece.data(), static_cast<std::size_t>(count)});
        } else if (count == 0) {
            return false;
        } else if (errno != EINTR) {
            return errno == EAGAIN || errno == EWOULDBLOCK;
        }
    }
    return true;
}

void JobLog::take(std::string_view text) {
    const std::uint64_t kept = std::min<std::uint64_t>(text.size(), kMostBytes - written_);
    file_.write(text.data(), static_cast<std::streamsize>(kept));
    file_.flush();
    written_ += kept;
    discarded_ += text.size() - kept;
    const std::size_t first = std::min(text.size(), kHead - head_.size());
    head_.append(text.substr(0, first));
    tail_.append(text.substr(first));
    if (tail_.size() > kTail) {
        tail_.erase(0, tail_.size() - kTail);
        gap_ = true;
    }
}

std::string JobLog::words() const {
    const std::string words = on_one_line(head_ + (gap_ ? " ... " : "") + tail_);
    if (words.size() <= kShown) return printable(words);
    constexpr std::size_t kHalf = kShown / 2;
    return printable(words.substr(0, kHalf)) + " ... " +
           printable(words.substr(words.size() - kHalf));
}

}  // namespace rackproof
