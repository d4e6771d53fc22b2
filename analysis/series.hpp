#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rackproof {

// One number a night, oldest first, NaN where there is none. Upwards is worse. A single bad night
// moves nothing here: every level is the median of at least kFewestNights.

inline constexpr std::size_t kFewestNights = 3;

/// The nights on which there is a number.
[[nodiscard]] std::size_t nights_with_values(std::span<const float> series);

/// Standard deviation from one night to the next, from the differences of neighbours (von Neumann
/// 1941) by their median, so that neither a step nor a slope counts. nullopt for fewer than two
/// differences.
[[nodiscard]] std::optional<double> nightly_noise(std::span<const float> series);

/// False where no change of `size` can be: the second worst and the second best night are nearer.
[[nodiscard]] bool may_have_changed(std::span<const float> series, double size);

/// How far the median of the later half of the nights is from that of the earlier, in standard
/// errors. nullopt where a half has fewer than kFewestNights.
[[nodiscard]] std::optional<double> halves_apart(std::span<const float> series, double noise);

enum class ChangeShape : std::uint8_t { Step, Slope };

/// What a series that got worse got worse by.
struct Change {
    ChangeShape shape = ChangeShape::Step;
    std::size_t begin = 0;   ///< the first worse night
    double before = 0;       ///< level until then
    double now = 0;          ///< level on the last night
    double per_night = 0;    ///< of a slope
    double deviations = 0;   ///< of the split that shows it best, in standard errors
    std::size_t splits = 0;  ///< so many were looked at
};

/// The step or slope that explains the series best, by the sum of Huber's loss (1964) of the
/// residuals over `noise`: a step between medians (Bai 1995), or a level and from a night on a line
/// (Hinkley 1971) whose slope is the median of all slopes of pairs (Theil 1950, Sen 1968). nullopt
/// for fewer than 2 x kFewestNights numbers, or where nothing got worse. `noise` is over 0.
[[nodiscard]] std::optional<Change> worst_change(std::span<const float> series, double noise);

/// Chance that some split of a series without change shows so many deviations: Student's t of
/// `freedom` degrees, times the splits (Bonferroni).
[[nodiscard]] double chance_of(const Change& change, double freedom);

}  // namespace rackproof
