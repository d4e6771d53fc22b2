#include "app/accepted_runs.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "app/judge_file.hpp"
#include "core/error.hpp"
#include "core/fleet.hpp"
#include "core/utf8.hpp"
#include "results/stored_metrics.hpp"

namespace rackproof {

AcceptedRuns read_accepted(const std::vector<std::filesystem::path>& run_files,
                           const std::optional<std::string>& policy) {
    AcceptedRuns accepted;
    for (const std::filesystem::path& file : run_files) {
        std::set<std::string> left_out;
        for (const NodeVerdict& node : judge_file(file, policy).nodes) {
            if (node.verdict != Verdict::Fail && node.verdict != Verdict::NoData) continue;
            left_out.insert(node.node);
            accepted.left_out.push_back(node.node + " of " + file.string());
        }
        StoredMetrics metrics{file};
        const Run& facts = metrics.facts();
        accepted.baseline.add(facts, metrics, left_out, file.string());
    }
    return accepted;
}

std::vector<std::string> add_baseline(const std::filesystem::path& accepted,
                                      const std::optional<std::string>& policy_name,
                                      const Run& judged, const std::vector<std::string>& metrics,
                                      Policy& policy) {
    const AcceptedRuns runs = read_accepted({accepted}, policy_name);
    const std::string& sku = runs.baseline.sku();
    for (const Node& node : judged.nodes) {
        if (node.sku == sku || !takes_part(node)) continue;
        throw InputError{{accepted.string(), {}, {}},
                         "its nodes are of sku '" + printable(sku) + "', but node " +
                             printable(node.name) + " of the run is '" + printable(node.sku) +
                             "'; expected a baseline of the same sku"};
    }
    const auto limits = runs.baseline.limits({}, accepted.string());
    if (limits.empty()) {
        throw InputError{{accepted.string(), {}, {}},
                         fmt::format("gives no limit; expected a metric with a direction on at "
                                     "least {} nodes that pass",
                                     kFewestBaselineNodes)};
    }
    std::vector<std::string> notes;
    std::size_t used = 0;
    for (const DerivedLimit& derived : limits) {
        if (std::ranges::find(metrics, derived.limit.pattern) == metrics.end()) {
            notes.push_back(derived.limit.pattern + ": measured in the baseline, not in this run.");
            continue;
        }
        ++used;
        policy.limits.push_back(derived.limit);
    }
    notes.insert(notes.begin(),
                 fmt::format("Baseline {}: limits on {} metrics; {} of its nodes left out, which "
                             "fail or have no data.",
                             accepted.string(), used, runs.left_out.size()));
    return notes;
}

}  // namespace rackproof
