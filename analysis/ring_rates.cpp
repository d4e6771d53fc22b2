#include "analysis/ring_rates.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "analysis/confirmation.hpp"
#include "analysis/robust.hpp"
#include "analysis/slow.hpp"
#include "core/index.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

/// Of what its slowest node's pairs reach, a ring that is well reaches so much at least: all links
/// are at work at once, and a large message is not infinitely large.
constexpr double kLeastOfItsLinks = 0.5;

constexpr const char* kAfterSlowRing =
    "Look at what the group shares when all of it is at work: uplinks with fewer ports than nodes "
    "behind them, the algorithm and transport that were chosen, a rank's processor. Its links are "
    "faster two by two, and none of its nodes is blamed.";

struct What {
    std::string device;
    std::string operation;
    std::int64_t bytes = 0;
};

What parameters_of(const Metric& metric) {
    const auto all = nlohmann::json::parse(metric.parameters, nullptr, false);
    What what;
    if (!all.is_object()) return what;
    const auto text = [&](const char* name) {
        const auto found = all.find(name);
        return found != all.end() && found->is_string() ? found->get<std::string>() : "";
    };
    what.device = text("device");
    what.operation = text("operation");
    const auto bytes = all.find("bytes");
    if (bytes != all.end() && bytes->is_number_integer()) what.bytes = bytes->get<std::int64_t>();
    return what;
}

/// Those whose busbw is the rate of a link, whatever the number of ranks. CPUs that add numbers may
/// be slower than their network, so that of theirs only what adds none counts.
bool is_ring(const What& what) {
    if (what.operation == "all_gather") return true;
    const bool adds = what.operation == "all_reduce" || what.operation == "reduce_scatter";
    return adds && what.device == "gpu";
}

struct Slowest {
    std::int32_t node = -1;
    double busbw = 0;
};

/// nullopt if some node of the group was in no pair.
std::optional<Slowest> slowest_of(const LinkRates& links,
                                  const std::vector<std::int32_t>& members) {
    std::optional<Slowest> slowest;
    for (const std::int32_t node : members) {
        const std::optional<double>& own = links.of_node[at(node)];
        if (!own) return std::nullopt;
        if (!slowest || *own < slowest->busbw) slowest = {node, *own};
    }
    return slowest;
}

Draft ring_draft(const Run& run, const RingRate& ring, const Slowest& slowest,
                 const MetricIdentity& identity, std::size_t metric) {
    const double worse = 1 - ring.busbw / slowest.busbw;
    Draft draft;
    draft.place = ring.place;
    draft.metric = metric;
    draft.finding.verdict = Verdict::Watch;
    draft.finding.kind = FindingKind::Slow;
    draft.finding.rule = "expected";
    draft.finding.observed = ring.busbw;
    draft.finding.expected = slowest.busbw;
    draft.finding.deviation = -worse;
    draft.finding.action = kAfterSlowRing;
    draft.what = fmt::format(
        "{} is {} what the pairs of its slowest node, {}, reach: no link between two nodes "
        "explains that",
        identity.name, worse_text(identity, worse), printable(run.nodes[at(slowest.node)].name));
    return draft;
}

}  // namespace

LinkRates link_rates(const MetricCells& cells, std::size_t nodes) {
    const Metric& metric = cells.metric();
    LinkRates links;
    if (metric.scope != Scope::NodePair || metric.suite != "collectives") return links;
    const What what = parameters_of(metric);
    if (what.operation != "send_receive" || !confirmed_metric(metric).empty()) return links;
    links.device = what.device;
    links.bytes = what.bytes;
    std::vector<std::vector<double>> of_node(nodes);
    for (const TargetCell& cell : cells.cells()) {
        if (!cell.value) continue;
        of_node[at(cell.place.node)].push_back(*cell.value);
        of_node[at(cell.place.peer_node)].push_back(*cell.value);
    }
    for (std::vector<double>& values : of_node) {
        links.of_node.push_back(median_in_place(values));
    }
    return links;
}

RingRates ring_rates(const MetricCells& cells) {
    const Metric& metric = cells.metric();
    RingRates rings;
    if (metric.scope != Scope::Group || metric.suite != "collectives") return rings;
    const What what = parameters_of(metric);
    if (!is_ring(what)) return rings;
    rings.device = what.device;
    for (const TargetCell& cell : cells.cells()) {
        if (cell.value && cell.place.group >= 0) rings.groups.push_back({cell.place, *cell.value});
    }
    return rings;
}

void judge_rings(const Run& run, const std::vector<LinkRates>& links, const RingRates& rings,
                 const MetricIdentity& identity, std::size_t metric, std::vector<Draft>& drafts) {
    const LinkRates* largest = nullptr;
    for (const LinkRates& each : links) {
        if (each.bytes == 0 || each.device != rings.device) continue;
        if (largest == nullptr || each.bytes > largest->bytes) largest = &each;
    }
    if (largest == nullptr) return;
    for (const RingRate& ring : rings.groups) {
        const auto slowest = slowest_of(*largest, run.groups[at(ring.place.group)]);
        if (!slowest || ring.busbw >= kLeastOfItsLinks * slowest->busbw) continue;
        drafts.push_back(ring_draft(run, ring, *slowest, identity, metric));
    }
}

}  // namespace rackproof
