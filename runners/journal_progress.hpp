#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace rackproof {

/// How far a run has come, as its journal tells, also while it is being written.
struct JournalProgress {
    std::int64_t cells = 0;
    std::int64_t ended = 0;        ///< in their first attempt
    std::optional<bool> complete;  ///< nullopt: the run has not said that it ended
    friend bool operator==(const JournalProgress&, const JournalProgress&) = default;
};

/// Throws InputError if it is no journal, or begins with no run.
[[nodiscard]] JournalProgress journal_progress(const std::filesystem::path& journal);

}  // namespace rackproof
