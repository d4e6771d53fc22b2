#pragma once

namespace rackproof::bench {

/// FLOP/s of independent double FMAs from registers on every OpenMP thread at once, the best of
/// several vector widths and of `rounds` rounds each: what the cores can do if nothing else counts.
[[nodiscard]] double fma_peak(int rounds);

}  // namespace rackproof::bench
