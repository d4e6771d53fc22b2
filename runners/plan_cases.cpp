#include "runners/plan_cases.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/fleet.hpp"
#include "runners/device_pairs.hpp"
#include "runners/pair_rounds.hpp"
#include "runners/pair_strata.hpp"
#include "runners/pins.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

std::string in_quotes(std::string_view text) { return std::string{"'"}.append(text).append("'"); }

void check_label(const SuiteEntry& entry) {
    const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; };
    if (std::ranges::all_of(entry.label, fits)) return;
    throw InputError{"suite " + in_quotes(entry.suite) + ": the label " + in_quotes(entry.label) +
                     " has characters other than letters, digits, '_' and '-'"};
}

std::string labelled(const std::string& name, const std::string& lead, const std::string& label) {
    if (label.empty()) return name;
    if (name == lead || name.starts_with(lead + ".")) {
        return lead + "." + label + name.substr(lead.size());
    }
    return name + "." + label;
}

std::string place_of(const CaseSpec& spec, const Plan& plan) {
    return "suite " + in_quotes(spec.suite) + " of stage " +
           in_quotes(plan.stages.at(static_cast<std::size_t>(spec.stage)).name);
}

/// The one scope of a stage's cases.
Scope scope_of(const std::string& stage, const std::vector<const CaseSpec*>& cases) {
    const Scope scope = cases.front()->scope;
    for (const CaseSpec* spec : cases) {
        if (spec->scope == scope) continue;
        throw InputError{"stage " + in_quotes(stage) +
                         " mixes scopes: " + in_quotes(cases.front()->name) + " measures a " +
                         std::string{to_string(scope)} + ", " + in_quotes(spec->name) + " a " +
                         std::string{to_string(spec->scope)}};
    }
    return scope;
}

/// The scope that a suite's case has in a stage of this kind.
Scope scope_over(const Stage& stage, const Suite& suite, Scope scope) {
    if (stage.over == Over::Node) return scope;
    if (!suite.communicates() || scope != Scope::Node) {
        throw InputError{"stage " + in_quotes(stage.name) + " runs over " +
                         std::string{to_string(stage.over)} + ", but the ranks of suite " +
                         in_quotes(suite.name()) + " do not talk to each other"};
    }
    return stage.over == Over::Pairs ? Scope::NodePair : Scope::Group;
}

/// Appends to the manifest's groups unless it is there. Returns its index.
std::int32_t group_index(Manifest& manifest, const std::vector<std::int32_t>& members) {
    const auto found = std::ranges::find(manifest.groups, members);
    if (found != manifest.groups.end()) {
        return static_cast<std::int32_t>(found - manifest.groups.begin());
    }
    manifest.groups.push_back(members);
    return static_cast<std::int32_t>(manifest.groups.size()) - 1;
}

/// The nodes that take part: a drained node is no reason to leave its neighbour without a partner.
/// If there are not two of them, all nodes: their cells then say why there is no number.
std::vector<std::int32_t> partners(const Manifest& manifest) {
    std::vector<std::int32_t> all;
    std::vector<std::int32_t> taking_part;
    for (std::size_t i = 0; i < manifest.nodes.size(); ++i) {
        all.push_back(static_cast<std::int32_t>(i));
        if (takes_part(manifest.nodes[i])) taking_part.push_back(all.back());
    }
    return taking_part.size() < 2 ? all : taking_part;
}

/// All nodes, or those of each rack; racks in the order in which they come up.
std::vector<std::vector<std::int32_t>> groups_over(const Manifest& manifest, Over over) {
    std::map<std::string, std::size_t> place_of_rack;
    std::vector<std::vector<std::int32_t>> groups;
    for (const std::int32_t node : partners(manifest)) {
        const std::string& of_node = manifest.nodes[static_cast<std::size_t>(node)].rack;
        const std::string rack = over == Over::Rack ? of_node : "";
        const auto [place, is_new] = place_of_rack.emplace(rack, groups.size());
        if (is_new) groups.emplace_back();
        groups[place->second].push_back(node);
    }
    return groups;
}

/// The one kind of device of a stage's cases.
std::string kind_of(const std::string& stage, const std::vector<const CaseSpec*>& cases) {
    std::string kind = device_kind(*cases.front());
    for (const CaseSpec* spec : cases) {
        if (device_kind(*spec) == kind) continue;
        throw InputError{"stage " + in_quotes(stage) +
                         " mixes kinds of devices: " + in_quotes(cases.front()->name) +
                         " runs on a " + kind + ", " + in_quotes(spec->name) + " on a " +
                         device_kind(*spec) + "; put them into stages of their own"};
    }
    return kind;
}

std::vector<Target> device_targets(const Manifest& manifest, const std::string& kind) {
    std::vector<Target> targets;
    for (std::size_t node = 0; node < manifest.nodes.size(); ++node) {
        for (const std::int32_t device :
             devices_for(manifest.devices, static_cast<std::int32_t>(node), kind)) {
            targets.push_back({device, -1});
        }
    }
    return targets;
}

/// Of each sku, in the order in which they come up: its devices of this kind if they are a few;
/// else some of those that take part, on different nodes as far as there are. Not half of them:
/// what most of a sku have measured is missed where it is not. A sku without any has one stand-in.
std::vector<Target> few_of_each_sku(const Manifest& manifest, const std::string& kind) {
    constexpr std::size_t kAllOf = 6;
    constexpr std::size_t kSome = 3;
    struct Sku {
        std::vector<Target> all;
        std::map<std::int32_t, std::vector<Target>> by_turn;  // the nodes' first ones, their second
    };
    std::vector<std::string> order;
    std::map<std::string, Sku> skus;
    std::map<std::int32_t, std::int32_t> turn_of_node;
    for (const Target& target : device_targets(manifest, kind)) {
        const Device& device = manifest.devices.at(static_cast<std::size_t>(target.first));
        const Node& node = manifest.nodes.at(static_cast<std::size_t>(device.node));
        const auto [place, is_new] = skus.try_emplace(node.sku);
        if (is_new) order.push_back(node.sku);
        if (device.kind == kind || place->second.all.empty()) place->second.all.push_back(target);
        if (device.kind != kind || !takes_part(node)) continue;
        place->second.by_turn[turn_of_node[device.node]++].push_back(target);
    }
    std::vector<Target> targets;
    for (const std::string& name : order) {
        const Sku& sku = skus.at(name);
        if (sku.all.size() <= kAllOf) {
            targets.insert(targets.end(), sku.all.begin(), sku.all.end());
            continue;
        }
        std::vector<Target> some;
        for (const auto& [turn, of_turn] : sku.by_turn) {
            some.insert(some.end(), of_turn.begin(), of_turn.end());
        }
        if (some.size() > kSome) some.resize(kSome);
        targets.insert(targets.end(), some.begin(), some.end());
    }
    return targets;
}

std::vector<Target> device_pair_targets(const Manifest& manifest, const std::string& kind) {
    std::vector<Target> targets;
    for (std::size_t node = 0; node < manifest.nodes.size(); ++node) {
        const std::vector<Target> of_node =
            device_pairs(devices_for(manifest.devices, static_cast<std::int32_t>(node), kind));
        targets.insert(targets.end(), of_node.begin(), of_node.end());
    }
    return targets;
}

bool runs_on_few(const CaseSpec& spec) {
    const Suite* suite = find_suite(spec.suite);
    return suite != nullptr && suite->spread() == Suite::Spread::FewOfEachSku;
}

std::vector<Target> single_targets(std::size_t count) {
    std::vector<Target> targets;
    for (std::size_t i = 0; i < count; ++i) targets.push_back({static_cast<std::int32_t>(i), -1});
    return targets;
}

bool has_partners(const Stage& stage, const Manifest& manifest) {
    if (stage.over == Over::Node) return true;
    if (stage.over == Over::Pairs) return manifest.nodes.size() > 1;
    return std::ranges::any_of(groups_over(manifest, stage.over),
                               [](const auto& members) { return members.size() > 1; });
}

std::vector<Target> group_targets(const Stage& stage, Manifest& manifest) {
    std::vector<Target> targets;
    bool any_talks = false;
    for (const std::vector<std::int32_t>& members : groups_over(manifest, stage.over)) {
        any_talks = any_talks || members.size() > 1;
        targets.push_back({group_index(manifest, members), -1});
    }
    if (any_talks) return targets;
    throw InputError{"stage " + in_quotes(stage.name) + " runs over " +
                     std::string{to_string(stage.over)} +
                     ", but there is no such group of two nodes or more"};
}

std::vector<Target> pair_targets(const Stage& stage, const Manifest& manifest) {
    if (manifest.nodes.size() < 2) {
        throw InputError{"stage " + in_quotes(stage.name) +
                         " runs over pairs of nodes, but there is one node; expected alone = "
                         "\"skip\" in a plan that is for one node, too"};
    }
    std::vector<Target> targets;
    const std::vector<std::int32_t> nodes = partners(manifest);
    const auto node = [&](std::int32_t place) { return nodes.at(static_cast<std::size_t>(place)); };
    const auto count = static_cast<std::int32_t>(nodes.size());
    const bool is_enough = stage.pair_rounds == Stage::kEnoughRounds;
    const std::int32_t most = is_enough ? enough_rounds(count) : stage.pair_rounds;
    const std::vector<PairRound> rounds =
        stage.pair_seed
            ? stratified_rounds(count, most, strata_of(manifest.nodes, nodes), *stage.pair_seed)
            : pair_rounds(count, most);
    for (const PairRound& round : rounds) {
        for (const auto& [first, second] : round) targets.push_back({node(first), node(second)});
    }
    return targets;
}

/// All targets of a stage's cases; groups that are new go into the manifest.
std::vector<Target> targets_of(const Stage& stage, Scope scope, const std::string& kind,
                               Manifest& manifest) {
    switch (scope) {
        case Scope::Device: return device_targets(manifest, kind);
        case Scope::Node: return single_targets(manifest.nodes.size());
        case Scope::NodePair: return pair_targets(stage, manifest);
        case Scope::Group: return group_targets(stage, manifest);
        case Scope::DevicePair: return device_pair_targets(manifest, kind);
    }
    throw Error{"lay out stage " + in_quotes(stage.name), "its cases have no scope"};
}

void add_cells(const Stage& stage, std::int32_t number, Manifest& manifest) {
    std::vector<const CaseSpec*> cases;
    for (const CaseSpec& spec : manifest.cases) {
        if (spec.stage == number) cases.push_back(&spec);
    }
    if (cases.empty()) return;
    const std::string kind = kind_of(stage.name, cases);
    const std::vector<Target> targets =
        targets_of(stage, scope_of(stage.name, cases), kind, manifest);
    if (targets.size() > (kMostCells - manifest.cells.size()) / cases.size()) {
        throw InputError{"stage " + in_quotes(stage.name) + " measures " +
                         std::to_string(cases.size()) + " cases on " +
                         std::to_string(targets.size()) + " targets; a run has room for " +
                         std::to_string(kMostCells) + " cells"};
    }
    const bool any_on_few =
        std::ranges::any_of(cases, [](const CaseSpec* spec) { return runs_on_few(*spec); });
    const std::vector<Target> few =
        any_on_few ? few_of_each_sku(manifest, kind) : std::vector<Target>{};
    for (const CaseSpec* spec : cases) {
        const auto index = static_cast<std::int32_t>(spec - manifest.cases.data());
        const std::vector<Target>& own = runs_on_few(*spec) ? few : targets;
        for (const Target& target : own) manifest.cells.push_back({index, target});
    }
}

}  // namespace

std::vector<CaseSpec> entry_cases(const Stage& stage, const SuiteEntry& entry,
                                  std::int32_t stage_index, std::int32_t first_index) {
    const Suite* suite = find_suite(entry.suite);
    if (suite == nullptr) throw InputError{"there is no suite " + in_quotes(entry.suite)};
    check_label(entry);
    const std::string label = entry.label.empty() && stage.over != Over::Node
                                  ? std::string{to_string(stage.over)}
                                  : entry.label;
    std::vector<CaseSpec> cases = suite->cases(entry.parameters);
    std::vector<std::string> lead_names;
    lead_names.reserve(cases.size());
    for (const CaseSpec& spec : cases) {
        lead_names.push_back(cases.at(static_cast<std::size_t>(spec.lead)).name);
    }
    for (std::size_t i = 0; i < cases.size(); ++i) {
        CaseSpec& spec = cases[i];
        spec.name = labelled(spec.name, lead_names[i], label);
        spec.suite = entry.suite;
        spec.stage = stage_index;
        spec.scope = scope_over(stage, *suite, spec.scope);
        spec.lead += first_index;
        if (entry.deadline_s) spec.deadline_s = *entry.deadline_s;
    }
    return cases;
}

namespace {

/// Tells the cases of each search which ones it is for, so that the run file says so.
void name_what_is_searched(const Plan& plan, std::vector<CaseSpec>& all) {
    const auto stage_of = [&](const CaseSpec& spec) -> const Stage& {
        return plan.stages.at(static_cast<std::size_t>(spec.stage));
    };
    for (CaseSpec& spec : all) {
        const std::string& searched = stage_of(spec).only_if_short;
        if (searched.empty()) continue;
        std::vector<std::string> names;
        for (const CaseSpec& each : all) {
            if (stage_of(each).name == searched) names.push_back(each.name);
        }
        spec.parameters.set(std::string{kSearchOf}, std::move(names));
    }
}

/// Tells the cases that measure pairs again which ones they are to confirm: those of the other
/// stage, in its order.
void name_what_is_confirmed(const Plan& plan, std::vector<CaseSpec>& all) {
    std::map<std::string, std::vector<std::string>> of_stage;
    for (const CaseSpec& spec : all) {
        const Stage& stage = plan.stages.at(static_cast<std::size_t>(spec.stage));
        of_stage[stage.name].push_back(spec.name);
    }
    std::map<std::int32_t, std::size_t> next;
    for (CaseSpec& spec : all) {
        const Stage& stage = plan.stages.at(static_cast<std::size_t>(spec.stage));
        if (stage.confirms.empty()) continue;
        const std::string& confirmed = of_stage[stage.confirms].at(next[spec.stage]++);
        spec.parameters.set(std::string{kConfirms}, confirmed);
        spec.parameters.set(std::string{kConfirmsUnder}, std::string{to_string(stage.load)});
    }
}

}  // namespace

std::vector<CaseSpec> plan_cases(const Plan& plan) {
    std::vector<CaseSpec> all;
    std::map<std::string, std::string> places;
    for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
        for (const SuiteEntry& entry : plan.stages[stage].suites) {
            for (CaseSpec& spec :
                 entry_cases(plan.stages[stage], entry, static_cast<std::int32_t>(stage),
                             static_cast<std::int32_t>(all.size()))) {
                const std::string place = place_of(spec, plan);
                const auto [other, is_new] = places.emplace(spec.name, place);
                if (!is_new) {
                    throw InputError{"two cases are named " + in_quotes(spec.name) + ": one of " +
                                     other->second + ", one of " + place +
                                     "; give one of them a label"};
                }
                all.push_back(std::move(spec));
            }
        }
    }
    for (const CaseSpec& spec : all) require_calibration(all, spec);
    name_what_is_searched(plan, all);
    name_what_is_confirmed(plan, all);
    return all;
}

Manifest make_manifest(const Plan& plan, std::vector<Node> nodes, std::vector<Device> devices) {
    Manifest manifest;
    manifest.nodes = std::move(nodes);
    manifest.devices = std::move(devices);
    Plan possible = plan;
    for (Stage& stage : possible.stages) {
        if (stage.skip_alone && !has_partners(stage, manifest)) stage.suites.clear();
    }
    manifest.cases = plan_cases(possible);
    for (const Stage& stage : possible.stages) {
        const auto number = static_cast<std::int32_t>(manifest.stages.size());
        manifest.stages.push_back(stage.name);
        add_cells(stage, number, manifest);
    }
    return manifest;
}

}  // namespace rackproof
