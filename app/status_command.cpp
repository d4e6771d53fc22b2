#include <vector>

#include "app/commands.hpp"
#include "app/output.hpp"
#include "app/rack_status.hpp"
#include "core/error.hpp"
#include "core/log.hpp"

namespace rackproof {
namespace {

/// nullopt where Slurm does not answer, such as on a desk far from the machine.
SlurmQueue ask_queue() {
    try {
        return queued_jobs_now();
    } catch (const Error& error) {
        log_warning(std::string{"Slurm does not answer: "} + error.what());
        return std::nullopt;
    }
}

}  // namespace

int status_command(const StatusArguments& arguments) {
    const Submission submission = read_submission(arguments.directory);
    const SlurmQueue queue = ask_queue();
    std::vector<RackStatus> racks;
    for (const SubmittedRack& rack : submission.racks) {
        racks.push_back(status_of(rack, arguments.directory / rack.folder, queue));
    }
    write_stdout(rack_table(racks, stdout_style()));
    return exit_status(racks);
}

}  // namespace rackproof
