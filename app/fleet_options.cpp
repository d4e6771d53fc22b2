#include "app/fleet_options.hpp"

#include <algorithm>
#include <sstream>

#include "app/fleet_file.hpp"
#include "app/fleet_text.hpp"
#include "core/error.hpp"
#include "runners/worker.hpp"

namespace rackproof {
namespace {

constexpr const char* kHostsOption = "--hosts";
constexpr std::size_t kMostHosts = 100'000;

LauncherKind kind_of(const FleetArguments& arguments) {
    const std::string fallback = arguments.fleet || arguments.hosts ? "mpirun" : "local";
    const std::string name = arguments.launcher.value_or(fallback);
    if (name == "local") return LauncherKind::Local;
    if (name == "mpirun") return LauncherKind::Mpirun;
    if (name == "slurm") return LauncherKind::Slurm;
    throw InputError{"there is no launcher '" + name + "'; expected local, mpirun or slurm"};
}

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream stream{line};
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

Fleet allocated_fleet() {
    const std::map<std::string, std::string> racks = leaf_switches(slurm_topology());
    Fleet fleet;
    for (std::string& host : slurm_hosts()) {
        FleetNode entry;
        const auto rack = racks.find(host);
        if (rack != racks.end()) entry.node.rack = rack->second;
        entry.node.name = std::move(host);
        fleet.nodes.push_back(std::move(entry));
    }
    return fleet;
}

/// As if a fleet file named them: its text stands in the run file, and is what a resumed run has.
Fleet listed_fleet(const std::string& hosts) {
    std::vector<FleetNode> nodes;
    try {
        for (std::string& host : expand_hosts(hosts, kMostHosts)) {
            nodes.emplace_back();
            nodes.back().node.name = std::move(host);
        }
    } catch (const InputError& error) {
        throw InputError{{kHostsOption, {}, {}}, error.what()};
    }
    return parse_fleet_toml(fleet_text(nodes), kHostsOption);
}

void check_allocated(const Fleet& fleet, const std::filesystem::path& file) {
    const std::vector<std::string> hosts = slurm_hosts();
    for (const FleetNode& entry : fleet.nodes) {
        if (!takes_part(entry.node)) continue;
        const bool there = std::ranges::any_of(
            hosts, [&](const std::string& host) { return same_host(host, entry.node.name); });
        if (there) continue;
        throw InputError{{file.string(), {}, {}},
                         "node '" + entry.node.name +
                             "' is not in this Slurm allocation; expected nodes of it only"};
    }
}

void check_local(const Fleet& fleet, const std::filesystem::path& file) {
    const auto is_elsewhere = [](const FleetNode& entry) {
        return takes_part(entry.node) && !same_host(entry.node.name, own_host_name());
    };
    const auto parts = std::ranges::count_if(
        fleet.nodes, [](const FleetNode& entry) { return takes_part(entry.node); });
    if (parts <= 1 && std::ranges::none_of(fleet.nodes, is_elsewhere)) return;
    throw InputError{{file.string(), {}, {}},
                     "the local launcher runs on this machine alone; expected one node, '" +
                         own_host_name() + "', or --launcher mpirun or slurm"};
}

}  // namespace

LaunchOptions launch_options(const FleetArguments& arguments) {
    LaunchOptions options;
    options.kind = kind_of(arguments);
    if (arguments.rsh_agent) options.rsh_agent = words_of(*arguments.rsh_agent);
    options.listen = arguments.listen;
    options.network = arguments.network;
    const bool mpirun = options.kind == LauncherKind::Mpirun;
    if ((arguments.rsh_agent || arguments.network) && !mpirun) {
        throw InputError{"--rsh-agent and --network are for --launcher mpirun"};
    }
    if (arguments.rsh_agent && options.rsh_agent.empty()) {
        throw InputError{"--rsh-agent is empty; expected a program, such as \"ssh -p 2222\""};
    }
    if (arguments.listen && options.kind == LauncherKind::Local) {
        throw InputError{"--listen is for --launcher mpirun and slurm; local uses 127.0.0.1"};
    }
    return options;
}

std::optional<Fleet> fleet_of(const FleetArguments& arguments, LauncherKind launcher) {
    if (!arguments.fleet && !arguments.hosts) {
        if (launcher == LauncherKind::Slurm) return allocated_fleet();
        if (launcher == LauncherKind::Local) return std::nullopt;
        throw InputError{
            "--launcher mpirun needs to know the nodes; expected --fleet FILE or --hosts LIST"};
    }
    const std::filesystem::path source = arguments.fleet.value_or(kHostsOption);
    Fleet fleet = arguments.fleet ? read_fleet(*arguments.fleet) : listed_fleet(*arguments.hosts);
    if (launcher == LauncherKind::Slurm) check_allocated(fleet, source);
    if (launcher == LauncherKind::Local) check_local(fleet, source);
    return fleet;
}

}  // namespace rackproof
