#include "devices/cpu/pages.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>

#include "core/error.hpp"
#include "devices/cpu/machine.hpp"

namespace rackproof::cpu {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20U;

}  // namespace

void MappingTraits::close(Handle handle) noexcept { ::munmap(handle.start, handle.bytes); }

Pages::Pages(std::size_t bytes, std::size_t reserved, const std::string& what)
    : reserved_{reserved} {
    constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());
    if (reserved > kMost - kHugePage) {
        throw Error{"allocate " + what, std::to_string(reserved) + " bytes is no possible size"};
    }
    use(bytes, what);
    void* start = ::mmap(nullptr, reserved + kHugePage, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) throw system_error("allocate " + what, errno);
    mapping_.reset({static_cast<std::byte*>(start), reserved + kHugePage});
    const auto address = reinterpret_cast<std::uintptr_t>(start);
    start_ = static_cast<std::byte*>(start) + (kHugePage - address % kHugePage) % kHugePage;
    // Advice only: a kernel without huge pages answers EINVAL, and the memory works all the same.
    static_cast<void>(::madvise(start_, reserved, MADV_HUGEPAGE));
}

void Pages::use(std::size_t bytes, const std::string& what) {
    if (bytes == 0 || bytes > reserved_) {
        throw Error{"allocate " + what, std::to_string(bytes) + " bytes is no possible size"};
    }
    if (bytes > most_bytes_) {
        require_memory(static_cast<std::int64_t>(bytes - most_bytes_), what);
        most_bytes_ = bytes;
    }
    bytes_ = bytes;
}

Pages SparePages::take(std::size_t bytes, std::size_t reserved, const std::string& what) {
    if (!kept_ || kept_->reserved() != reserved) {
        kept_.reset();  // first, so that both need not fit
        return {bytes, reserved, what};
    }
    Pages pages = std::move(*kept_);
    kept_.reset();
    pages.use(bytes, what);
    return pages;
}

Pages SparePages::take_any(std::size_t bytes, const std::string& what) {
    const std::size_t reserved = kept_ ? kept_->reserved() : 0;
    return take(bytes, std::max(bytes, reserved), what);
}

}  // namespace rackproof::cpu
