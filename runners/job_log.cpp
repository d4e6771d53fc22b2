#include "runners/job_log.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/log.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kTail = 2000;
constexpr int kReadsAtOnce = 64;

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
    tail_.append(text);
    if (tail_.size() > kTail) tail_.erase(0, tail_.size() - kTail);
}

std::string JobLog::last_words() const {
    std::string words;
    for (const char c : tail_) {
        const bool space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
        if (!space) {
            words += c;
        } else if (!words.empty() && words.back() != ' ') {
            words += ' ';
        }
    }
    if (!words.empty() && words.back() == ' ') words.pop_back();
    constexpr std::size_t kShown = 600;
    if (words.size() > kShown) words.erase(0, words.size() - kShown);
    return printable(words);
}

}  // namespace rackproof
