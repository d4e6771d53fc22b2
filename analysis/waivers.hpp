#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/judgement.hpp"

namespace rackproof {

/// Somebody's word that a finding on a node is known and borne until a day.
struct Waiver {
    std::string node;
    std::optional<std::string> device;  ///< its index; any if not said
    std::optional<FindingKind> kind;    ///< any if not said
    std::string metric;                 ///< pattern; empty = any
    std::string reason;
    std::string until;  ///< the last day, "2026-12-31"
    std::string by;
};

/// Marks the findings that a waiver covers on the day `today` ("2026-11-28"): they stay where they
/// are, with their verdict and who bears it until when, but no longer fail their node, which is on
/// `watch` for them, nor the run. Findings on racks and fleets cannot be waived. Waivers that have
/// expired, or cover no finding, are told in `waiver_notes`.
void apply_waivers(Judgement& judgement, const std::vector<Waiver>& waivers,
                   std::string_view today);

}  // namespace rackproof
