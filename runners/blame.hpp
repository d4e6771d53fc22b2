#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rackproof {

/// What speaks against a node when a job on several nodes has gone wrong, the strongest first.
enum class ClueKind : std::uint8_t {
    ProbeFailed,      ///< a job on it alone did not come up, or did not hold out
    SlowOnlyWithIt,   ///< a case was slow in every trial with it, and in time in all without
    BrokeProtocol,    ///< one of its ranks sent what no rank may send
    DiedOfSignal,     ///< one of its ranks said so before it died
    WentSilent,       ///< one of its ranks gave no sign of life
    NamedByLauncher,  ///< the launcher says that it has lost it
    FailedAlone,      ///< its ranks ended badly, and no other node's did
    NeverEntered,     ///< one of its ranks did not come to the operation in which all others wait
    ClosedFirst,      ///< a connection of it was the first to close
    NeverDone,        ///< it did not say how it had ended, and all others did
    NotStarted,       ///< one of its ranks did not come up; by itself this says little
};

struct Clue {
    std::int32_t node = 0;
    ClueKind kind = ClueKind::NotStarted;
    std::string text;  ///< what was seen, with the rank
};

/// Every node against which there is a clue, each once, in the order of the clues: to be probed.
[[nodiscard]] std::vector<std::int32_t> suspects_of(std::span<const Clue> clues);

/// Whom the clues speak against: the nodes of the strongest kind that there is. Nobody, where that
/// kind says little by itself, or where it can be true of one node only and is said of several.
struct Blame {
    std::vector<std::int32_t> guilty;
    bool is_proved = false;  ///< by a probe or by trials
    std::string evidence;    ///< all clues against them; of all suspects, if nobody is guilty
};
[[nodiscard]] Blame blame_of(std::span<const Clue> clues);

/// Those of `hosts` that a launcher's words name as lost ("on node h003", "Node failure on n003",
/// "srun: error: n003: task 3: Killed"), each once.
[[nodiscard]] std::vector<std::string> hosts_named_lost(std::string_view words,
                                                        std::span<const std::string> hosts);

}  // namespace rackproof
