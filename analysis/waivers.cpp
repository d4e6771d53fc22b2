#include "analysis/waivers.hpp"

#include <algorithm>
#include <map>

#include "core/index.hpp"

namespace rackproof {
namespace {

bool is_on(const Finding& finding, const std::string& node) {
    if (finding.node == node) return true;
    if (!finding.peer) return false;
    return *finding.peer == node || finding.peer->starts_with(node + "/");
}

bool covers(const Waiver& waiver, const Finding& finding) {
    const bool has_owner = finding.level == Level::Device || finding.level == Level::Node ||
                           finding.level == Level::Link;
    return has_owner && is_on(finding, waiver.node) &&
           (!waiver.device || finding.device == waiver.device) &&
           (!waiver.kind || finding.kind == *waiver.kind) &&
           (waiver.metric.empty() || matches(waiver.metric, finding.metric));
}

std::string waived_part(const Waiver& waiver) {
    std::string text = waiver.node;
    if (waiver.device) text += " device " + *waiver.device;
    if (waiver.kind) text += ", " + std::string{to_string(*waiver.kind)};
    if (!waiver.metric.empty()) text += ", " + waiver.metric;
    return text;
}

/// Without what is waived; but what is waived is no pass.
void lift(NodeVerdict& node, const Judgement& judgement) {
    node.waived =
        static_cast<std::int32_t>(std::ranges::count_if(node.findings, [&](std::int32_t id) {
            return !judgement.findings[at(id)].waived.empty();
        }));
    if (node.waived == 0) return;
    const auto all_count = [](const Finding&) { return true; };
    node.verdict = std::min(node.verdict, worst_finding(node, judgement, all_count));
}

void lift_racks(Judgement& judgement) {
    std::map<std::string, Verdict> best;
    for (const NodeVerdict& node : judgement.nodes) {
        const auto [rack, is_new] = best.emplace(node.rack, node.verdict);
        if (!is_new) rack->second = std::min(rack->second, node.verdict);
    }
    for (RackVerdict& rack : judgement.racks) {
        const auto known = best.find(rack.rack);
        if (known == best.end()) continue;
        Verdict left = known->second;
        for (const std::int32_t id : rack.findings) {
            left = worst(left, judgement.findings[at(id)].verdict);
        }
        rack.verdict = std::min(rack.verdict, left);
    }
}

}  // namespace

void apply_waivers(Judgement& judgement, const std::vector<Waiver>& waivers,
                   std::string_view today) {
    for (const Waiver& waiver : waivers) {
        const bool has_expired = waiver.until < today;
        std::size_t covered = 0;
        for (Finding& finding : judgement.findings) {
            if (!covers(waiver, finding)) continue;
            ++covered;
            if (has_expired || !finding.waived.empty()) continue;
            finding.waived = "until " + waiver.until + " by " + waiver.by + ": " + waiver.reason;
        }
        if (has_expired) {
            judgement.waiver_notes.push_back(
                "the waiver of " + waived_part(waiver) + " expired on " + waiver.until + " (" +
                waiver.by + ": " + waiver.reason + "); it would cover " + std::to_string(covered) +
                (covered == 1 ? " finding" : " findings"));
        } else if (covered == 0) {
            judgement.waiver_notes.push_back("the waiver of " + waived_part(waiver) +
                                             " covers no finding of this run");
        }
    }
    for (NodeVerdict& node : judgement.nodes) lift(node, judgement);
    lift_racks(judgement);
}

}  // namespace rackproof
