#include "reports/verdict_json.hpp"

#include <map>
#include <string>

#include "reports/reports.hpp"

namespace rackproof {
namespace {

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json pair_effect_json(const PairEffect& effect) {
    return {{"of", effect.of},
            {"effect", or_null(effect.effect)},
            {"pairs", effect.pairs},
            {"to_blame", effect.named}};
}

Json node_json(const NodeVerdict& node) {
    return {{"node", node.node},
            {"rack", node.rack},
            {"slot", node.slot},
            {"sku", node.sku},
            {"verdict", to_string(node.verdict)},
            {"findings", node.findings}};
}

}  // namespace

Json policy_json(const Policy& policy) {
    Json limits = Json::array();
    for (const Limit& limit : policy.limits) {
        limits.push_back({{"pattern", limit.pattern},
                          {"unit", limit.unit},
                          {"min", or_null(limit.min)},
                          {"max", or_null(limit.max)},
                          {"source", limit.source},
                          {"provisional", limit.provisional}});
    }
    Json metrics = Json::array();
    for (const MetricRule& rule : policy.metrics) {
        metrics.push_back({{"pattern", rule.pattern},
                           {"min_effect", or_null(rule.min_effect)},
                           {"unstable", rule.unstable ? Json(to_string(*rule.unstable)) : Json()}});
    }
    return {{"name", policy.name},
            {"limits", std::move(limits)},
            {"optional", policy.optional},
            {"min_effect", policy.min_effect},
            {"min_effect_kelvin", policy.min_effect_kelvin},
            {"fail_q", policy.fail_q},
            {"watch_q", policy.watch_q},
            {"min_cohort", policy.min_cohort},
            {"unstable", to_string(policy.unstable)},
            {"unstable_cv", policy.unstable_cv},
            {"unstable_ratio", policy.unstable_ratio},
            {"unjudged", to_string(policy.unjudged)},
            {"metrics", std::move(metrics)}};
}

Json summary_json(const std::vector<NodeVerdict>& nodes) {
    std::map<Verdict, std::size_t> counts;
    for (const NodeVerdict& node : nodes) ++counts[node.verdict];
    Json summary{{"nodes", nodes.size()}};
    for (const Verdict verdict : {Verdict::Pass, Verdict::Watch, Verdict::Fail, Verdict::NoData}) {
        summary[std::string{to_string(verdict)}] = counts[verdict];
    }
    return summary;
}

Json rack_json(const RackVerdict& rack) {
    return {{"rack", rack.rack}, {"verdict", to_string(rack.verdict)}, {"findings", rack.findings}};
}

Json finding_json(const Finding& finding) {
    return {{"id", finding.id},
            {"verdict", to_string(finding.verdict)},
            {"level", to_string(finding.level)},
            {"rack", text_or_null(finding.rack)},
            {"node", text_or_null(finding.node)},
            {"device", or_null(finding.device)},
            {"peer", or_null(finding.peer)},
            {"group", text_or_null(finding.group)},
            {"metric", text_or_null(finding.metric)},
            {"kind", to_string(finding.kind)},
            {"observed", or_null(finding.observed)},
            {"expected", or_null(finding.expected)},
            {"unit", text_or_null(finding.unit)},
            {"deviation", or_null(finding.deviation)},
            {"p_value", or_null(finding.p_value)},
            {"since", text_or_null(finding.since)},
            {"rule", finding.rule},
            {"cohort", or_null(finding.cohort)},
            {"sentence", finding.sentence},
            {"action", finding.action},
            {"provisional", text_or_null(finding.provisional)},
            {"waived", text_or_null(finding.waived)}};
}

Json coverage_json(const Coverage& coverage) {
    Json outcomes = Json::object();
    std::int64_t cells = 0;
    for (const Outcome outcome : kAllOutcomes) {
        const auto found = coverage.outcomes.find(outcome);
        const std::int64_t count = found == coverage.outcomes.end() ? 0 : found->second;
        outcomes[std::string{to_string(outcome)}] = count;
        cells += count;
    }
    return {{"metric", coverage.metric},
            {"suite", coverage.suite},
            {"required", coverage.required},
            {"cells", cells},
            {"outcomes", std::move(outcomes)},
            {"attempts", coverage.attempts},
            {"judged", coverage.judged},
            {"not_judged", text_or_null(coverage.not_judged)},
            {"not_completed", text_or_null(coverage.not_completed)},
            {"gradient", text_or_null(coverage.gradient)},
            {"pairs", text_or_null(coverage.pairs)},
            {"exposure", text_or_null(coverage.exposure)}};
}

Json sensitivity_json(const Sensitivity& sensitivity) {
    return {{"metric", sensitivity.metric},
            {"suite", sensitivity.suite},
            {"level", sensitivity.level ? Json(to_string(*sensitivity.level)) : Json()},
            {"compared", sensitivity.compared},
            {"slowdown", or_null(sensitivity.slowdown)},
            {"unit", sensitivity.unit}};
}

Json pair_fit_json(const PairFit& fit) {
    Json cells = Json::array();
    for (const PairCell& cell : fit.cells) {
        cells.push_back({{"first", fit.ends[static_cast<std::size_t>(cell.first)].of},
                         {"second", fit.ends[static_cast<std::size_t>(cell.second)].of},
                         {"effect", or_null(cell.effect)}});
    }
    const bool any = fit.possible > 0;
    const double chance =
        any ? static_cast<double>(fit.met) / static_cast<double>(fit.possible) : 0.0;
    return {{"metric", fit.metric},
            {"suite", fit.suite},
            {"met", fit.met},
            {"possible", fit.possible},
            {"chance_met", any ? Json(chance) : Json(nullptr)},
            {"rounds", fit.rounds},
            {"broke", fit.broke},
            {"spread", fit.spread},
            {"ends", list(fit.ends, pair_effect_json)},
            {"groups", list(fit.groups, pair_effect_json)},
            {"cells", std::move(cells)}};
}

std::string verdict_json(const Judgement& judgement) {
    const Json whole{{"format", "rackproof-verdicts"},
                     {"format_version", 1},
                     {"run_id", judgement.run_id},
                     {"policy", policy_json(judgement.policy)},
                     {"summary", summary_json(judgement.nodes)},
                     {"nodes", list(judgement.nodes, node_json)},
                     {"racks", list(judgement.racks, rack_json)},
                     {"findings", list(judgement.findings, finding_json)},
                     {"provisional", judgement.provisional},
                     {"waiver_notes", judgement.waiver_notes},
                     {"amendments", judgement.amendments},
                     {"left_out", judgement.left_out},
                     {"history", judgement.history},
                     {"run_complete", judgement.run_complete},
                     {"coverage", list(judgement.coverage, coverage_json)},
                     {"sensitivity", list(judgement.sensitivity, sensitivity_json)},
                     {"pairs", list(judgement.pairs, pair_fit_json)}};
    return whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rackproof
