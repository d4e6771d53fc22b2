#include "app/slurm_subcommands.hpp"

#include <memory>
#include <string>

#include "app/commands.hpp"

namespace rackproof {
namespace {

void add_submit(CLI::App& app, std::function<int()>& action) {
    CLI::App* submit = app.add_subcommand("submit", "Write one Slurm job a rack; --go sends them");
    auto arguments = std::make_shared<SubmitArguments>();
    submit->add_option("PLAN", arguments->plan, "A plan's file, or the name of a shipped plan")
        ->required()
        ->type_name("");
    submit->add_option("--partition,-p", arguments->partition, "Slurm's partition")
        ->required()
        ->type_name("NAME");
    submit
        ->add_option("--fleet", arguments->fleet,
                     "Nodes and racks there must be (default: the partition's nodes; Slurm's leaf "
                     "switches are the racks)")
        ->type_name("FILE");
    submit
        ->add_option("--out", arguments->directory,
                     "For scripts and runs, seen by all nodes (default: rackproof-PLAN-TIME here)")
        ->type_name("FOLDER");
    submit->add_flag_callback(
        "--go", [arguments] { arguments->send = SubmitArguments::Send::Now; },
        "Send what is written; without it, what would be sent is printed");
    submit->footer(
        std::string{"Example:\n  rackproof submit accept --partition new --go\n\n"} +
        "Exit status: 0 written, and sent with --go; 2 wrong usage or input; 3 Slurm refused.");
    submit->callback(
        [arguments, &action] { action = [arguments] { return submit_command(*arguments); }; });
}

void add_status(CLI::App& app, std::function<int()>& action) {
    CLI::App* status = app.add_subcommand("status", "Say where each rack of a submission stands");
    auto arguments = std::make_shared<StatusArguments>();
    status->add_option("FOLDER", arguments->directory, "What 'submit' wrote to")
        ->required()
        ->type_name("");
    status->footer(std::string{"Example:\n  rackproof status runs/october\n\n"} +
                   "Exit status: 0 all racks are well; 1 a rack fails; 2 wrong usage or input;\n3 "
                   "a rack is not complete or has no data.");
    status->callback(
        [arguments, &action] { action = [arguments] { return status_command(*arguments); }; });
}

}  // namespace

void add_slurm_subcommands(CLI::App& app, std::function<int()>& action) {
    add_submit(app, action);
    add_status(app, action);
}

}  // namespace rackproof
