#include <algorithm>
#include <filesystem>

#include "app/commands.hpp"
#include "app/fleet_file.hpp"
#include "app/fleet_text.hpp"
#include "app/locations.hpp"
#include "app/output.hpp"
#include "app/plan_file.hpp"
#include "app/submission.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/utf8.hpp"
#include "runners/command_output.hpp"
#include "runners/rack_jobs.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

namespace fs = std::filesystem;

constexpr double kSbatchPatience_s = 60;

fs::path script_of(const fs::path& directory, const SubmittedRack& rack) {
    return directory / rack.folder / "job.sh";
}

void make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw InputError{{folder.string(), {}, {}}, "cannot be made: " + error.message()};
}

/// What is left out of the rack's job, a line a node.
std::string left_out_text(const RackJob& job) {
    std::string text;
    for (const FleetNode& entry : job.nodes) {
        if (!takes_part(entry.node)) text += "    " + why_no_part(entry.node) + "\n";
    }
    return text;
}

SubmittedRack write_rack(const RackJob& job, const Plan& plan, const SubmitArguments& arguments,
                         const fs::path& directory) {
    SubmittedRack rack;
    rack.rack = job.rack;
    rack.folder = job.folder;
    rack.nodes = static_cast<std::int64_t>(job.nodes.size());
    const auto usable = static_cast<std::int64_t>(usable_nodes(job).size());
    rack.left_out = rack.nodes - usable;
    const fs::path folder = directory / job.folder;
    make_folder(folder);
    write_text_file(folder / "fleet.toml", fleet_text(job.nodes));
    if (usable > 0) {
        write_text_file(folder / "job.sh", rack_script(job, {.partition = arguments.partition,
                                                             .most_s = plan.run_deadline_s,
                                                             .executable = own_executable(),
                                                             .plan = directory / "plan.toml",
                                                             .fleet = folder / "fleet.toml",
                                                             .out = folder}));
    }
    write_stdout(printable(rack.rack) + ": " + std::to_string(usable) + " of " +
                 std::to_string(rack.nodes) + " nodes, in " + folder.string() + "\n" +
                 left_out_text(job));
    return rack;
}

Submission write_all(const Plan& plan, const SubmitArguments& arguments,
                     const fs::path& directory) {
    const std::vector<SlurmNode> known = nodes_of_partition(arguments.partition);
    Fleet fleet = arguments.fleet
                      ? read_fleet(*arguments.fleet)
                      : fleet_of_partition(known, slurm_topology(), arguments.partition);
    Submission submission;
    submission.plan = plan.name;
    submission.partition = arguments.partition;
    make_folder(directory);
    write_text_file(directory / "plan.toml", plan.toml);
    for (const RackJob& job : plan_rack_jobs(std::move(fleet), known, arguments.partition)) {
        submission.racks.push_back(write_rack(job, plan, arguments, directory));
    }
    write_submission(directory, submission);
    return submission;
}

/// What an earlier submit wrote; it is sent as it stands.
Submission read_again(const Plan& plan, const SubmitArguments& arguments,
                      const fs::path& directory) {
    Submission submission = read_submission(directory);
    if (arguments.send != SubmitArguments::Send::Now ||
        read_text_file(directory / "plan.toml", plan.toml.size() + 1) != plan.toml ||
        submission.partition != arguments.partition) {
        throw InputError{{directory.string(), {}, {}},
                         "already holds a submission; expected a new or empty folder for --out, "
                         "or --go with the same plan and partition to send what it holds"};
    }
    return submission;
}

/// The number in what `sbatch --parsable` prints: "NUMBER" or "NUMBER;CLUSTER".
std::string job_number(const std::string& printed) {
    const std::string number = printed.substr(0, printed.find_first_of(";\n"));
    if (number.empty() || number.find_first_not_of("0123456789") != std::string::npos) {
        throw Error{"read what sbatch prints",
                    "'" + printable(shortened(printed, 200)) + "'; expected a job's number"};
    }
    return number;
}

/// A rack of which Slurm has no usable node has its run all the same, here and now: one that says
/// of every cell why it has no number, so that no node is missing from the fleet's file.
void record_absence(const fs::path& directory, const SubmittedRack& rack) {
    const fs::path folder = directory / rack.folder;
    std::error_code error;
    if (fs::exists(folder / "journal", error)) return;
    RunArguments arguments;
    arguments.plan = (directory / "plan.toml").string();
    arguments.directory = folder;
    arguments.where.fleet = folder / "fleet.toml";
    arguments.where.launcher = "local";
    (void)run_command(arguments);
}

void send(Submission& submission, const fs::path& directory) {
    for (SubmittedRack& rack : submission.racks) {
        if (rack.left_out == rack.nodes) record_absence(directory, rack);
        if (!rack.job.empty() || rack.left_out == rack.nodes) continue;
        const Command sbatch{{"sbatch", "--parsable", script_of(directory, rack).string()}, {}};
        rack.job = job_number(output_of(sbatch, kSbatchPatience_s));
        write_submission(directory, submission);
        write_stdout(printable(rack.rack) + ": job " + rack.job + "\n");
    }
}

/// A load over all nodes at once is one job's.
void refuse_swing(const Plan& plan) {
    for (const Stage& stage : plan.stages) {
        for (const SuiteEntry& entry : stage.suites) {
            if (!needs_site_consent(entry.suite)) continue;
            throw InputError{"plan '" + plan.name + "', stage '" + stage.name + "': suite '" +
                             entry.suite +
                             "' loads all nodes at one time, and submit makes a job of each rack; "
                             "expected 'rackproof run' inside of one allocation"};
        }
    }
}

}  // namespace

int submit_command(const SubmitArguments& arguments) {
    const std::string problem = partition_name_problem(arguments.partition);
    if (!problem.empty()) throw InputError{"--partition: " + problem};
    const Plan plan = read_plan(find_plan(arguments.plan));
    refuse_swing(plan);
    const fs::path directory =
        fs::absolute(arguments.directory.value_or("rackproof-" + plan.name + "-" + utc_now()));
    std::error_code error;
    Submission submission = fs::exists(directory / "submission.json", error)
                                ? read_again(plan, arguments, directory)
                                : write_all(plan, arguments, directory);
    if (arguments.send == SubmitArguments::Send::Now) {
        send(submission, directory);
    } else {
        write_stdout("\nnothing was sent; with --go these would be:\n");
        for (const SubmittedRack& rack : submission.racks) {
            if (rack.left_out == rack.nodes) continue;
            write_stdout(shown({"sbatch", "--parsable", script_of(directory, rack).string()}) +
                         "\n");
        }
    }
    write_stdout("\nwhere they stand: rackproof status " + shown({directory.string()}) + "\n");
    return 0;
}

}  // namespace rackproof
