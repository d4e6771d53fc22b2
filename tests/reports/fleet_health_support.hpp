#pragma once

#include "analysis/fleet_health.hpp"

namespace rackproof::test {

/// Three nights of four nodes in racks r0 and r1 of row A: n1 always fails, n2 has no data from the
/// second night on, n3 is absent in the third.
inline FleetHealth fleet_of_three_nights() {
    using Verdicts = std::vector<std::optional<Verdict>>;
    constexpr auto kPass = Verdict::Pass;
    const Verdicts nights[] = {{kPass, Verdict::Fail, kPass, kPass},
                               {kPass, Verdict::Fail, Verdict::NoData, kPass},
                               {kPass, Verdict::Fail, Verdict::NoData, std::nullopt}};
    FleetPast past{{{"n0", "r0", "A"}, {"n1", "r0", "A"}, {"n2", "r1", "A"}, {"n3", "r1", "A"}}};
    Finding finding;
    finding.verdict = Verdict::Fail;
    finding.node = "n1";
    finding.metric = "gemm.bf16";
    finding.rule = "cohort";
    int day = 0;
    for (const Verdicts& verdicts : nights) {
        DatedRun run{"2026-01-0" + std::to_string(++day) + "T04:00:00Z", 0, "nightly", {}};
        Judgement judgement;
        judgement.run_complete = true;
        judgement.findings = {finding};
        for (std::size_t i = 0; i < verdicts.size(); ++i) {
            if (!verdicts[i]) continue;
            NodeVerdict node;
            node.verdict = *verdicts[i];
            node.suites["gemm"].judged = 1;
            if (node.verdict == Verdict::Fail) node.findings = {0};
            judgement.nodes.push_back(node);
            run.nodes.push_back(static_cast<std::int32_t>(i));
        }
        past.begin_night();
        past.add(run, judgement);
    }
    FleetHealth health = past.health();
    finding.kind = FindingKind::Drift;
    finding.device = "3";
    finding.rule = "history";
    finding.since = "2026-01-02T04:00:00Z";
    finding.sentence = "n1 device 3: gemm.bf16 is worse";
    finding.action = "Retest it.";
    health.drift = {finding};
    return health;
}

}  // namespace rackproof::test
