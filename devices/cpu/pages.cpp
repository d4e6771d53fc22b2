#include "devices/cpu/pages.hpp"

#include <sys/mman.h>

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

Pages::Pages(std::size_t bytes, const std::string& what) : bytes_{bytes} {
    constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());
    if (bytes == 0 || bytes > kMost - kHugePage) {
        throw Error{"allocate " + what, std::to_string(bytes) + " bytes is no possible size"};
    }
    require_memory(static_cast<std::int64_t>(bytes), what);
    void* start = ::mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) throw system_error("allocate " + what, errno);
    mapping_.reset({static_cast<std::byte*>(start), bytes + kHugePage});
    const auto address = reinterpret_cast<std::uintptr_t>(start);
    start_ = static_cast<std::byte*>(start) + (kHugePage - address % kHugePage) % kHugePage;
    // Advice only: a kernel without huge pages answers EINVAL, and the memory works all the same.
    static_cast<void>(::madvise(start_, bytes, MADV_HUGEPAGE));
}

}  // namespace rackproof::cpu
