#include "app/judge_file.hpp"

#include <algorithm>
#include <iterator>
#include <thread>

#include "app/accepted_runs.hpp"
#include "app/locations.hpp"
#include "app/plan_file.hpp"
#include "app/stored_past.hpp"
#include "core/memory.hpp"
#include "results/stored_metrics.hpp"

namespace rackproof {

Policy policy_for(const Run& facts, const std::filesystem::path& run_file,
                  const std::optional<std::string>& policy) {
    return policy ? read_policy(find_policy(*policy))
                  : parse_plan_policy(facts.plan_toml, run_file.string() + ":/plan");
}

Judgement judge_file(const std::filesystem::path& run_file,
                     const std::optional<std::string>& policy, const HeldAgainst& others) {
    constexpr std::size_t kMostThreads = 4;
    const std::size_t threads =
        std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
    keep_freed_memory();
    StoredMetrics metrics{run_file};
    const Run& facts = metrics.facts();
    Policy chosen = policy_for(facts, run_file, policy);
    if (others.unjudged) chosen.unjudged = *others.unjudged;
    std::vector<std::string> notes;
    if (others.baseline) {
        notes = add_baseline(*others.baseline, policy, facts, metrics.names(), chosen);
    }
    std::optional<StoredPast> past;
    if (others.history) past.emplace(*others.history, facts, run_file);
    Judgement judgement = judge(facts, metrics, chosen, threads, past ? &*past : nullptr);
    if (past) std::ranges::copy(past->notes(), std::back_inserter(judgement.history));
    std::ranges::move(notes, std::back_inserter(judgement.history));
    return judgement;
}

}  // namespace rackproof
