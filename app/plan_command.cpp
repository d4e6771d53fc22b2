#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string>

#include "app/commands.hpp"
#include "app/fleet_file.hpp"
#include "app/locations.hpp"
#include "app/output.hpp"
#include "app/plan_file.hpp"
#include "core/error.hpp"
#include "reports/text_format.hpp"
#include "reports/text_layout.hpp"
#include "runners/plan_cases.hpp"
#include "runners/run_estimate.hpp"
#include "runners/run_plan.hpp"

namespace rackproof {
namespace {

/// How many CPU devices a node has: the fleet file's word, else the command line's, else the
/// plan's, where it cuts every node's cores into so many.
std::optional<std::int32_t> devices_of(const FleetNode& entry, const Plan& plan,
                                       const PlanArguments& arguments) {
    if (entry.devices) return entry.devices;
    if (arguments.devices) return arguments.devices;
    const std::int32_t each = plan.devices.devices_per_node;
    return each > 0 ? std::optional{each} : std::nullopt;
}

/// The manifest that a run on this fleet would have, if every node had the devices stated.
Manifest manifest_for(const Plan& plan, const Fleet& fleet, const PlanArguments& arguments) {
    std::vector<Node> nodes;
    std::vector<Device> devices;
    for (const FleetNode& entry : fleet.nodes) {
        const std::optional<std::int32_t> count = devices_of(entry, plan, arguments);
        if (!count) {
            throw InputError{{arguments.fleet->string(), {}, {}},
                             "does not say how many devices " + entry.node.name +
                                 " has; expected 'devices' for every node, or --devices"};
        }
        const std::int32_t gpus = plan.devices.with_gpus ? entry.gpus.value_or(0) : 0;
        for (std::int32_t i = 0; i < *count + gpus; ++i) {
            Device device;
            device.node = static_cast<std::int32_t>(nodes.size());
            device.index = i;
            if (i >= *count) device.kind = "gpu";
            devices.push_back(device);
        }
        nodes.push_back(entry.node);
    }
    return make_manifest(plan, std::move(nodes), std::move(devices));
}

Manifest manifest_for(const Plan& plan, const PlanArguments& arguments) {
    if (arguments.fleet) return manifest_for(plan, read_fleet(*arguments.fleet), arguments);
    if (arguments.devices) {
        throw InputError{"--devices says what each node of a fleet has; expected --fleet with it"};
    }
    return plan_run(plan).manifest;
}

std::string counted(std::size_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string line(const std::string& stage, const std::string& cells, const std::string& jobs,
                 const std::string& time, const std::string& nodes, const std::string& power) {
    return fmt::format("{}  {:>9}  {:>7}  {:>12}  {:>9}  {:>10}\n", fitted(stage, 20), cells, jobs,
                       time, nodes, power);
}

/// Of the whole run: at least what the stages draw of which the plan says so.
std::string most_power(const std::vector<StageEstimate>& stages) {
    std::optional<double> most_w;
    bool is_all = true;
    for (const StageEstimate& stage : stages) {
        is_all = is_all && stage.peak_w;
        if (stage.peak_w) most_w = std::max(most_w.value_or(0), *stage.peak_w);
    }
    if (!most_w) return "not stated";
    return (is_all ? "" : ">= ") + format_value(*most_w, "W");
}

std::string table(const std::vector<StageEstimate>& stages) {
    std::string text = line("STAGE", "CELLS", "JOBS", "TIME", "NODES", "POWER");
    StageEstimate sum;
    for (const StageEstimate& stage : stages) {
        text += line(clean(stage.name), std::to_string(stage.cells), std::to_string(stage.jobs),
                     format_duration(stage.seconds), std::to_string(stage.peak_nodes),
                     stage.peak_w ? format_value(*stage.peak_w, "W") : "not stated");
        sum.cells += stage.cells;
        sum.jobs += stage.jobs;
        sum.seconds += stage.seconds;
        sum.peak_nodes = std::max(sum.peak_nodes, stage.peak_nodes);
    }
    return text + line("all", std::to_string(sum.cells), std::to_string(sum.jobs),
                       format_duration(sum.seconds), std::to_string(sum.peak_nodes),
                       most_power(stages));
}

/// On whose word the powers stand, and how to give another.
std::vector<std::string> power_notes(const Plan& plan) {
    std::map<double, std::string> stated;
    std::string others;
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
        const std::optional<double>& device_w = plan.stages[i].device_power_w;
        std::string& names = device_w ? stated[*device_w] : others;
        names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", plan.stages[i].name, i);
    }
    std::vector<std::string> notes;
    notes.reserve(stated.size() + 2);
    for (const auto& [device_w, names] : stated) {
        notes.push_back("POWER is the plan's word: " + format_value(device_w, "W") +
                        " for each device at work in " + names + ".");
    }
    if (!others.empty()) notes.push_back("The plan states no power of a device in " + others + ".");
    notes.emplace_back(
        "Other powers, by the number of a stage: --set stage.NUMBER.power_w=WATTS. What a node "
        "draws beside its devices comes on top.");
    return notes;
}

/// Which stages may not run, or not to their end.
std::vector<std::string> search_notes(const Plan& plan, const std::vector<StageEstimate>& stages) {
    std::vector<std::string> notes;
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
        const Stage& stage = plan.stages[i];
        if (stage.only_if_short.empty()) continue;
        const double budget_s = stage.budget_s.value_or(0);
        notes.push_back(fmt::format(
            "{} is a search: it runs only where {} falls short or is held against nothing, and "
            "begins no pair later than {} after its begin.",
            stage.name, stage.only_if_short, format_duration(budget_s)));
        if (stages[i].seconds <= budget_s) continue;
        notes.push_back(fmt::format(
            "! {} takes {}, longer than its budget_s: pairs that have not begun by then are not "
            "measured, and the run has no data.",
            stage.name, format_duration(stages[i].seconds)));
    }
    return notes;
}

/// Stages that measure only whom others suspect.
std::vector<std::string> confirmation_notes(const Plan& plan) {
    std::vector<std::string> notes;
    for (const Stage& stage : plan.stages) {
        if (stage.confirms.empty()) continue;
        notes.push_back(fmt::format(
            "{} measures again whom {} suspects, at most {} of them, {}: its time is the longest "
            "that may take, and hardly any where nobody is suspected.",
            stage.name, stage.confirms, stage.most_suspects,
            stage.load == PairLoad::None ? "one pair at a time" : "with other pairs at work"));
    }
    return notes;
}

/// What the numbers above mean, and whether the run can end in time.
std::string notes_text(const Plan& plan, const std::vector<StageEstimate>& stages) {
    constexpr std::size_t kColumns = 80;
    double seconds = 0;
    for (const StageEstimate& stage : stages) seconds += stage.seconds;
    std::vector<std::string> notes{
        "NODES and POWER are the most at once. Retests come on top. Nothing was started."};
    std::ranges::move(search_notes(plan, stages), std::back_inserter(notes));
    std::ranges::move(confirmation_notes(plan), std::back_inserter(notes));
    std::ranges::move(power_notes(plan), std::back_inserter(notes));
    if (!plan.max_concurrent_nodes) {
        notes.emplace_back(
            "All nodes may be at work at once: --set run.max_concurrent_nodes=NODES limits the "
            "load.");
    }
    if (seconds > plan.run_deadline_s) {
        notes.push_back("! This takes longer than the plan's run.deadline_s, " +
                        format_duration(plan.run_deadline_s) +
                        ": cells open by then would be timed_out.");
    }
    std::string text = "\n";
    for (const std::string& note : notes) text += paragraph("", 2, clean(note), kColumns);
    return text;
}

}  // namespace

int plan_command(const PlanArguments& arguments) {
    const Plan plan = read_plan(find_plan(arguments.plan), arguments.changes);
    const Manifest manifest = manifest_for(plan, arguments);
    const std::vector<StageEstimate> stages = estimate_run(plan, manifest);
    write_stdout(clean(plan.name) + " on " + counted(manifest.nodes.size(), "node") + ", " +
                 counted(manifest.devices.size(), "device") + "\n\n" + table(stages) +
                 notes_text(plan, stages));
    return 0;
}

}  // namespace rackproof
