#include "analysis/draft.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "analysis/groups.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

const Node& node(const Run& run, std::int32_t index) {
    return run.nodes[static_cast<std::size_t>(index)];
}

const Device& device(const Run& run, std::int32_t index) {
    return run.devices[static_cast<std::size_t>(index)];
}

std::string group_subject(const Run& run, std::int32_t group) {
    constexpr std::size_t kMostNames = 4;
    const std::vector<std::int32_t>& members = run.groups[static_cast<std::size_t>(group)];
    std::string text = "the group of ";
    for (std::size_t i = 0; i < std::min(members.size(), kMostNames); ++i) {
        if (i > 0) text += ", ";
        text += node(run, members[i]).name;
    }
    if (members.size() > kMostNames)
        text += fmt::format(" and {} more", members.size() - kMostNames);
    return text;
}

std::string device_text(const Run& run, std::int32_t index) {
    return std::to_string(device(run, index).index);
}

std::string end_of_link(const Run& run, std::int32_t node_index, std::int32_t device_index) {
    if (device_index < 0) return node(run, node_index).name;
    return node(run, node_index).name + "/" + device_text(run, device_index);
}

/// A pair of one with itself, which is how a device or node without a second one is planned, is no
/// link.
bool has_two_ends(const Place& place) {
    const bool is_itself = place.peer_node == place.node && place.peer_device == place.device;
    return place.peer_node >= 0 && !is_itself;
}

void fill_place(const Survey& survey, const Place& place, Finding& finding) {
    const Run& run = *survey.run;
    finding.level = finding.group.empty() ? level_of(place) : Level::Group;
    if (place.rack >= 0) finding.rack = survey.fleet.rack_name(place.rack);
    if (place.node < 0) return;
    finding.node = node(run, place.node).name;
    finding.rack = node(run, place.node).rack;
    if (place.device >= 0) finding.device = device_text(run, place.device);
    if (has_two_ends(place)) finding.peer = end_of_link(run, place.peer_node, place.peer_device);
}

/// Everything that tells two drafts apart, so that their order is always the same.
auto sort_key(const Draft& draft) {
    return std::tuple{-static_cast<int>(draft.finding.verdict),
                      draft.place,
                      draft.metric,
                      draft.finding.kind,
                      std::string_view{draft.finding.rule},
                      std::string_view{draft.what},
                      std::string_view{draft.of}};
}

/// Worse first; of equals the one that stands first in the run.
bool worse(const Draft& a, const Draft& b) {
    const auto key = [](const Draft& draft) {
        return std::tuple{-static_cast<int>(draft.finding.verdict),
                          draft.finding.deviation.value_or(0.0), draft.place,
                          std::string_view{draft.what}};
    };
    return key(a) < key(b);
}

bool is_of_one_device(const Draft& draft) {
    return draft.place.device >= 0 && level_of(draft.place) == Level::Device;
}

/// True if a node of so many devices would be bad as a whole by chance, for so many devices are bad
/// on nodes that are not. Of few the rate is not known.
bool by_chance(const Run& run, std::size_t devices, std::size_t elsewhere) {
    constexpr std::size_t kFewestElsewhere = 10;
    if (elsewhere < kFewestElsewhere) return false;
    const double share = static_cast<double>(elsewhere) / static_cast<double>(run.devices.size());
    return static_cast<double>(run.nodes.size()) * std::pow(share, static_cast<double>(devices)) >
           kMostByChance;
}

Draft on_node(const Run& run, const std::vector<Draft>& of_devices) {
    Draft draft = *std::ranges::min_element(of_devices, worse);
    draft.of = fmt::format("all {} devices of {} (worst: device {})", of_devices.size(),
                           node(run, draft.place.node).name, device_text(run, draft.place.device));
    draft.place.device = -1;
    return draft;
}

}  // namespace

Draft no_data(std::string rule, const Place& place, std::size_t metric, std::string what,
              std::string action) {
    Draft draft;
    draft.finding.verdict = Verdict::NoData;
    draft.finding.kind = FindingKind::Missing;
    draft.finding.rule = std::move(rule);
    draft.finding.action = std::move(action);
    draft.place = place;
    draft.metric = metric;
    draft.what = std::move(what);
    return draft;
}

Level level_of(const Place& place) {
    if (place.rack >= 0) return Level::Rack;
    if (has_two_ends(place)) return Level::Link;
    if (place.device >= 0) return Level::Device;
    return place.node >= 0 ? Level::Node : Level::Fleet;
}

std::string subject(const Run& run, const Place& place) {
    if (has_two_ends(place)) {
        return "the link " + end_of_link(run, place.node, place.device) + " - " +
               end_of_link(run, place.peer_node, place.peer_device);
    }
    if (place.device >= 0) {
        return node(run, place.node).name + " device " + device_text(run, place.device);
    }
    if (place.node >= 0) return node(run, place.node).name;
    return place.group >= 0 ? group_subject(run, place.group) : "the fleet";
}

std::string some_of(const std::vector<std::string>& names) {
    constexpr std::size_t kMost = 4;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) {
        text += (i > 0 ? ", " : "") + names[i];
    }
    if (names.size() > kMost) text += fmt::format(" and {} more", names.size() - kMost);
    return text;
}

void finish(const Survey& survey, const std::vector<MetricIdentity>& metrics,
            std::vector<Draft>& drafts) {
    std::ranges::sort(drafts,
                      [](const Draft& a, const Draft& b) { return sort_key(a) < sort_key(b); });
    std::int32_t next_id = 0;
    for (Draft& draft : drafts) {
        Finding& finding = draft.finding;
        finding.id = next_id++;
        fill_place(survey, draft.place, finding);
        if (draft.metric != kNoMetric) {
            finding.metric = metrics[draft.metric].name;
            finding.unit = metrics[draft.metric].unit;
        }
        const std::string place = finding.level == Level::Rack ? "rack " + finding.rack
                                                               : subject(*survey.run, draft.place);
        const std::string who = draft.of.empty() ? place : draft.of;
        finding.sentence = who + ": " + draft.what;
    }
}

std::vector<Draft> collapsed(const Run& run, std::vector<Draft> drafts) {
    std::vector<std::size_t> devices_of_node(run.nodes.size(), 0);
    for (const Device& each : run.devices) {
        const bool known = each.node >= 0 && at(each.node) < devices_of_node.size();
        if (known) ++devices_of_node[at(each.node)];
    }

    using What = std::tuple<std::size_t, FindingKind, std::string, std::string>;
    using Key = std::pair<std::int32_t, What>;
    std::map<Key, std::vector<Draft>> of_devices;
    std::vector<Draft> kept;
    for (Draft& draft : drafts) {
        if (is_of_one_device(draft)) {
            const Finding& finding = draft.finding;
            const Key key{draft.place.node,
                          {draft.metric, finding.kind, finding.rule, finding.provisional}};
            of_devices[key].push_back(std::move(draft));
        } else {
            kept.push_back(std::move(draft));
        }
    }
    const auto is_whole = [&](const Key& key, const std::vector<Draft>& group) {
        std::set<std::int32_t> distinct;
        for (const Draft& draft : group) distinct.insert(draft.place.device);
        return distinct.size() == group.size() && group.size() >= 2 &&
               group.size() == devices_of_node[at(key.first)];
    };
    std::map<What, std::size_t> elsewhere;  // on devices of nodes that are not bad as a whole
    for (const auto& [key, group] : of_devices) {
        if (!is_whole(key, group)) elsewhere[key.second] += group.size();
    }
    for (auto& [key, group] : of_devices) {
        if (is_whole(key, group) && !by_chance(run, group.size(), elsewhere[key.second])) {
            kept.push_back(on_node(run, group));
        } else {
            std::ranges::move(group, std::back_inserter(kept));
        }
    }
    return kept;
}

}  // namespace rackproof
