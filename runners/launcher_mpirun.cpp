#include <algorithm>

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "runners/launcher.hpp"

namespace rackproof {
namespace {

/// Adds the environment and the worker itself: the same for every mpirun.
Command finished(Arguments arguments, const JobRequest& request) {
    if (!request.wrap.empty() && request.wrap.front().starts_with('-')) {
        throw InputError{"launcher.wrap begins with the option '" +
                         printable(request.wrap.front()) +
                         "', which mpirun would take for its own; expected a program (options of "
                         "srun, such as --container-image, need --launcher slurm)"};
    }
    Command command;
    command.environment = environment_of(request);
    // By name only: the values travel in mpirun's own environment, never on its command line.
    for (const auto& [name, value] : command.environment) append(arguments, {"-x", name});
    append(arguments, request.wrap);
    append(arguments, {request.executable.string(), "worker"});
    command.arguments = std::move(arguments);
    return command;
}

/// What Open MPI hands to a shell on the other host must mean nothing to it.
void check_plain(const std::string& word, const std::string& what) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=,+@%";
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return;
    throw InputError{what + " '" + printable(word) +
                     "' has a character that Open MPI cannot hand on; expected letters, digits "
                     "and any of -_./=,+@%"};
}

/// ssh that never asks, and gives up on a host that does not answer.
Arguments default_agent() {
    return {"ssh",
            "-x",
            "-oBatchMode=yes",
            "-oConnectTimeout=10",
            "-oServerAliveInterval=5",
            "-oServerAliveCountMax=3"};
}

}  // namespace

Command LocalLauncher::command(const JobRequest& request) {
    Arguments arguments = mpi_.begin(ranks_of(request));
    // What the job leaves behind goes with its scratch folder, even if all of it is killed.
    append(arguments, mpi_.files_in(request.scratch.string()));
    append(arguments, request.talk == RanksTalk::Yes
                          ? mpi_.talk_on_one_host(request.scratch.string())
                          : mpi_.quiet());
    return finished(std::move(arguments), request);
}

MpirunLauncher::MpirunLauncher(Options options) : options_{std::move(options)} {
    for (const std::string& word : options_.rsh_agent) check_plain(word, "the remote shell's");
    if (!options_.network.empty()) check_plain(options_.network, "the network");
}

Command MpirunLauncher::command(const JobRequest& request) {
    Arguments arguments = mpi_.begin(ranks_of(request));
    append(arguments, mpi_.on_hosts(request.hosts));
    Arguments agent = options_.rsh_agent;
    if (agent.empty() && !mpi_.agent_is_chosen()) agent = default_agent();
    append(arguments, mpi_.remote_shell(agent));
    append(arguments, mpi_.keep_alive());
    if (!options_.network.empty()) append(arguments, mpi_.through(options_.network));
    append(arguments, request.talk == RanksTalk::Yes ? mpi_.talk_between_hosts() : mpi_.quiet());
    Command command = finished(std::move(arguments), request);
    // For mpirun itself, not for the other hosts, which have no such folder.
    command.environment["TMPDIR"] = request.scratch.string();
    return command;
}

}  // namespace rackproof
