#pragma once

#include <cstdint>
#include <string_view>

namespace rackproof {

/// Attempts from k times this number on were made after the k-th repair of their target's node
/// (results/amend.hpp). The ones before are kept, and are no matter for the judge any more.
inline constexpr std::int32_t kAttemptsPerAmendment = 1000;

/// The code of the event that tells of a repair.
inline constexpr std::string_view kAmendedCode = "run.amended";

}  // namespace rackproof
