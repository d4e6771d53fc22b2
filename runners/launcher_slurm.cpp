#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "core/error.hpp"
#include "core/fleet.hpp"
#include "core/utf8.hpp"
#include "runners/command_output.hpp"
#include "runners/first_message.hpp"
#include "runners/launcher.hpp"
#include "runners/slurm_gpus.hpp"

namespace rackproof {
namespace {

constexpr double kSlurmPatience_s = 60;  // a busy controller answers late
constexpr std::size_t kMostHosts = 100'000;

std::string allocated_nodes() {
    for (const char* name : {"SLURM_JOB_NODELIST", "SLURM_NODELIST"}) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0') return value;
    }
    throw InputError{
        "this is no Slurm allocation (SLURM_JOB_NODELIST is not set); expected "
        "'rackproof run' under salloc or sbatch, or 'rackproof submit'"};
}

/// A line for each rank. srun sorts a --nodelist; in such a file the order of the ranks stands.
std::filesystem::path write_host_file(const JobRequest& request) {
    std::filesystem::path file = request.scratch / "hosts";
    std::ofstream lines{file};
    for (const HostShare& share : request.hosts) {
        for (std::int32_t i = 0; i < share.ranks; ++i) lines << share.host << '\n';
    }
    lines.close();
    if (!lines) throw Error{"write " + file.string(), "it cannot be written"};
    return file;
}

/// What an allocation that was asked for GPUs by task, or by other words than ours, leaves in the
/// environment for srun: it would give each rank some of them, or refuse the step.
constexpr const char* kAskedForGpus[] = {
    "SLURM_GPUS",           "SLURM_GPUS_PER_NODE", "SLURM_GPUS_PER_SOCKET", "SLURM_GPUS_PER_TASK",
    "SLURM_NTASKS_PER_GPU", "SLURM_GPU_BIND",      "SLURM_TRES_BIND",       "SLURM_TRES_PER_TASK",
    "SLURM_GRES",           "SLURM_STEP_GRES"};

/// As many as each of the hosts has; nullopt where they differ, or have none.
std::optional<std::int32_t> gpus_each(const std::map<std::string, std::int32_t>& gpus,
                                      const std::vector<HostShare>& hosts) {
    std::optional<std::int32_t> each;
    for (const HostShare& share : hosts) {
        const auto found = gpus.find(share.host);
        if (found == gpus.end() || (each && *each != found->second)) return std::nullopt;
        each = found->second;
    }
    return each;
}

/// The value of KEY=VALUE in a line of scontrol's; empty if it is not there.
std::string value_in(const std::string& line, const std::string& key) {
    std::istringstream words{line};
    for (std::string word; words >> word;) {
        if (word.starts_with(key + "=")) return word.substr(key.size() + 1);
    }
    return "";
}

}  // namespace

void SlurmLauncher::check() {
    (void)allocated_nodes();
    if (!is_on_path("srun")) throw Error{"start a job", "srun not found: install slurm-client"};
    mpi_type_ = pmix_type(output_of({{"srun", "--mpi=list"}, {}}, kSlurmPatience_s));
    gpus_ = own_slurm_gpus();
}

std::string SlurmLauncher::why_no_talk() const {
    if (mpi_type_) return "";
    return "this Slurm has no PMIx ('srun --mpi=list'), which Open MPI needs";
}

Command SlurmLauncher::command(const JobRequest& request) {
    Command command;
    Arguments& arguments = command.arguments;
    const std::string hosts = std::to_string(request.hosts.size());
    const std::string ranks = std::to_string(ranks_of(request));
    arguments = {"srun", "--job-name=rackproof-" + std::to_string(request.job), "--nodes=" + hosts,
                 "--ntasks=" + ranks};
    command.environment = environment_of(request);
    if (request.hosts.size() == 1) {
        append(arguments,
               {"--nodelist=" + request.hosts.front().host, "--ntasks-per-node=" + ranks});
    } else {
        command.environment["SLURM_HOSTFILE"] = write_host_file(request).string();
        append(arguments, {"--distribution=arbitrary"});
    }
    // A step whose node dies is not to take the others along; a second step may come while a dead
    // one is not yet cleared away; and the worker alone decides on cores.
    append(arguments, {"--no-kill", "--kill-on-bad-exit=0", "--wait=0", "--overlap", "--overcommit",
                       "--cpu-bind=none", "--input=none", "--export=ALL"});
    if (const auto gpus = gpus_each(gpus_, request.hosts)) {
        append(arguments, {"--gres=gpu:" + std::to_string(*gpus)});
        command.without.assign(std::begin(kAskedForGpus), std::end(kAskedForGpus));
    }
    if (request.talk == RanksTalk::Yes) {
        if (!mpi_type_) throw Error{"start ranks that talk", why_no_talk()};
        append(arguments, {"--mpi=" + *mpi_type_});
        for (const auto& [name, value] : pmix_environment(request.hosts.size())) {
            command.environment[name] = value;
        }
    } else {
        append(arguments, {"--mpi=none"});
    }
    append(arguments, request.wrap);
    append(arguments, {request.executable.string(), "worker"});
    return command;
}

std::map<std::string, std::string> pmix_environment(std::size_t hosts) {
    // The default fence crashed or hung 6 of 18 jobs of 64 ranks, and hangs on nodes other than an
    // allocation's first (Slurm 22.05); ring, none.
    std::map<std::string, std::string> environment{{"SLURM_PMIX_FENCE", "ring"}};
    if (hosts == 2) environment.emplace(kSecondNodeLaterVariable, "500");
    return environment;
}

std::vector<std::string> slurm_hosts() {
    const std::string list = allocated_nodes();
    const std::string lines =
        output_of({{"scontrol", "show", "hostnames", list}, {}}, kSlurmPatience_s);
    std::vector<std::string> hosts;
    std::istringstream words{lines};
    for (std::string host; words >> host;) {
        const std::string problem = host_name_problem(host);
        if (!problem.empty()) {
            throw Error{"ask Slurm for the hosts of " + printable(list),
                        "'" + printable(shortened(host, 80)) + "' is no host name: it " + problem};
        }
        hosts.push_back(host);
    }
    if (hosts.empty()) throw Error{"ask Slurm for the hosts of " + printable(list), "none"};
    return hosts;
}

std::map<std::string, std::string> leaf_switches(const std::string& topology) {
    std::map<std::string, std::string> of_host;
    std::istringstream lines{topology};
    for (std::string line; std::getline(lines, line);) {
        const std::string name = printable(value_in(line, "SwitchName"));
        const std::string nodes = value_in(line, "Nodes");
        if (name.empty() || nodes.empty() || value_in(line, "Level") != "0") continue;
        try {
            for (std::string& host : expand_hosts(nodes, kMostHosts)) {
                of_host.emplace(std::move(host), name);
            }
        } catch (const InputError&) {
            continue;  // a form that only Slurm can expand: these hosts have no switch
        }
    }
    return of_host;
}

std::string slurm_topology() {
    try {
        return output_of({{"scontrol", "show", "topology"}, {}}, kSlurmPatience_s);
    } catch (const Error&) {
        return "";  // scontrol fails where no topology is configured
    }
}

std::optional<std::string> pmix_type(const std::string& listing) {
    std::istringstream words{listing};
    std::optional<std::string> found;
    for (std::string word; words >> word;) {
        if (word == "pmix") return word;
        if (word.starts_with("pmix_v") && (!found || *found < word)) found = word;
    }
    return found;
}

}  // namespace rackproof
