#include "runners/open_mpi.hpp"

#include <unistd.h>

#include <cstdlib>

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "runners/command_output.hpp"

namespace rackproof {
namespace {

constexpr double kVersionPatience_s = 20;
constexpr const char* kOnOneHost4 = "self,vader";
constexpr const char* kOnOneHost5 = "self,sm";

std::string_view env_text(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

}  // namespace

void append(Arguments& arguments, const Arguments& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
}

Arguments OpenMpi::begin(std::int32_t ranks) const {
    Arguments arguments{"mpirun", "-np", std::to_string(ranks), "--bind-to", "none"};
    append(arguments,
           major_ < 5 ? Arguments{"--oversubscribe"} : Arguments{"--map-by", "slot:oversubscribe"});
    if (::geteuid() == 0) append(arguments, {"--allow-run-as-root"});
    return arguments;
}

Arguments OpenMpi::on_hosts(std::span<const HostShare> hosts) const {
    std::string list;
    for (const HostShare& share : hosts) {
        if (!list.empty()) list += ',';
        list += share.host + ":" + std::to_string(share.ranks);
    }
    return {"--host", list};
}

Arguments OpenMpi::runtime(std::string_view name_4, std::string_view name_5,
                           const std::string& value) const {
    if (major_ < 5) return {"--mca", std::string{name_4}, value};
    return {"--prtemca", std::string{name_5}, value};
}

Arguments OpenMpi::quiet() const {
    if (major_ >= 5) return {"--runtime-options", "recoverable,continuous"};
    return {"--enable-recovery", "--continuous", "--mca", "orte_abort_on_non_zero_status", "0"};
}

Arguments OpenMpi::talk_on_one_host(const std::string& folder) const {
    const std::string memory = major_ < 5 ? "vader" : "sm";
    return {"--mca", "pml",
            "ob1",   "--mca",
            "btl",   major_ < 5 ? kOnOneHost4 : kOnOneHost5,
            "--mca", "btl_" + memory + "_backing_directory",
            folder};
}

Arguments OpenMpi::talk_between_hosts() const {
    const bool chosen =
        std::getenv("OMPI_MCA_pml") != nullptr || std::getenv("OMPI_MCA_btl") != nullptr;
    if (chosen) return {};
    return {"--mca", "pml", "ob1", "--mca", "btl", major_ < 5 ? "self,vader,tcp" : "self,sm,tcp"};
}

Arguments OpenMpi::through(const std::string& network) const {
    Arguments arguments{"--mca", "btl_tcp_if_include", network};
    append(arguments, runtime("oob_tcp_if_include", "prte_if_include", network));
    return arguments;
}

Arguments OpenMpi::remote_shell(const Arguments& agent) const {
    std::string line;
    for (const std::string& word : agent) line += (line.empty() ? "" : " ") + word;
    Arguments arguments = runtime("plm", "plm", major_ < 5 ? "rsh" : "ssh");
    if (!line.empty()) append(arguments, runtime("plm_rsh_agent", "plm_ssh_agent", line));
    append(arguments, runtime("plm_rsh_no_tree_spawn", "plm_ssh_no_tree_spawn", "1"));
    return arguments;
}

bool OpenMpi::agent_is_chosen() const {
    return !env_text("OMPI_MCA_plm_rsh_agent").empty() ||
           (major_ >= 5 && !env_text("PRTE_MCA_plm_ssh_agent").empty());
}

Arguments OpenMpi::keep_alive() const {
    Arguments arguments = runtime("oob_tcp_keepalive_time", "oob_tcp_keepalive_time", "10");
    append(arguments, runtime("oob_tcp_keepalive_intvl", "oob_tcp_keepalive_intvl", "5"));
    append(arguments, runtime("oob_tcp_keepalive_probes", "oob_tcp_keepalive_probes", "3"));
    return arguments;
}

Arguments OpenMpi::files_in(const std::string& folder) const {
    return runtime("orte_tmpdir_base", "prte_tmpdir_base", folder);
}

std::string demanded_transport() {
    if (env_text("OMPI_MCA_pml") != "ob1") return "not known";
    const std::string_view btl = env_text("OMPI_MCA_btl");
    if (btl == kOnOneHost4) return "shared memory (vader)";
    if (btl == kOnOneHost5) return "shared memory (sm)";
    return "not known";
}

OpenMpi open_mpi_from(const std::string& version_text) {
    const std::string line = version_text.substr(0, version_text.find('\n'));
    constexpr std::string_view kName = "(Open MPI) ";
    const std::size_t name = line.find(kName);
    if (name != std::string::npos) {
        const int major = std::atoi(line.c_str() + name + kName.size());
        if (major == 4 || major == 5) return OpenMpi{major};
    }
    throw Error{"ask mpirun for its version",
                "'" + printable(shortened(line, 200)) + "'; expected Open MPI 4 or 5"};
}

OpenMpi installed_open_mpi() {
    if (!is_on_path("mpirun")) {
        throw Error{"start a job", "mpirun not found: install openmpi-bin"};
    }
    return open_mpi_from(output_of({{"mpirun", "--version"}, {}}, kVersionPatience_s));
}

}  // namespace rackproof
