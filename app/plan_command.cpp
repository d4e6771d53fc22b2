#include <fmt/format.h>

#include <algorithm>
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
        if (stage.peak_w) sum.peak_w = std::max(sum.peak_w.value_or(0), *stage.peak_w);
    }
    return text + line("all", std::to_string(sum.cells), std::to_string(sum.jobs),
                       format_duration(sum.seconds), std::to_string(sum.peak_nodes),
                       sum.peak_w ? format_value(*sum.peak_w, "W") : "not stated");
}

/// What the numbers above mean, and whether the run can end in time.
std::string notes(const Plan& plan, const std::vector<StageEstimate>& stages) {
    double seconds = 0;
    bool powers_stated = true;
    for (const StageEstimate& stage : stages) {
        seconds += stage.seconds;
        powers_stated = powers_stated && stage.peak_w;
    }
    std::string text =
        "\nNODES and POWER are the most at once. Retests come on top. Nothing was started.\n";
    if (!powers_stated) text += "A stage's 'power_w' says what one of its devices draws.\n";
    if (seconds > plan.run_deadline_s) {
        text += "! This takes longer than the plan's run.deadline_s, " +
                format_duration(plan.run_deadline_s) + ": cells open by then would be timed_out.\n";
    }
    return text;
}

}  // namespace

int plan_command(const PlanArguments& arguments) {
    const Plan plan = read_plan(find_plan(arguments.plan), arguments.changes);
    const Manifest manifest = manifest_for(plan, arguments);
    const std::vector<StageEstimate> stages = estimate_run(plan, manifest);
    write_stdout(clean(plan.name) + " on " + counted(manifest.nodes.size(), "node") + ", " +
                 counted(manifest.devices.size(), "device") + "\n\n" + table(stages) +
                 notes(plan, stages));
    return 0;
}

}  // namespace rackproof
