#include "app/hwcheck_subcommand.hpp"

#include <unistd.h>

#include <memory>
#include <string>

#include "app/commands.hpp"
#include "app/xid_file.hpp"
#include "hwcheck/inventory_reader.hpp"

namespace rackproof {
namespace {

void add_outputs(CLI::App& hwcheck, HwcheckArguments& arguments) {
    CLI::Option* json = hwcheck.add_flag_callback(
        "--json", [&arguments] { arguments.format = HwcheckFormat::Json; },
        "Inventory and verdict as JSON (docs/hwcheck.md)");
    hwcheck
        .add_flag_callback(
            "--quiet", [&arguments] { arguments.format = HwcheckFormat::Quiet; },
            "Print nothing: the exit status says it all (cron, HealthCheckProgram)")
        ->excludes(json);
    hwcheck
        .add_option("--prometheus", arguments.prometheus,
                    "Write metrics there for Prometheus's textfile collector")
        ->type_name("FILE");
    hwcheck
        .add_option("--output,-o", arguments.output,
                    "Write a run file there: judge, report and merge take it")
        ->type_name("RUN.h5");
    hwcheck
        .add_option("--golden", arguments.golden,
                    "Write there what this node is, as the profile of its --sku")
        ->type_name("FILE");
}

void add_hwcheck(CLI::App& app, std::function<int()>& action) {
    CLI::App* hwcheck = app.add_subcommand(
        "hwcheck", "Say what this node is and whether it is well; puts no load on it");
    auto arguments = std::make_shared<HwcheckArguments>();
    hwcheck
        ->add_option("--profile", arguments->profiles,
                     "What a node of its sku must be: a file (TOML), or the name of a shipped one "
                     "(plans/profiles)")
        ->type_name("PROFILE")
        ->allow_extra_args(false);
    hwcheck
        ->add_option("--fleet", arguments->fleet,
                     "The fleet file that names this node: its rack, slot and sku, and the serials "
                     "that were ordered (docs/hwcheck.md)")
        ->type_name("FILE");
    hwcheck->add_option("--sku", arguments->sku, "What this node is")->type_name("NAME");
    hwcheck->add_option("--node", arguments->node, "Its name (default: its own host name)")
        ->type_name("NAME");
    hwcheck
        ->add_option("--sysroot", arguments->sysroot,
                     "Read a copy of a machine's /proc, /sys and /etc in that folder")
        ->type_name("FOLDER");
    hwcheck
        ->add_option("--log-hours", arguments->log_hours,
                     "Faults that this machine's kernel log told last longer ago are shown as "
                     "warnings (default: 24; 0 after a repair without a reboot)")
        ->type_name("HOURS")
        ->check(CLI::Range(0.0, 1e6));
    add_mailed_options(*hwcheck, arguments->mailed);
    add_outputs(*hwcheck, *arguments);
    hwcheck->footer(
        "Examples:\n"
        "  rackproof hwcheck\n"
        "  rackproof hwcheck --golden h200-8.toml --sku h200-8       # on a good node\n"
        "  rackproof hwcheck --profile h200-8.toml -o n003.h5        # on the others\n"
        "  rackproof merge n*.h5 -o fleet.h5 && rackproof judge fleet.h5\n"
        "  rackproof run hwcheck --fleet fleet.toml                  # all nodes at once\n"
        "  rackproof hwcheck --node n003 --nvidia-smi smi.xml --dmesg dmesg.txt   # mailed in\n\n"
        "Exit status: 0 all well; 1 bad hardware, or not what the profile says; 2 wrong usage or\n"
        "input; 3 something that must be known is not.");
    hwcheck->callback(
        [arguments, &action] { action = [arguments] { return hwcheck_command(*arguments); }; });
}

/// Started by rackproof itself, to read what may hang; not for people.
void add_inventory_reader(CLI::App& app, std::function<int()>& action) {
    CLI::App* reader = app.add_subcommand(kInventoryReaderCommand, "");
    reader->group("");
    auto task = std::make_shared<ReaderTask>();
    task->xids = shipped_xid_table;
    reader->add_option("ROOT", task->root);
    reader->add_option("SCOPE", task->scope)
        ->check(CLI::IsMember({kAllArgument, kCountersArgument, kNicsArgument}));
    reader->add_option("LOG_S", task->log_s)->check(CLI::NonNegativeNumber);
    reader->callback([task, &action] {
        action = [task] { return serve_inventory_reader(STDIN_FILENO, *task); };
    });
}

}  // namespace

void add_hwcheck_subcommands(CLI::App& app, std::function<int()>& action) {
    add_hwcheck(app, action);
    add_inventory_reader(app, action);
}

}  // namespace rackproof
