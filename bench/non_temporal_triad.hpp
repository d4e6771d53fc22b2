#pragma once

#include <cstddef>

namespace rackproof::bench {

/// a = b + s c with stores past the caches; a is aligned to 64 bytes, count a multiple of 8.
/// Returns false, and does nothing, where this architecture's file has no such stores.
bool non_temporal_triad(double* a, const double* b, const double* c, double s, std::size_t count);

}  // namespace rackproof::bench
