#include "app/drain_nodes.hpp"

#include "app/output.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "reports/slurm_drain.hpp"
#include "runners/command_output.hpp"

namespace rackproof {
namespace {

constexpr double kPatience_s = 60;

}  // namespace

void drain_failed_nodes(const Judgement& judgement) {
    const DrainCommands drain = drain_commands(judgement);
    std::size_t undone = drain.refused.size();
    for (const std::string& name : drain.refused) {
        log_error("'" + name + "' failed and cannot be drained: it is no host name");
    }
    for (const std::vector<std::string>& command : drain.commands) {
        try {
            (void)output_of({command, {}}, kPatience_s);
        } catch (const Error& error) {
            log_error(error.what());
            ++undone;
        }
    }
    for (const std::string& borne : drain.borne) log_info("not drained: " + borne);
    const std::size_t all = drain.commands.size() + drain.refused.size();
    if (undone > 0) {
        throw Error{"drain the nodes that failed",
                    std::to_string(undone) + " of " + std::to_string(all) + " are not drained"};
    }
    log_info(std::to_string(all) + " nodes drained");
}

}  // namespace rackproof
