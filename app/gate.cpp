#include "app/gate.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "analysis/judgement.hpp"
#include "analysis/searches.hpp"

namespace rackproof {
namespace {

/// The record as if the run had been meant to end with this stage.
Run run_up_to(Run run, const Manifest& manifest, std::int32_t stage) {
    std::set<std::string> later;
    for (const CaseSpec& spec : manifest.cases) {
        if (spec.stage > stage) later.insert(spec.name);
    }
    std::erase_if(run.metrics, [&](const Metric& metric) { return later.contains(metric.name); });
    std::erase_if(run.reasons, [&](const Reason& reason) { return later.contains(reason.metric); });
    std::erase_if(run.ranks, [&](const auto& entry) { return later.contains(entry.first); });
    return run;
}

Judgement judgement_up_to(const Plan& plan, const Manifest& manifest, std::int32_t stage,
                          const std::filesystem::path& journal) {
    Policy policy = plan.policy;
    policy.unjudged = Verdict::Pass;  // of the whole run: later stages may be what is judged
    FoldedRun folded = fold_journal(journal);
    const Run run = run_up_to(std::move(folded.run), manifest, stage);
    HeldMetrics metrics{run, *folded.telemetry};
    return judge(run, metrics, policy, 1);
}

/// The sentence of the worst finding; the first of those that are equally bad.
std::string worst_of(const NodeVerdict& node, const Judgement& judgement) {
    const Finding* worst = nullptr;
    for (const std::int32_t id : node.findings) {
        const Finding& finding = judgement.findings.at(static_cast<std::size_t>(id));
        if (worst == nullptr || finding.verdict > worst->verdict) worst = &finding;
    }
    return worst == nullptr ? "" : ": " + worst->sentence;
}

}  // namespace

std::vector<Exclusion> kept_out_by_gate(const Plan& plan, const Manifest& manifest,
                                        std::int32_t stage, const std::filesystem::path& journal) {
    const Stage& at = plan.stages.at(static_cast<std::size_t>(stage));
    const auto holds = [](const std::vector<Verdict>& verdicts, Verdict verdict) {
        return std::ranges::find(verdicts, verdict) != verdicts.end();
    };
    const Judgement judgement = judgement_up_to(plan, manifest, stage, journal);
    std::vector<Exclusion> kept_out;
    for (const NodeVerdict& node : judgement.nodes) {
        const bool from_all = holds(at.stop, node.verdict);
        if (!from_all && !holds(at.gate, node.verdict)) continue;
        const auto place = std::ranges::find(manifest.nodes, node.node, &Node::name);
        if (place == manifest.nodes.end()) continue;
        kept_out.push_back({static_cast<std::int32_t>(place - manifest.nodes.begin()),
                            std::string{to_string(node.verdict)} + worst_of(node, judgement),
                            from_all});
    }
    return kept_out;
}

std::string why_search_is_due(const Plan& plan, const Manifest& manifest, std::int32_t stage,
                              const std::filesystem::path& journal) {
    const std::string& searched = plan.stages.at(static_cast<std::size_t>(stage)).only_if_short;
    std::vector<std::string> names;
    for (const CaseSpec& spec : manifest.cases) {
        const std::string& of = manifest.stages.at(static_cast<std::size_t>(spec.stage));
        if (of == searched) names.push_back(spec.name);
    }
    return why_search_is_due(judgement_up_to(plan, manifest, stage - 1, journal), names);
}

}  // namespace rackproof
