#pragma once

#include <chrono>
#include <functional>

namespace rackproof {

/// In the environment of ranks on two nodes under Slurm: by how many milliseconds those of the
/// second node start MPI later. Where both nodes send each other their first message at the same
/// time, Slurm's PMIx plug-in (22.05) waits on both for a connection that neither makes: the ranks
/// hang in MPI_Init (docs/slurm.md). Of more nodes none sends to the one that it hears from.
inline constexpr const char* kSecondNodeLaterVariable = "RACKPROOF_SECOND_NODE_LATER_MS";

/// So long this process is to wait before it starts MPI, by its environment (`variable` looks one
/// up, as std::getenv does); none on the first node, or if anything is malformed or over 10 s.
[[nodiscard]] std::chrono::milliseconds later_than_the_first_node(
    const std::function<const char*(const char*)>& variable);

}  // namespace rackproof
