#include "analysis/judgement.hpp"

#include <algorithm>

#include "analysis/cells.hpp"
#include "analysis/draft.hpp"
#include "analysis/rules.hpp"
#include "analysis/verdicts.hpp"

namespace rackproof {

std::string_view to_string(Level level) noexcept {
    switch (level) {
        case Level::Device: return "device";
        case Level::Node: return "node";
        case Level::Link: return "link";
        case Level::Rack: return "rack";
        case Level::Fleet: return "fleet";
    }
    return "unknown";
}

std::string_view to_string(FindingKind kind) noexcept {
    switch (kind) {
        case FindingKind::Slow: return "slow";
        case FindingKind::Unstable: return "unstable";
        case FindingKind::Drift: return "drift";
        case FindingKind::Limit: return "limit";
        case FindingKind::WrongAnswer: return "wrong_answer";
        case FindingKind::Hardware: return "hardware";
        case FindingKind::Missing: return "missing";
    }
    return "unknown";
}

Judgement judge(const Run& run, const Policy& policy) {
    check_policy(policy);
    Survey survey{run};
    std::vector<Draft> drafts;
    for (MetricCells& cells : survey.metrics) {
        judge_outcomes(cells, policy, drafts);
        judge_likeness(cells, survey, drafts);
        judge_peers(cells, survey, policy, drafts);
        judge_limits(cells, policy, drafts);
    }
    judge_digests(survey, drafts);
    judge_idle_limits(run, policy, drafts);
    judge_absences(survey, policy, drafts);
    judge_events(run, drafts);
    drafts = collapsed(run, std::move(drafts));
    finish(run, drafts);

    Judgement judgement;
    judgement.run_id = run.run_id;
    judgement.run_complete = run.complete;
    judgement.policy = policy;
    judgement.nodes = node_verdicts(survey, drafts);
    judgement.racks = rack_verdicts(judgement.nodes);
    judgement.coverage = coverage(survey, policy);
    for (Draft& draft : drafts) judgement.findings.push_back(std::move(draft.finding));
    return judgement;
}

int exit_status(const Judgement& judgement) {
    Verdict verdict = Verdict::Pass;
    for (const Finding& finding : judgement.findings) verdict = worst(verdict, finding.verdict);
    if (verdict == Verdict::Fail) return 1;
    return verdict == Verdict::NoData || !judgement.run_complete ? 3 : 0;
}

}  // namespace rackproof
