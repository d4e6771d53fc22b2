#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/judgement.hpp"

namespace rackproof {

/// What takes each failed node out of Slurm's hands, an argument vector a node, in the run's order:
/// "scontrol update NodeName=N State=DRAIN Reason=...", with the node's first failing finding as
/// the reason, one printable line of at most 200 bytes. `refused`: failed nodes whose names can be
/// no host names, for which there is no command. `borne`: nodes that only a waiver keeps from being
/// drained, each with the finding and who bears it until when, in one printable line.
struct DrainCommands {
    std::vector<std::vector<std::string>> commands;
    std::vector<std::string> refused;
    std::vector<std::string> borne;
};
[[nodiscard]] DrainCommands drain_commands(const Judgement& judgement);

/// The commands as lines of a POSIX shell, every word of them quoted where it must be, and a
/// comment for each node without one, and for each that a waiver spares.
[[nodiscard]] std::string drain_script(const Judgement& judgement);

/// `word` as a POSIX shell reads it back: as it is, or in single quotes.
[[nodiscard]] std::string shell_word(std::string_view word);

}  // namespace rackproof
