#include <string>

#include "analysis/rules.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr const char* kAfterEvent =
    "Read the node's kernel log for that time and run the plan again: what happened once is not "
    "explained by what went well afterwards.";

/// True if a finding that is no pass already names the place's device, or its whole node.
bool is_named(const Place& place, const std::vector<Draft>& drafts) {
    for (const Draft& draft : drafts) {
        if (draft.place.node != place.node || draft.finding.verdict == Verdict::Pass) continue;
        if (place.device < 0 || draft.place.device < 0 || draft.place.device == place.device) {
            return true;
        }
    }
    return false;
}

}  // namespace

void judge_events(const Run& run, std::vector<Draft>& drafts) {
    constexpr std::size_t kMostBytes = 240;
    for (const Event& event : run.events) {
        if (event.severity != "error" || event.node < 0) continue;
        const bool of_device = event.device >= 0;
        const std::optional<Place> place =
            of_device ? place_of(run, Scope::Device, Target{event.device, -1})
                      : place_of(run, Scope::Node, Target{event.node, -1});
        if (!place || is_named(*place, drafts)) continue;
        Draft draft;
        draft.finding.verdict = Verdict::Watch;
        draft.finding.kind = FindingKind::Hardware;
        draft.finding.rule = "event";
        draft.finding.action = kAfterEvent;
        draft.place = *place;
        draft.what = printable(event.code) + ": " + shortened(printable(event.text), kMostBytes);
        drafts.push_back(std::move(draft));
    }
}

}  // namespace rackproof
