#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rackproof {

/// How a trial ended: a job that runs a case once more, of which nothing is a result.
enum class TrialEnd : std::uint8_t {
    InTime,   ///< in half of the bound: fewer nodes have less to do, but not so much less
    TooSlow,  ///< not within the bound
    Unclear,  ///< in a time between, or in any other way
};

/// Which of some nodes makes a case slow. The case is tried again: on all of them (is it slow
/// again?), on ever fewer suspects, on all but the last suspect, and once more on all. A node is
/// named only if the case was too slow in every trial in which it took part and in time in every
/// other: what was a moment's load, or is the fault of two, names nobody.
class SlowSearch {
  public:
    static constexpr std::size_t kFewestNodes = 3;  ///< to leave one out and still have a case

    /// `nodes`: at least kFewestNodes.
    explicit SlowSearch(std::vector<std::int32_t> nodes);

    /// How many trials it takes among so many nodes, at the most.
    [[nodiscard]] static std::int32_t most_trials(std::size_t nodes);

    /// Who takes part in the trial that is next; nobody once the search is over.
    [[nodiscard]] std::vector<std::int32_t> next() const;
    void take(TrialEnd end);

    [[nodiscard]] bool is_over() const { return phase_ == Phase::Over; }
    [[nodiscard]] const std::vector<std::int32_t>& suspects() const { return suspects_; }
    [[nodiscard]] std::optional<std::int32_t> guilty() const { return guilty_; }
    /// What the trials have shown, for people.
    [[nodiscard]] std::string words() const;

  private:
    enum class Phase : std::uint8_t { Again, Halving, Without, Confirm, Over };

    [[nodiscard]] std::vector<std::int32_t> half() const;
    void halve(TrialEnd end);
    void give_up(std::string why);

    std::vector<std::int32_t> nodes_;
    std::vector<std::int32_t> suspects_;
    Phase phase_ = Phase::Again;
    int slow_ = 0;     ///< trials with the guilty, if there is one
    int in_time_ = 0;  ///< and those without
    std::optional<std::int32_t> guilty_;
    std::string why_nobody_;
};

}  // namespace rackproof
