#include "core/memory.hpp"

#include <malloc.h>

#include <limits>

namespace rackproof {

void keep_freed_memory() {
    mallopt(M_MMAP_MAX, 0);  // what is mapped on its own is unmapped when freed
    mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
    mallopt(M_ARENA_MAX, 1);  // what one thread frees, the next one uses
}

}  // namespace rackproof
