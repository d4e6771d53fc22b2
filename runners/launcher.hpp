#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runners/open_mpi.hpp"

namespace rackproof {

enum class RanksTalk : std::uint8_t { No, Yes };

/// One job, as a launcher needs to know it.
struct JobRequest {
    std::int32_t job = 0;
    std::vector<HostShare> hosts;      ///< each host once, in the order of the ranks
    RanksTalk talk = RanksTalk::No;    ///< over MPI
    std::vector<std::string> wrap;     ///< arguments before the executable, e.g. of a container
    std::filesystem::path executable;  ///< run as "WRAP... EXECUTABLE worker"
    std::filesystem::path scratch;     ///< for the launcher's own files; goes with the job
    bool share_cores = false;          ///< between ranks: see DeviceOptions
    std::map<std::string, std::string> environment;  ///< that every rank must have
};

[[nodiscard]] std::int32_t ranks_of(const JobRequest& request);

/// The request's, and what any rank needs in its own: one thread for OpenBLAS, since we make our
/// own; where ranks share cores, one that waits for another lets go of its core.
[[nodiscard]] std::map<std::string, std::string> environment_of(const JobRequest& request);

/// A program to start: never by way of a shell. `environment` is added to our own, of which it does
/// not inherit the names in `without`.
struct Command {
    std::vector<std::string> arguments;
    std::map<std::string, std::string> environment;
    std::vector<std::string> without{};
};

/// How the ranks of a job are started. What must stay secret is in the environment alone: the
/// command line of any process can be read by everybody on its host.
class Launcher {
  public:
    Launcher() = default;
    Launcher(const Launcher&) = delete;
    Launcher& operator=(const Launcher&) = delete;
    virtual ~Launcher() = default;

    [[nodiscard]] virtual std::string name() const = 0;
    /// The address that the controller listens on, and no other.
    [[nodiscard]] virtual std::string listen_address() const = 0;
    /// Looks at what it needs, before its first command. Throws Error if that is not there.
    virtual void check() = 0;
    /// Why no ranks that talk over MPI can be started, once checked; empty if they can.
    [[nodiscard]] virtual std::string why_no_talk() const { return ""; }
    [[nodiscard]] virtual Command command(const JobRequest& request) = 0;
};

/// `mpirun` on this machine alone.
class LocalLauncher final : public Launcher {
  public:
    std::string name() const override { return "local"; }
    std::string listen_address() const override { return "127.0.0.1"; }
    void check() override { mpi_ = installed_open_mpi(); }
    Command command(const JobRequest& request) override;

  private:
    OpenMpi mpi_{4};
};

/// `mpirun` over hosts, which it reaches by ssh or another remote shell.
class MpirunLauncher final : public Launcher {
  public:
    struct Options {
        std::string address;                 ///< to listen on; numeric IPv4
        std::vector<std::string> rsh_agent;  ///< "AGENT HOST COMMAND..." runs there; empty: ssh
        std::string network;                 ///< networks or interfaces for MPI; empty: its choice
    };
    /// Throws InputError if a word of the agent or the network has characters that the remote
    /// shell, to which Open MPI hands them, might take for its own.
    explicit MpirunLauncher(Options options);

    std::string name() const override { return "mpirun"; }
    std::string listen_address() const override { return options_.address; }
    void check() override { mpi_ = installed_open_mpi(); }
    Command command(const JobRequest& request) override;

  private:
    Options options_;
    OpenMpi mpi_{4};
};

/// `srun` steps inside a Slurm allocation. Its exit status says nothing: with --no-kill it is 0
/// whatever has died. Each rank sees all GPUs of its node that the allocation has, however that
/// was asked for: the worker picks its own, and copies to the others.
class SlurmLauncher final : public Launcher {
  public:
    explicit SlurmLauncher(std::string address) : address_{std::move(address)} {}

    std::string name() const override { return "slurm"; }
    std::string listen_address() const override { return address_; }
    void check() override;
    std::string why_no_talk() const override;
    Command command(const JobRequest& request) override;

  private:
    std::string address_;
    std::optional<std::string> mpi_type_;       ///< of --mpi; nullopt: this Slurm has no PMIx
    std::map<std::string, std::int32_t> gpus_;  ///< of the allocation, by host
};

/// The hosts of the allocation that this process runs in, in Slurm's order. Throws InputError if
/// it runs in none, Error if Slurm does not answer.
[[nodiscard]] std::vector<std::string> slurm_hosts();

/// The leaf switch of each host, as `scontrol show topology` has it ("SwitchName=s1 Level=0 ...
/// Nodes=n[1-4]"); hosts under no switch are left out. Lines of another form are passed over.
[[nodiscard]] std::map<std::string, std::string> leaf_switches(const std::string& topology);

/// What `scontrol show topology` says; empty where Slurm knows no topology.
[[nodiscard]] std::string slurm_topology();

/// What Slurm's PMIx plug-in needs in the environment of ranks that talk on so many hosts.
[[nodiscard]] std::map<std::string, std::string> pmix_environment(std::size_t hosts);

/// The type for `srun --mpi`, from what `srun --mpi=list` prints; nullopt if there is no PMIx.
[[nodiscard]] std::optional<std::string> pmix_type(const std::string& listing);

enum class LauncherKind : std::uint8_t { Local, Mpirun, Slurm };

/// What a person may say about how ranks are started.
struct LaunchOptions {
    LauncherKind kind = LauncherKind::Local;
    std::optional<std::string> listen;   ///< numeric IPv4; else that on the way to the hosts
    std::vector<std::string> rsh_agent;  ///< see MpirunLauncher
    std::optional<std::string> network;  ///< for MPI; else the network of the listening address
};

/// A launcher for jobs on these hosts. Throws InputError if an option is unusable, or if none of
/// the hosts can be resolved and no address to listen on is given.
[[nodiscard]] std::unique_ptr<Launcher> make_launcher(const LaunchOptions& options,
                                                      const std::vector<std::string>& hosts);

/// The arguments as one line for people; those with odd characters in quotes.
[[nodiscard]] std::string shown(const std::vector<std::string>& arguments);

}  // namespace rackproof
