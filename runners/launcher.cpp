#include "runners/launcher.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "runners/route.hpp"

namespace rackproof {
namespace {

std::string checked_address(const std::string& address) {
    in_addr parsed{};
    if (::inet_pton(AF_INET, address.c_str(), &parsed) != 1) {
        throw InputError{"--listen '" + printable(address) +
                         "' is no address; expected a numeric IPv4 address of this machine"};
    }
    return address;
}

MpirunLauncher::Options mpirun_options(const LaunchOptions& options, const std::string& address) {
    MpirunLauncher::Options made{address, options.rsh_agent, options.network.value_or("")};
    if (options.network) return made;
    if (const std::optional<Interface> own = interface_of(address)) made.network = own->network;
    return made;
}

}  // namespace

std::int32_t ranks_of(const JobRequest& request) {
    std::int32_t ranks = 0;
    for (const HostShare& share : request.hosts) ranks += share.ranks;
    return ranks;
}

std::map<std::string, std::string> environment_of(const JobRequest& request) {
    std::map<std::string, std::string> environment = request.environment;
    environment.emplace("OPENBLAS_NUM_THREADS", "1");
    if (request.share_cores) environment.emplace(kYieldWhenIdle);
    return environment;
}

std::unique_ptr<Launcher> make_launcher(const LaunchOptions& options,
                                        const std::vector<std::string>& hosts) {
    if (options.kind == LauncherKind::Local) return std::make_unique<LocalLauncher>();
    const std::string address =
        options.listen ? checked_address(*options.listen) : address_towards(hosts);
    if (options.kind == LauncherKind::Slurm) return std::make_unique<SlurmLauncher>(address);
    return std::make_unique<MpirunLauncher>(mpirun_options(options, address));
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
