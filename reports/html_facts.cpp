#include "reports/html_facts.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "core/index.hpp"
#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostHtmlFindings = 20'000;
constexpr std::size_t kMostHtmlEvents = 10'000;
constexpr std::size_t kMostPlanBytes = 262'144;  ///< of a plan or a fleet file

/// Findings that are waived weigh less than any other.
int weight(const Finding& finding) {
    return finding.waived.empty() ? static_cast<int>(finding.verdict) : -1;
}

/// As in the verdict JSON, without what is null, and with the number of its action.
Json compact(const Finding& finding, std::size_t action) {
    Json json = Json::object();
    const Json whole = cleaned(finding_json(finding));
    for (const auto& [name, value] : whole.items()) {
        if (!value.is_null()) json[name] = value;
    }
    json["action"] = action;
    return json;
}

Json texts_json(std::string_view text) {
    const std::string_view shown = text.substr(0, kMostPlanBytes);
    return {{"text", clean_lines(shown)}, {"left_out", text.size() - shown.size()}};
}

Json certificate_json(const std::optional<CertifiedBy>& certificate) {
    if (!certificate) return nullptr;
    return {{"fingerprint", certificate->fingerprint},
            {"signed_at", certificate->signed_at},
            {"key", certificate->key},
            {"acceptance", certificate->acceptance}};
}

std::string words_for_group(const Run& facts, const std::vector<std::int32_t>& members) {
    if (members.empty()) return "a group without members";
    const std::string& rack = facts.nodes[at(members.front())].rack;
    const bool one_rack = std::ranges::all_of(
        members, [&](std::int32_t node) { return facts.nodes[at(node)].rack == rack; });
    if (members.size() == facts.nodes.size()) return fmt::format("all {} nodes", members.size());
    return one_rack && rack != "-" ? fmt::format("{} nodes of rack {}", members.size(), rack)
                                   : fmt::format("a group of {} nodes", members.size());
}

Json devices_json(const Run& facts, const HtmlDetail& detail) {
    std::vector<std::int32_t> node;
    std::vector<std::int32_t> index;
    struct Fact {
        const char* name;
        std::string Device::*member;
        TextColumn column{};
    };
    std::vector<Fact> columns{{"kind", &Device::kind},    {"model", &Device::model},
                              {"uuid", &Device::uuid},    {"serial", &Device::serial},
                              {"pci", &Device::pci},      {"vbios", &Device::vbios},
                              {"driver", &Device::driver}};
    for (const std::int32_t number : detail.devices) {
        const Device& device = facts.devices[at(number)];
        node.push_back(device.node);
        index.push_back(device.index);
        for (Fact& fact : columns) fact.column.add(device.*fact.member);
    }
    Json json{{"node", packed(node)}, {"index", packed(index)}};
    for (const Fact& fact : columns) json[fact.name] = fact.column.json();
    return json;
}

Json suites_json(const Judgement& judgement, const HtmlDetail& detail) {
    Json json = Json::array();
    for (const std::int32_t node : detail.nodes) {
        Json of_node = Json::array();
        for (const auto& [suite, seen] : judgement.nodes[at(node)].suites) {
            of_node.push_back(Json::array(
                {suite, static_cast<int>(seen.verdict), seen.cells, seen.completed, seen.judged}));
        }
        json.push_back(std::move(of_node));
    }
    return json;
}

/// Events of the nodes in detail and of no node at all, as [time, node, device, severity, code,
/// text]; the gravest first where there are too many.
Json events_json(const Run& facts, const HtmlDetail& detail) {
    std::vector<const Event*> events;
    for (const Event& event : facts.events) {
        if (event.node < 0 || detail.of_node[at(event.node)] >= 0) events.push_back(&event);
    }
    const auto gravity = [](const Event* event) {
        return event->severity == "error" ? 2 : event->severity == "warning" ? 1 : 0;
    };
    const std::size_t all = events.size();
    if (all > kMostHtmlEvents) {
        std::ranges::stable_sort(events, std::greater{}, gravity);
        events.resize(kMostHtmlEvents);
    }
    std::ranges::stable_sort(events, {}, [](const Event* event) { return event->time; });
    Json json{{"left_out", all - events.size()}, {"list", Json::array()}};
    for (const Event* event : events) {
        const std::int32_t device = event->device < 0 ? -1 : facts.devices[at(event->device)].index;
        json["list"].push_back(Json::array(
            {event->time, event->node, device, event->severity, event->code, event->text}));
    }
    return json;
}

}  // namespace

Json html_run(const HtmlSource& source) {
    const Run& facts = *source.facts;
    const Judgement& judgement = *source.judgement;
    Json environment = Json::array();
    for (const auto& [key, value] : facts.environment) {
        environment.push_back(Json::array({key, value}));
    }
    Json json{{"run_id", judgement.run_id},
              {"started", facts.started},
              {"finished", facts.finished},
              {"tool_version", facts.tool_version},
              {"plan_name", facts.plan_name},
              {"launcher", facts.launcher},
              {"complete", judgement.run_complete},
              {"verdict", to_string(overall_verdict(judgement))},
              {"summary", summary_json(judgement.nodes)},
              {"racks", list(judgement.racks, rack_json)},
              {"coverage", list(judgement.coverage, coverage_json)},
              {"sensitivity", list(judgement.sensitivity, sensitivity_json)},
              {"pairs", list(judgement.pairs, pair_fit_json)},
              {"policy", policy_json(judgement.policy)},
              {"provisional", judgement.provisional},
              {"waiver_notes", judgement.waiver_notes},
              {"amendments", judgement.amendments},
              {"stages_left_out", judgement.left_out},
              {"history", judgement.history},
              {"environment", std::move(environment)},
              {"certificate", certificate_json(source.certificate)}};
    json = cleaned(std::move(json));
    json["plan"] = texts_json(facts.plan_toml);
    json["fleet"] = texts_json(facts.fleet_toml);
    return json;
}

Json html_nodes(const Run& facts, const Judgement& judgement,
                const std::vector<std::int32_t>& findings) {
    std::vector<std::string> names;
    struct Fact {
        const char* name;
        std::string Node::*member;
        TextColumn column{};
    };
    std::vector<Fact> columns{{"rack", &Node::rack},     {"row", &Node::row},
                              {"slot", &Node::slot},     {"sku", &Node::sku},
                              {"vendor", &Node::vendor}, {"state", &Node::state}};
    std::vector<std::int32_t> verdicts;
    std::vector<std::int32_t> devices(facts.nodes.size(), 0);
    Json told = Json::array();  // [node, findings...]
    for (const Device& device : facts.devices) ++devices[at(device.node)];
    for (std::size_t i = 0; i < facts.nodes.size(); ++i) {
        names.push_back(clean(facts.nodes[i].name));
        for (Fact& fact : columns) fact.column.add(facts.nodes[i].*fact.member);
        const NodeVerdict& node = judgement.nodes[i];
        verdicts.push_back(static_cast<std::int32_t>(node.verdict));
        Json of_node = Json::array({i});
        for (const std::int32_t id : node.findings) {
            if (findings[at(id)] >= 0) of_node.push_back(findings[at(id)]);
        }
        if (of_node.size() > 1) told.push_back(std::move(of_node));
    }
    Json json{{"name", std::move(names)}};
    for (const Fact& fact : columns) json[fact.name] = fact.column.json();
    json["verdict"] = packed(verdicts);
    json["devices"] = packed(devices);
    json["findings"] = std::move(told);
    return json;
}

HtmlFindings html_findings(const Judgement& judgement) {
    HtmlFindings findings{Json::object(), {}};
    std::vector<std::size_t> order(judgement.findings.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
        return weight(judgement.findings[a]) > weight(judgement.findings[b]);
    });
    findings.place.assign(order.size(), -1);
    const std::size_t taken = std::min(order.size(), kMostHtmlFindings);
    Json told = Json::array();
    Json actions = Json::array();
    std::map<std::string, std::size_t> known;
    for (std::size_t i = 0; i < taken; ++i) {
        const Finding& finding = judgement.findings[order[i]];
        findings.place[order[i]] = static_cast<std::int32_t>(i);
        const auto [action, is_new] = known.emplace(finding.action, actions.size());
        if (is_new) actions.push_back(clean(finding.action));
        told.push_back(compact(finding, action->second));
    }
    findings.json = {{"left_out", order.size() - taken},
                     {"actions", std::move(actions)},
                     {"list", std::move(told)}};
    return findings;
}

Json html_detail(const Run& facts, const Judgement& judgement, const HtmlDetail& detail) {
    Json groups = Json::array();
    for (const auto& members : facts.groups) groups.push_back(words_for_group(facts, members));
    Json json{{"is_all", detail.is_all},
              {"left_out", detail.left_out},
              {"nodes", packed(detail.nodes)},
              {"devices", devices_json(facts, detail)}};
    json["suites"] = cleaned(suites_json(judgement, detail));
    json["groups"] = cleaned(std::move(groups));
    json["events"] = cleaned(events_json(facts, detail));
    return json;
}

}  // namespace rackproof
