// By LD_PRELOAD: a memcpy that, on the core RACKPROOF_PLANT_CORE and for copies of
// RACKPROOF_PLANT_BYTES alone, turns over one bit of what it wrote where plant.hpp says so.
#include <sched.h>

#include <cstddef>

#include "tests/support/planted/plant.hpp"

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's own
extern "C" void* memcpy(void* to, const void* from, std::size_t bytes) noexcept {
    static const long kBytes = rackproof::test::plant_number("RACKPROOF_PLANT_BYTES", -1);
    static const long kCore = rackproof::test::plant_number("RACKPROOF_PLANT_CORE", -1);
    std::memmove(to, from, bytes);
    if (kBytes < 0 || bytes != static_cast<std::size_t>(kBytes)) return to;
    if (::sched_getcpu() != static_cast<int>(kCore)) return to;
    static long operation = 0;
    ++operation;
    if (!rackproof::test::strikes(operation)) return to;
    static_cast<unsigned char*>(to)[bytes / 3] ^= 0x10U;
    rackproof::test::log_plant("copy", operation);
    return to;
}
