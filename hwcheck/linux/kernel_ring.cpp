#include "hwcheck/linux/kernel_ring.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "core/error.hpp"
#include "hwcheck/mailed_text.hpp"

namespace rackproof {
namespace {

/// Rings have a few MiB, and this is read in a second.
constexpr std::size_t kMostBytes = std::size_t{32} << 20;
/// The kernel gives a record a read, of 8 KiB at the most.
constexpr std::size_t kRecordBytes = std::size_t{16} << 10;
/// Each time that records were overwritten under the reader: then the log outruns it.
constexpr int kMostOvertaken = 1000;

/// Containers have other devices in its place.
bool is_ring(int descriptor) {
    constexpr unsigned kMemoryDevices = 1;
    constexpr unsigned kRingMinor = 11;
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return false;
    return S_ISREG(status.st_mode) || status.st_rdev == makedev(kMemoryDevices, kRingMinor);
}

/// The number of a record "6,3964,206764307,-;text"; none of the lines " KEY=value" behind one.
std::optional<std::uint64_t> number_of(std::string_view record) {
    if (record.starts_with(' ')) return {};
    static_cast<void>(mailed::take_until(record, ','));
    return mailed::whole(mailed::take_until(record, ','));
}

}  // namespace

KernelRing::KernelRing(const Tree& tree, From from)
    : opened_{tree.open_device(kKernelRing)}, from_{from} {
    if (!opened_.descriptor) return;
    if (!is_ring(opened_.descriptor.get())) {
        opened_ = {{}, "another device stands there"};
        return;
    }
    if (from == From::Oldest) {
        next_ = 0;  // the boot's first record
    } else if (::lseek(opened_.descriptor.get(), 0, SEEK_END) < 0) {
        opened_ = {{}, errno_text(errno)};
    }
}

RingNews KernelRing::read() {
    RingNews news;
    read_bytes(news);
    count_missed(news);
    return news;
}

void KernelRing::read_bytes(RingNews& news) {
    std::array<char, kRecordBytes> record{};
    news.text = std::move(begun_);
    begun_.clear();
    int overtaken = 0;
    while (news.problem.empty()) {
        const ssize_t got = ::read(opened_.descriptor.get(), record.data(), record.size());
        if (got > 0) {
            news.text.append(record.data(), static_cast<std::size_t>(got));
            if (news.text.size() > kMostBytes) news.problem = "holds more than 32 MiB";
        } else if (got < 0 && errno == EPIPE) {
            if (!next_) news.missed = 1;  // at least; the gap in the numbers tells the others
            if (++overtaken == kMostOvertaken) news.problem = "is written faster than it is read";
        } else if (got < 0 && errno != EINTR) {
            if (errno != EAGAIN) news.problem = errno_text(errno);
            break;
        } else if (got == 0) {
            break;
        }
    }
    if (from_ == From::Oldest) return;  // nothing is read after it
    const std::size_t whole = news.text.rfind('\n') + 1;
    begun_ = news.text.substr(whole);
    news.text.resize(whole);
}

void KernelRing::count_missed(RingNews& news) {
    std::string_view rest = news.text;
    while (!rest.empty()) {
        const auto number = number_of(mailed::take_until(rest, '\n'));
        if (!number) continue;
        if (next_ && *number > *next_) news.missed += *number - *next_;
        next_ = *number + 1;
    }
}

}  // namespace rackproof
