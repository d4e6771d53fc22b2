#include "runners/launcher.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>

#include "core/error.hpp"

namespace rackproof {
namespace {

/// True if a shell-like search of PATH would find the program.
bool is_on_path(std::string_view program) {
    const char* path = std::getenv("PATH");
    std::string_view left = path == nullptr ? "/usr/bin:/bin" : path;
    while (true) {
        const std::size_t colon = left.find(':');
        const std::string folder{left.substr(0, colon)};
        const std::filesystem::path candidate = std::filesystem::path{folder} / program;
        if (!folder.empty() && ::access(candidate.c_str(), X_OK) == 0) return true;
        if (colon == std::string_view::npos) return false;
        left.remove_prefix(colon + 1);
    }
}

using Arguments = std::vector<std::string>;

void append(Arguments& arguments, const Arguments& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
}

}  // namespace

void LocalLauncher::check() const {
    if (!is_on_path("mpirun")) {
        throw Error{"start a job", "mpirun not found: install openmpi-bin"};
    }
}

Command LocalLauncher::command(const JobRequest& request) {
    Command command;
    Arguments& arguments = command.arguments;
    // The worker pins itself to its device's cores, so mpirun must not; and there may be more
    // devices than mpirun believes there are slots.
    const std::string ranks = std::to_string(request.ranks);
    append(arguments, {"mpirun", "-np", ranks, "--oversubscribe", "--bind-to", "none"});
    if (::geteuid() == 0) append(arguments, {"--allow-run-as-root"});
    // What the job leaves behind goes with its scratch folder, even if all of it is killed.
    append(arguments, {"--mca", "orte_tmpdir_base", request.scratch.string()});
    if (request.talk == RanksTalk::Yes) {
        append(arguments, {"--mca", "pml", "ob1", "--mca", "btl", "self,vader", "--mca",
                           "btl_vader_backing_directory", request.scratch.string()});
    } else {
        // Ranks that do not talk outlive each other: measured with Open MPI 4.1.4, a rank killed
        // by SIGKILL leaves the others at work.
        append(arguments, {"--enable-recovery", "--continuous", "--mca",
                           "orte_abort_on_non_zero_status", "0"});
    }
    command.environment = request.environment;
    command.environment.emplace("OPENBLAS_NUM_THREADS", "1");
    for (const auto& [name, value] : command.environment) append(arguments, {"-x", name});
    append(arguments, {request.executable.string(), "worker"});
    return command;
}

std::string shown(const std::vector<std::string>& arguments) {
    const auto plain = [](unsigned char c) {
        return std::isalnum(c) != 0 ||
               std::string_view{"-_./:=,+@%"}.find(static_cast<char>(c)) != std::string_view::npos;
    };
    std::string line;
    for (const std::string& argument : arguments) {
        if (!line.empty()) line += ' ';
        const bool bare = !argument.empty() && std::ranges::all_of(argument, plain);
        if (bare) {
            line += argument;
        } else {
            line.append("'").append(argument).append("'");
        }
    }
    return line;
}

}  // namespace rackproof
