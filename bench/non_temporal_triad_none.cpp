#include "bench/non_temporal_triad.hpp"

namespace rackproof::bench {

bool non_temporal_triad(double*, const double*, const double*, double, std::size_t) {
    return false;
}

}  // namespace rackproof::bench
