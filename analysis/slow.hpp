#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/draft.hpp"
#include "analysis/joint.hpp"
#include "analysis/levels.hpp"
#include "analysis/modes.hpp"

namespace rackproof {

// What is said of places that are slower than their peers: drafts of kind `slow`.

/// All that was compared on one level.
struct LevelEvidence {
    std::size_t compared = 0;  ///< values of all metrics
    double places = 0;         ///< of the metric with the most of them
    TogetherByIndex together;
};

using LevelsEvidence = std::map<Level, LevelEvidence>;

/// Of healthy fleets, with tails as heavy as they may be, at most this share has one that fails for
/// one metric alone.
inline constexpr double kFleetsWithAFalseOne = 0.05;

/// A link is one value, its tail may be as heavy as any, and two nodes fail with it: the false
/// discovery rate of its cautious chance is kept so much lower.
inline constexpr double kCautionWithLinks = 0.1;

/// Those of a contest's suspects that are found to be bad: far enough to matter, and too far for
/// chance at the policy's false discovery rates; or of which all metrics say it together.
void accuse(const Contested& contested, const LevelEvidence& level, const Run& run,
            const Policy& policy, std::vector<Draft>& drafts);

/// A population of its own that is worse: the fleet's fault, or its racks'.
void tell_of_mode(const Mode& mode, const Cohort& cohort, const Survey& survey,
                  std::vector<Draft>& drafts);

/// One of a cohort's two racks (nodes) is worse: its own fault, whichever of the two is as it
/// should be.
void tell_of_two(const TwoGroups& two, const Cohort& cohort, const Survey& survey,
                 std::vector<Draft>& drafts);

/// What a slow link asks for.
[[nodiscard]] std::string after_slow_link(const Run& run, const Place& link);

/// "10.1 % below", "5.2 K above": so much worse than the centre.
[[nodiscard]] std::string worse_text(const MetricIdentity& metric, double worse);

/// Likewise; "9.8e-06 s above" where there is nothing to be relative to.
[[nodiscard]] std::string worse_text(const Cohort& cohort, double worse);

/// "n1, n2, n3, 7 more".
[[nodiscard]] std::string names_of(const Run& run, const std::vector<Place>& places);

}  // namespace rackproof
