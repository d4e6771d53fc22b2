#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "analysis/hardware_events.hpp"
#include "analysis/rules.hpp"
#include "core/amendment.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr const char* kAfterEvent =
    "Read the node's kernel log for that time and run the plan again: what happened once is not "
    "explained by what went well afterwards.";

/// Places of which a finding that is no pass speaks.
class Named {
  public:
    explicit Named(const std::vector<Draft>& drafts) {
        for (const Draft& draft : drafts) {
            if (draft.finding.verdict != Verdict::Pass) add(draft.place);
        }
    }

    /// The place's device or its whole node; for a node, anything of it.
    [[nodiscard]] bool has(const Place& place) const {
        if (place.device < 0) return nodes_.contains(place.node);
        return whole_nodes_.contains(place.node) || devices_.contains(place.device);
    }

    void add(const Place& place) {
        nodes_.insert(place.node);
        if (place.device < 0) {
            whole_nodes_.insert(place.node);
        } else {
            devices_.insert(place.device);
        }
    }

  private:
    std::set<std::int32_t> nodes_;
    std::set<std::int32_t> whole_nodes_;
    std::set<std::int32_t> devices_;
};

/// When a node was last repaired, by its number.
std::map<std::int32_t, double> repairs_of(const Run& run) {
    std::map<std::int32_t, double> repairs;
    for (const Event& event : run.events) {
        if (event.code != kAmendedCode || event.node < 0) continue;
        double& time = repairs.emplace(event.node, event.time).first->second;
        time = std::max(time, event.time);
    }
    return repairs;
}

/// The device of a node that has the PCI address in the words of the kernel's log, "0000:19:00";
/// -1 if none has, or `text` is none.
std::int32_t device_at(const Run& run, std::int32_t node, std::string_view text) {
    constexpr std::string_view kShape = "0000:19:00";
    if (text.size() != kShape.size() || text[4] != ':' || text[7] != ':') return -1;
    const auto same = [](unsigned char a, unsigned char b) {
        return std::tolower(a) == std::tolower(b);
    };
    const auto device = std::ranges::find_if(run.devices, [&](const Device& each) {
        return each.node == node && !std::ranges::search(each.pci, text, same).empty();
    });
    if (device == run.devices.end()) return -1;
    return static_cast<std::int32_t>(device - run.devices.begin());
}

/// The GPU of which an event of a node speaks in the inventory's words, "3: ...": the device of the
/// UUID that the inventory has for its part; or of which the kernel's log does, by its address. -1
/// if the run lists none such.
std::int32_t gpu_of(const Run& run, const Event& event) {
    const bool of_gpu = event.code.starts_with("gpu_") || event.code.starts_with("nvml_") ||
                        event.code.starts_with("xid.");
    const std::size_t colon = event.text.find(": ");
    if (!of_gpu || colon == std::string::npos) return -1;
    const std::int32_t addressed =
        device_at(run, event.node, std::string_view{event.text}.substr(0, colon));
    if (addressed >= 0) return addressed;
    const auto uuids = std::ranges::find(run.inventory, "gpu.uuid@" + event.text.substr(0, colon),
                                         &InventoryColumn::key);
    const auto node = static_cast<std::size_t>(event.node);
    if (uuids == run.inventory.end() || node >= uuids->values.size()) return -1;
    const std::string& uuid = uuids->values[node];
    const auto device = std::ranges::find_if(run.devices, [&](const Device& each) {
        return each.node == event.node && !uuid.empty() && each.uuid == uuid;
    });
    if (device == run.devices.end()) return -1;
    return static_cast<std::int32_t>(device - run.devices.begin());
}

}  // namespace

void judge_events(const Run& run, std::vector<Draft>& drafts) {
    constexpr std::size_t kMostBytes = 240;
    Named named{drafts};
    std::set<std::tuple<std::string, std::int32_t, std::int32_t>> told;
    const std::map<std::int32_t, double> repairs = repairs_of(run);
    for (const Event& event : run.events) {
        if (event.severity != "error" || event.node < 0) continue;
        const auto repair = repairs.find(event.node);
        if (repair != repairs.end() && event.time < repair->second) continue;
        const std::int32_t device = event.device >= 0 ? event.device : gpu_of(run, event);
        const std::optional<Place> place = device >= 0
                                               ? place_of(run, Scope::Device, Target{device, -1})
                                               : place_of(run, Scope::Node, Target{event.node, -1});
        if (!place) continue;
        const HardwareEvent* known = hardware_event(event.code);
        const bool said = known == nullptr
                              ? named.has(*place)
                              : !told.insert({event.code, place->node, place->device}).second;
        if (said) continue;
        named.add(*place);
        Draft draft;
        draft.finding.verdict = known == nullptr ? Verdict::Watch : known->verdict;
        const bool unseen = draft.finding.verdict == Verdict::NoData;
        draft.finding.kind = unseen ? FindingKind::Missing : FindingKind::Hardware;
        draft.finding.rule = known == nullptr ? "event" : "hardware_event";
        draft.finding.action = known == nullptr ? kAfterEvent : std::string{known->action};
        draft.place = *place;
        draft.what = printable(event.code) + ": " + shortened(printable(event.text), kMostBytes);
        drafts.push_back(std::move(draft));
    }
}

}  // namespace rackproof
