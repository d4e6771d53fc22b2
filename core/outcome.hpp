#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rackproof {

/// How a cell ended. What happened, never what we make of it. The numbers are those of the run
/// file's `outcome` enum and never change.
enum class Outcome : std::uint8_t {
    Completed = 0,
    WrongAnswer = 1,
    Failed = 2,
    TimedOut = 3,
    Lost = 4,      ///< the process or the node died
    Skipped = 5,   ///< not possible here, with the reason
    Excluded = 6,  ///< an earlier gate took the node out
};

inline constexpr Outcome kAllOutcomes[] = {
    Outcome::Completed, Outcome::WrongAnswer, Outcome::Failed,  Outcome::TimedOut,
    Outcome::Lost,      Outcome::Skipped,     Outcome::Excluded};

/// What we make of it. Worst wins, in the order Fail > NoData > Watch > Pass.
enum class Verdict : std::uint8_t { Pass, Watch, NoData, Fail };

[[nodiscard]] std::string_view to_string(Outcome outcome) noexcept;
[[nodiscard]] std::string_view to_string(Verdict verdict) noexcept;
[[nodiscard]] std::optional<Outcome> outcome_from(std::string_view text) noexcept;

[[nodiscard]] std::optional<Verdict> verdict_from(std::string_view text) noexcept;

/// The number as an outcome; nullopt if it is none.
[[nodiscard]] std::optional<Outcome> outcome_from(std::uint8_t number) noexcept;

[[nodiscard]] constexpr Verdict worst(Verdict a, Verdict b) noexcept { return a < b ? b : a; }

}  // namespace rackproof
