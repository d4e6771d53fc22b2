#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/cohort.hpp"

namespace rackproof {

/// A mode that nothing explains has at least this share of its cohort.
inline constexpr double kLeastShareOfMode = 0.3;

/// The recorded fact that explains a mode.
enum class ModeCause : std::uint8_t { None, Configuration, PlaceInNode };

/// Members of a cohort that are a population of their own, worse than the others: at least 30 % of
/// it, or those whose recorded configuration explains it. Nobody is blamed for belonging to it.
struct Mode {
    std::vector<Place> places;
    double worse = 0;  ///< than the others
    ModeCause cause = ModeCause::None;
    std::string why;                  ///< the fact, for people; empty if there is none
    std::vector<std::int32_t> racks;  ///< if it consists of whole racks, at most half of all
    bool sure = true;  ///< false: few values without a fact, which chance may part so
};

/// Tells the populations of a cohort apart and takes from each member what its population explains.
/// Returns those that are worse by enough to matter.
[[nodiscard]] std::vector<Mode> take_off_modes(Cohort& cohort, const FleetFacts& fleet);

}  // namespace rackproof
