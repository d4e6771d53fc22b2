#include <algorithm>

#include "analysis/judgement.hpp"
#include "app/commands.hpp"
#include "app/fleet_file.hpp"
#include "app/hwcheck_text.hpp"
#include "app/inventory_run.hpp"
#include "app/locations.hpp"
#include "app/output.hpp"
#include "app/plan_file.hpp"
#include "app/profile_file.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/fleet.hpp"
#include "hwcheck/inventory_reader.hpp"
#include "reports/reports.hpp"
#include "results/run_file.hpp"

namespace rackproof {
namespace {

std::vector<Profile> profiles_of(const HwcheckArguments& arguments) {
    std::vector<Profile> profiles;
    for (const std::string& given : arguments.profiles) {
        profiles.push_back(read_profile(find_profile(given)));
    }
    return profiles;
}

std::string name_of(const HwcheckArguments& arguments, const Inventory& inventory) {
    const std::string name = arguments.node.value_or(inventory.node);
    const std::string problem = host_name_problem(name);
    if (!problem.empty()) {
        throw InputError{"the node's name '" + name + "' is no host name: it " + problem +
                         "; expected --node NAME"};
    }
    return name;
}

/// Of files that somebody has mailed in; then nothing of this machine is read, but a copy of the
/// other one's /proc and /sys may be. Else of this machine.
Inventory inventory_for(const HwcheckArguments& arguments) {
    constexpr double kHour_s = 3600;
    const InventoryOptions options =
        own_inventory(arguments.sysroot, arguments.log_hours * kHour_s);
    if (arguments.mailed.empty()) return read_inventory(options);
    if (!arguments.node) {
        throw InputError{"mailed-in files do not say whose they are; expected --node NAME"};
    }
    Inventory inventory;
    if (arguments.sysroot != "/") inventory = read_inventory(options);
    inventory.node = *arguments.node;
    add_mailed(arguments.mailed, inventory);
    return inventory;
}

/// What the fleet file says of the node; without one, what its name and the options say.
Node node_of(const HwcheckArguments& arguments, const Inventory& inventory,
             const std::vector<Profile>& profiles) {
    Node node;
    node.name = name_of(arguments, inventory);
    if (arguments.fleet) {
        const Fleet fleet = read_fleet(*arguments.fleet);
        const auto found = std::ranges::find_if(fleet.nodes, [&](const FleetNode& entry) {
            return same_host(entry.node.name, node.name);
        });
        if (found == fleet.nodes.end()) {
            throw InputError{{arguments.fleet->string(), {}, {}},
                             "names no node '" + node.name + "'; expected it among the " +
                                 std::to_string(fleet.nodes.size()) + " that it names"};
        }
        node = found->node;
    }
    if (arguments.sku) {
        node.sku = *arguments.sku;
    } else if (!arguments.fleet && profiles.size() == 1) {
        node.sku = profiles.front().sku;  // it is asked whether it is one of these
    }
    return node;
}

void write_golden(const HwcheckArguments& arguments, const Inventory& inventory,
                  const Judgement& judgement, const Node& node) {
    if (node.sku == Node{}.sku) {
        throw InputError{"--golden needs to know what the node is; expected --sku NAME"};
    }
    if (exit_status(judgement) == 1) {
        throw InputError{
            "this node is not well, so it is no example for others; nothing is "
            "written to " +
            arguments.golden->string()};
    }
    const std::string source = "rackproof hwcheck --golden on " + node.name + ", " + utc_now();
    write_text_file(*arguments.golden, profile_text(golden_profile(inventory, node.sku, source)));
}

/// What nothing was held against reads as fine, unless it is said.
std::string what_was_compared(const HwcheckArguments& arguments, const Inventory& inventory) {
    std::string text;
    if (arguments.profiles.empty()) {
        text +=
            "\nNo --profile: only what is wrong by itself was looked for, not whether this\n"
            "is the machine that it should be.\n";
    }
    const std::size_t hidden = count_needing_root(inventory);
    if (hidden > 0) {
        text += "\nAs root " + std::to_string(hidden) + " more items could be read.\n";
    }
    return text;
}

void print(const HwcheckArguments& arguments, const Inventory& inventory,
           const Judgement& judgement, const std::string& read_at) {
    switch (arguments.format) {
        case HwcheckFormat::Quiet: break;
        case HwcheckFormat::Json:
            write_stdout(inventory_json(inventory, judgement, read_at));
            break;
        case HwcheckFormat::Text:
            write_stdout(inventory_text(inventory, stdout_style()) + "\n" +
                         verdict_table(judgement, stdout_style()) +
                         what_was_compared(arguments, inventory));
            break;
    }
}

}  // namespace

int hwcheck_command(const HwcheckArguments& arguments) {
    const std::vector<Profile> profiles = profiles_of(arguments);
    const Inventory inventory = inventory_for(arguments);
    const Node node = node_of(arguments, inventory, profiles);
    InventoryRun all{profiles};
    all.add(node, inventory);
    const Run run = all.finish();
    const Judgement judgement =
        judge(run, parse_plan_policy(run.plan_toml, "the policy of hwcheck"));
    print(arguments, inventory, judgement, run.started);
    if (arguments.golden) write_golden(arguments, inventory, judgement, node);
    if (arguments.prometheus) {
        write_text_file(*arguments.prometheus, inventory_metrics(inventory, judgement));
    }
    if (arguments.output) write_run_file(run, *arguments.output);
    return exit_status(judgement);
}

}  // namespace rackproof
