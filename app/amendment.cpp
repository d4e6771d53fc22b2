#include "app/amendment.hpp"

#include <algorithm>

#include "app/plan_file.hpp"
#include "core/error.hpp"
#include "core/index.hpp"
#include "core/utf8.hpp"
#include "results/stored_metrics.hpp"
#include "runners/worker.hpp"

namespace rackproof {
namespace {

Fleet fleet_of_nodes(const Run& run, const InputPlace& place,
                     const std::vector<std::string>& nodes) {
    Fleet fleet;
    fleet.text = run.fleet_toml;
    for (const std::string& name : nodes) {
        const auto found = std::ranges::find(run.nodes, name, &Node::name);
        if (found == run.nodes.end()) {
            throw InputError{place, "has no node '" + printable(name) + "'; expected one of its " +
                                        std::to_string(run.nodes.size())};
        }
        FleetNode& node = fleet.nodes.emplace_back();
        node.node = *found;
        node.node.state = Node{}.state;
        const auto index = static_cast<std::int32_t>(found - run.nodes.begin());
        const auto devices = std::ranges::count(run.devices, index, &Device::node);
        if (devices > 0) node.devices = static_cast<std::int32_t>(devices);
    }
    return fleet;
}

}  // namespace

RepairRun repair_run(const Run& run, const std::filesystem::path& file,
                     const std::vector<std::string>& nodes, FleetArguments where) {
    const InputPlace place{file.string(), {}, {}};
    const bool was_run =
        run.launcher == "local" || run.launcher == "mpirun" || run.launcher == "slurm";
    if (!was_run || run.plan_toml.empty()) {
        throw InputError{place, "was not made by 'rackproof run' (" + printable(run.launcher) +
                                    "); expected a run whose plan can be run again"};
    }
    RepairRun repair;
    repair.plan = parse_plan(run.plan_toml, file.string() + ":/plan");
    std::erase_if(repair.plan.stages, [](const Stage& stage) { return stage.over != Over::Node; });
    if (repair.plan.stages.empty()) {
        throw InputError{place, "has a plan without a stage that measures a node alone"};
    }
    Fleet fleet = fleet_of_nodes(run, place, nodes);
    repair.where = std::move(where);
    if (!repair.where.launcher) repair.where.launcher = run.launcher;
    if (run.launcher != "local" || !run.fleet_toml.empty()) {
        repair.fleet = std::move(fleet);
    } else if (fleet.nodes.size() != 1 || !same_host(nodes[0], own_host_name())) {
        throw InputError{place, "was run on the machine '" + printable(run.nodes[0].name) +
                                    "' alone, and this is '" + own_host_name() +
                                    "'; expected the same machine"};
    }
    return repair;
}

void refuse_amended(const std::filesystem::path& run_file) {
    std::error_code error;
    if (!std::filesystem::exists(run_file, error)) return;
    std::string amendments;
    try {
        StoredMetrics stored{run_file};
        const auto found = stored.facts().environment.find("amendments");
        if (found != stored.facts().environment.end()) amendments = found->second;
    } catch (const InputError&) {
        return;  // half a file is made again
    }
    if (amendments.empty()) return;
    throw InputError{{run_file.string(), {}, {}},
                     "holds what was measured after " + printable(amendments) +
                         " repairs, which the journal beside it does not; expected a run that was "
                         "not amended for --resume"};
}

}  // namespace rackproof
