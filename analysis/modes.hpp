#pragma once

#include <string>
#include <vector>

#include "analysis/cohort.hpp"

namespace rackproof {

/// Members of a cohort that are a population of their own, worse than the others: at least 30 % of
/// it, or those whose recorded configuration explains it. Nobody is blamed for belonging to it.
struct Mode {
    std::vector<Place> places;
    double worse = 0;                 ///< than the others
    std::string why;                  ///< the recorded fact; empty if there is none
    std::vector<std::int32_t> racks;  ///< if it consists of whole racks, at most half of all
    bool sure = true;  ///< false: few values without a fact, which chance may part so
};

/// Tells the populations of a cohort apart and takes from each member what its population explains.
/// Returns those that are worse by enough to matter.
[[nodiscard]] std::vector<Mode> take_off_modes(Cohort& cohort, const FleetFacts& fleet);

}  // namespace rackproof
