#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/outcome.hpp"

namespace rackproof {

/// How something ended, and why, unless it completed.
struct Ending {
    Outcome outcome = Outcome::Completed;
    std::string reason;
    friend bool operator==(const Ending&, const Ending&) = default;
};

/// Runs `action` and says how it ended. The one place that turns exceptions into outcomes:
/// WrongAnswer, Unsupported (skipped), and anything else (failed).
[[nodiscard]] Ending ending_of(const std::function<void()>& action);

/// What one case of a run left behind.
struct CaseTrace {
    bool recorded = false;               ///< all of its samples
    std::optional<std::string> skipped;  ///< the suite's reason
    bool parts = false;                  ///< some of its samples were recorded
};

/// How the lead case ended whose run ended as `run`. Without a number nothing completes.
[[nodiscard]] Ending ending_of_lead(const Ending& run, const CaseTrace& trace);

/// The same for a companion: what it recorded stands, whatever became of its lead.
[[nodiscard]] Ending ending_of_companion(const Ending& run, const CaseTrace& trace);

/// The one ending of a cell that several ranks ran together. A wrong answer outweighs all; then
/// what explains the rest: a death, a failure, a time-out, a skip.
[[nodiscard]] const Ending& worse(const Ending& a, const Ending& b);

}  // namespace rackproof
