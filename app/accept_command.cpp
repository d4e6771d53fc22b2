#include "app/certified_run.hpp"
#include "app/commands.hpp"
#include "app/locations.hpp"
#include "app/output.hpp"
#include "core/clock.hpp"
#include "reports/acceptance_text.hpp"

namespace rackproof {

int accept_command(const AcceptArguments& arguments) {
    std::optional<std::filesystem::path> policy;
    if (arguments.policy) policy = find_policy(*arguments.policy);
    const AssessedRun run =
        assess({arguments.run_file, policy, arguments.waivers, arguments.contract}, utc_now());
    if (arguments.json == "-") {
        write_stdout(acceptance_json(run.acceptance.value()));
    } else {
        if (arguments.json) write_text_file(*arguments.json, acceptance_json(*run.acceptance));
        write_stdout(acceptance_text(run.acceptance.value(), stdout_style()));
    }
    return exit_status(run);
}

}  // namespace rackproof
