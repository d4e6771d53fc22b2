#include "devices/nccl/own_words.hpp"

#include <fcntl.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <vector>

#include "core/error.hpp"

namespace rackproof::nccl {
namespace {

constexpr std::size_t kLongestLine = 4096;
constexpr long kMostKept = 1L << 20;

/// What follows `mark` in `line`, up to a space; nullopt if it is not there.
std::optional<std::string_view> word_after(std::string_view line, std::string_view mark) {
    const std::size_t found = line.find(mark);
    if (found == std::string_view::npos) return std::nullopt;
    line.remove_prefix(found + mark.size());
    return line.substr(0, line.find_first_of(" \r\n"));
}

std::optional<int> number_in(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end != text.data() ? std::optional{number} : std::nullopt;
}

/// "NET/IB/3(2)/GDRDMA/Shared" as "NET/IB/GDRDMA/Shared": parts that are numbers say which, not
/// how.
std::string without_numbers(std::string_view transport) {
    std::string kept;
    while (!transport.empty()) {
        const std::size_t end = std::min(transport.find('/'), transport.size());
        const std::string_view part = transport.substr(0, end);
        const bool is_number = !part.empty() && part.front() >= '0' && part.front() <= '9';
        if (!is_number) kept += (kept.empty() ? "" : "/") + std::string{part};
        transport.remove_prefix(std::min(end + 1, transport.size()));
    }
    return kept;
}

/// NCCL up to 2.25 writes the numbers of its enums (src/include/nccl_common.h, device.h).
template <std::size_t kSize>
std::string named(std::string_view word, const std::array<const char*, kSize>& names) {
    const std::optional<int> number = number_in(word);
    if (!number) return std::string{word};
    const bool known = *number >= 0 && static_cast<std::size_t>(*number) < kSize;
    return known ? names[static_cast<std::size_t>(*number)] : std::string{word};
}

constexpr std::array<const char*, 7> kAlgorithms{
    "TREE", "RING", "COLLNET_DIRECT", "COLLNET_CHAIN", "NVLS", "NVLS_TREE", "PAT"};
constexpr std::array<const char*, 3> kProtocols{"LL", "LL128", "SIMPLE"};

/// "channel{Lo..Hi}={0..15}" is 16 channels; 0 if it is not said.
int channels_in(std::string_view line) {
    const std::optional<std::string_view> range = word_after(line, "channel{Lo..Hi}={");
    if (!range) return 0;
    const std::size_t dots = range->find("..");
    if (dots == std::string_view::npos) return 0;
    const std::optional<int> low = number_in(range->substr(0, dots));
    const std::optional<int> high = number_in(range->substr(dots + 2));
    return low && high && *high >= *low ? *high - *low + 1 : 0;
}

}  // namespace

void OwnWords::read(std::string_view text) {
    rest_ += text;
    std::size_t begin = 0;
    for (std::size_t end = rest_.find('\n'); end != std::string::npos;
         end = rest_.find('\n', begin)) {
        read_line(std::string_view{rest_}.substr(begin, end - begin));
        begin = end + 1;
    }
    rest_.erase(0, begin);
    if (rest_.size() > kLongestLine) rest_.clear();
}

void OwnWords::read_line(std::string_view line) {
    if (line.find("NCCL INFO") == std::string_view::npos) return;
    if (line.find(" Channel ") != std::string_view::npos) {
        if (const auto via = word_after(line, " via ")) transports_.insert(without_numbers(*via));
    } else if (const auto network = word_after(line, "Using network ")) {
        network_ = *network;
    } else if (line.find("NVLS multicast support is not available") != std::string_view::npos) {
        nvls_ = false;
    } else if (line.find("NVLS multicast support is available") != std::string_view::npos) {
        nvls_ = true;
    } else if (const auto algorithm = word_after(line, "Bytes -> Algo ")) {
        const std::string_view text = line.substr(line.find("NCCL INFO") + 10);
        const std::string function{text.substr(0, text.find(':'))};
        choices_[function] = {named(*algorithm, kAlgorithms),
                              named(word_after(line, " proto ").value_or(""), kProtocols),
                              channels_in(line)};
    }
}

std::optional<Choice> OwnWords::choice(const std::string& function) const {
    const auto found = choices_.find(function);
    return found == choices_.end() ? std::nullopt : std::optional{found->second};
}

OwnWordsFile::OwnWordsFile() : file_{::memfd_create("nccl-debug", MFD_CLOEXEC)} {
    if (!file_) throw system_error("make a place for NCCL's debug output", errno);
    const std::string path = "/proc/self/fd/" + std::to_string(file_.get());
    ::setenv("NCCL_DEBUG", "INFO", 1);
    ::setenv("NCCL_DEBUG_SUBSYS", "INIT,NET,TUNING", 1);
    ::setenv("NCCL_DEBUG_FILE", path.c_str(), 1);
}

long OwnWordsFile::end() const {
    struct stat status {};
    return ::fstat(file_.get(), &status) == 0 ? status.st_size : 0;
}

void OwnWordsFile::read_into(OwnWords& words, long& position) const {
    std::vector<char> piece(std::size_t{64} << 10);
    for (;;) {
        const ssize_t got = ::pread(file_.get(), piece.data(), piece.size(), position);
        if (got <= 0) break;
        words.read({piece.data(), static_cast<std::size_t>(got)});
        position += got;
    }
    // A line a collective adds up: what has been read is to take no memory any more.
    if (position < kMostKept) return;
    (void)::fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, position);
}

}  // namespace rackproof::nccl
