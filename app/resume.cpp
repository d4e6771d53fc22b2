#include "app/resume.hpp"

#include "app/fleet_file.hpp"
#include "app/plan_file.hpp"
#include "app/text_difference.hpp"
#include "core/error.hpp"
#include "core/utf8.hpp"
#include "core/version.hpp"
#include "runners/run_plan.hpp"

namespace rackproof {
namespace {

void refuse_another_version(const record::RunStarted& start, const InputPlace& place) {
    if (start.tool_version == kVersion) return;
    throw InputError{place, "was begun by rackproof " + printable(start.tool_version) +
                                ", and this is rackproof " + kVersion +
                                "; expected the same, so that like is compared with like"};
}

std::string host_of(const record::RunStarted& start) {
    const auto host = start.environment.find("host");
    return host == start.environment.end() ? "unknown" : printable(host->second);
}

/// The local launcher's cells are those of one machine.
void refuse_another_machine(const Plan& plan, const record::RunStarted& start,
                            const InputPlace& place) {
    if (start.launcher != "local") return;
    const record::RunStarted here = plan_run(plan);
    const bool same_host = host_of(here) == host_of(start);
    // With a fleet file, that says which devices there are.
    const bool same_devices =
        !start.fleet_toml.empty() || here.manifest.devices == start.manifest.devices;
    if (same_host && same_devices) return;
    throw InputError{place, "was begun on a machine with other devices or another name (" +
                                host_of(start) + "); expected the same machine"};
}

/// What is not said again must not have been said: a journal names no program that we would run.
void refuse_another_option(std::string_view key, const std::optional<std::string>& now,
                           const record::RunStarted& start, const InputPlace& place) {
    const auto found = start.environment.find(std::string{key});
    std::optional<std::string> begun_with;
    if (found != start.environment.end()) begun_with = found->second;
    if (begun_with == now) return;
    const std::string option = "--" + std::string{key};
    throw InputError{place, begun_with ? "was begun with " + option + " '" +
                                             printable(*begun_with) + "'; expected the same"
                                       : "was begun without " + option + "; expected none"};
}

LaunchOptions launch_of(FleetArguments where, const record::RunStarted& start,
                        const InputPlace& place) {
    if (where.launcher.value_or(start.launcher) != start.launcher) {
        throw InputError{place, "was begun with --launcher " + printable(start.launcher) +
                                    "; expected the same"};
    }
    where.launcher = start.launcher;
    refuse_another_option("rsh-agent", where.rsh_agent, start, place);
    refuse_another_option("network", where.network, start, place);
    return launch_options(where);
}

}  // namespace

void note_launch(const FleetArguments& where, std::map<std::string, std::string>& environment) {
    if (where.rsh_agent) environment["rsh-agent"] = *where.rsh_agent;
    if (where.network) environment["network"] = *where.network;
}

void refuse_change(std::string_view what, const std::filesystem::path& file,
                   std::string_view begun_with, std::string_view now) {
    if (begun_with == now) return;
    throw InputError{{file.string(), {}, {}},
                     "is not the " + std::string{what} +
                         " that the run was begun with (-):" + text_difference(begun_with, now)};
}

ResumedRun resume_run(const std::filesystem::path& directory,
                      const std::optional<std::filesystem::path>& plan_file,
                      const FleetArguments& where) {
    const std::filesystem::path journal = directory / "journal";
    const InputPlace place{journal.string(), {}, {}};
    std::error_code error;
    if (!std::filesystem::exists(journal, error)) {
        throw InputError{{directory.string(), {}, {}},
                         "holds no run to go on with: there is no journal in it"};
    }
    ResumedRun run{std::make_shared<Resumption>(claim_run(journal)), {}, {}};
    const record::RunStarted& start = run.resumption->so_far.start;
    refuse_another_version(start, place);
    if (plan_file) {
        refuse_change("plan", *plan_file, start.plan_toml,
                      read_text_file(*plan_file, kMostPlanBytes));
    }
    if (where.fleet) {
        refuse_change("fleet file", *where.fleet, start.fleet_toml, read_fleet(*where.fleet).text);
    }
    if (where.hosts) {
        refuse_change("list of hosts", "--hosts", start.fleet_toml,
                      fleet_of(where, LauncherKind::Mpirun)->text);
    }
    run.launch = launch_of(where, start, place);
    run.plan = parse_plan(start.plan_toml, journal.string() + " (its plan)");
    refuse_another_machine(run.plan, start, place);
    return run;
}

}  // namespace rackproof
