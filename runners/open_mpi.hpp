#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rackproof {

using Arguments = std::vector<std::string>;
void append(Arguments& arguments, const Arguments& more);

/// A host, and how many ranks of a job run there.
struct HostShare {
    std::string host;
    std::int32_t ranks = 0;
};

/// The options of an installed `mpirun`: the one place that knows how Open MPI 5, whose runtime is
/// PRRTE 3, spells what Open MPI 4 has. Measured with 4.1.4; for 5.0, as its documentation says.
class OpenMpi {
  public:
    explicit OpenMpi(int major) : major_{major} {}
    [[nodiscard]] int major() const { return major_; }

    /// The program and how many. The worker pins itself to its device's cores, so mpirun must
    /// not; and there may be more devices than mpirun believes there are slots.
    [[nodiscard]] Arguments begin(std::int32_t ranks) const;

    [[nodiscard]] Arguments on_hosts(std::span<const HostShare> hosts) const;

    /// Ranks that do not talk outlive each other: measured with Open MPI 4.1.4, a rank killed by
    /// SIGKILL leaves the others at work.
    [[nodiscard]] Arguments quiet() const;

    /// Shared memory within a host, whose files go into `folder` (as usual if it is empty).
    [[nodiscard]] Arguments talk_on_one_host(const std::string& folder) const;
    /// Shared memory within a host, TCP between hosts. Where the environment chooses pml or btl
    /// (OMPI_MCA_pml, OMPI_MCA_btl), its choice stands: not every Open MPI lacks UCX, as Debian's
    /// configuration does.
    [[nodiscard]] Arguments talk_between_hosts() const;

    /// For MPI and for mpirun's own connections: interfaces ("eth0") or networks ("10.1.0.0/16").
    [[nodiscard]] Arguments through(const std::string& network) const;

    /// `agent` starts mpirun's daemons on other hosts (empty: Open MPI's own choice); all of them
    /// straight from this one, since the others need not reach each other so.
    [[nodiscard]] Arguments remote_shell(const Arguments& agent) const;

    /// True where the environment names that agent itself: OMPI_MCA_plm_rsh_agent, or what Open
    /// MPI 5 calls it, PRTE_MCA_plm_ssh_agent.
    [[nodiscard]] bool agent_is_chosen() const;

    /// mpirun and its daemons on other hosts notice within half a minute that they have lost each
    /// other; else, after a quarter of an hour.
    [[nodiscard]] Arguments keep_alive() const;

    /// Where mpirun and its ranks keep their own files, on every host.
    [[nodiscard]] Arguments files_in(const std::string& folder) const;

  private:
    [[nodiscard]] Arguments runtime(std::string_view name_4, std::string_view name_5,
                                    const std::string& value) const;
    int major_;
};

/// For ranks that share cores: they give them up while they wait. A variable, and its value.
inline constexpr std::pair<const char*, const char*> kYieldWhenIdle{"OMPI_MCA_mpi_yield_when_idle",
                                                                    "1"};

/// Of a rank, by its environment: what carries its messages, where talk_on_one_host() demanded it
/// and so MPI would not have started without it; else it is "not known".
[[nodiscard]] std::string demanded_transport();

/// From what `mpirun --version` prints. Throws Error unless it is Open MPI 4 or 5.
[[nodiscard]] OpenMpi open_mpi_from(const std::string& version_text);

/// Asks `mpirun --version`. Throws Error, saying what to install, if there is no mpirun.
[[nodiscard]] OpenMpi installed_open_mpi();

}  // namespace rackproof
