#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analysis/judgement.hpp"
#include "core/manifest.hpp"
#include "core/plan.hpp"
#include "core/run.hpp"

namespace rackproof {

/// A stage over pairs whose suspects are to be measured again.
struct PairsAgainQuestion {
    std::vector<std::string> metrics;  ///< what the stage measured
    std::vector<Target> pairs;         ///< on these pairs of nodes, round by round
    PairLoad load = PairLoad::None;    ///< of the stage that measures again
    std::size_t most_suspects = 0;
};

struct PairsAgain {
    std::vector<Target> pairs;  ///< of the question's, in its order
    std::string text;  ///< whom they are to confirm, with whom; or why there is nothing to measure
};

/// Which pairs to measure again: of each node that the judgement suspects or fails for slow pairs
/// up to three of its slowest with partners of whom nothing is said, and each such link. Beside
/// them pairs of two such partners to hold these against: a few where they are measured alone, or
/// all of the same rounds where those load the fabric. Nodes come by the judgement's order; `run`
/// is what was judged.
[[nodiscard]] PairsAgain pairs_again(const Run& run, const Judgement& judgement,
                                     const PairsAgainQuestion& question);

}  // namespace rackproof
