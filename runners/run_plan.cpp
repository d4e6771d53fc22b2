#include "runners/run_plan.hpp"

#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/utf8.hpp"
#include "core/version.hpp"
#include "devices/device.hpp"
#include "runners/allocation_watch.hpp"
#include "runners/controller.hpp"
#include "runners/mpi_communicator.hpp"
#include "runners/plan_cases.hpp"
#include "runners/secret.hpp"
#include "runners/survey.hpp"
#include "suites/suite.hpp"

namespace rackproof {

namespace {

utsname this_system() {
    utsname system{};
    if (::uname(&system) != 0) throw Error{"ask for this host's name", "uname failed"};
    return system;
}

record::RunStarted start_of(const Plan& plan, const Launcher& launcher) {
    const utsname system = this_system();
    record::RunStarted start;
    start.run_id = random_uuid();
    start.started = utc_now();
    start.tool_version = kVersion;
    start.plan_name = plan.name;
    start.plan_toml = plan.toml;
    start.launcher = launcher.name();
    start.environment["host"] = valid_utf8(system.nodename);
    start.environment["kernel"] =
        valid_utf8(std::string{system.sysname} + " " + system.release + " " + system.machine);
    start.environment["mpi"] = mpi_library();
    return start;
}

bool some_are_silent(const Fleet& fleet, const std::vector<NodeSurvey>& surveys) {
    for (std::size_t i = 0; i < surveys.size(); ++i) {
        if (takes_part(fleet.nodes[i].node) && !surveys[i].devices) return true;
    }
    return false;
}

PaceLimits pace_of(const Plan& plan) {
    return {plan.max_concurrent_nodes, plan.max_nodes_starting_per_s};
}

/// A rank is one descriptor, a job three more: the usual soft limit of 1,024 is soon reached.
void allow_many_descriptors() {
    constexpr rlim_t kWanted = 65'536;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kWanted) return;
    limit.rlim_cur = std::min(kWanted, limit.rlim_max);
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

record::RunStarted plan_run(const Plan& plan) {
    std::vector<Device> devices;
    for (const DeviceInfo& info : list_devices(plan.devices)) {
        devices.push_back(info.facts);
        devices.back().node = 0;
    }
    if (devices.empty()) throw InputError{"this machine has no device to test"};
    Fleet here;
    here.nodes.emplace_back();
    here.nodes.back().node.name = valid_utf8(this_system().nodename);
    return plan_run(plan, here, std::move(devices), LocalLauncher{});
}

record::RunStarted plan_run(const Plan& plan, const Fleet& fleet, std::vector<Device> devices,
                            const Launcher& launcher) {
    record::RunStarted start = start_of(plan, launcher);
    start.fleet_toml = fleet.text;
    std::vector<Node> nodes;
    for (const FleetNode& entry : fleet.nodes) nodes.push_back(entry.node);
    start.manifest = make_manifest(plan, std::move(nodes), std::move(devices));
    return start;
}

record::RunStarted survey_and_plan(const Plan& plan, const Fleet& fleet, Launcher& launcher,
                                   RunOptions& options) {
    allow_many_descriptors();
    SurveyOptions survey;
    survey.executable = options.executable;
    survey.logs = options.directory / "logs";
    survey.devices = plan.devices;
    survey.wrap = plan.launcher_wrap;
    survey.pace = pace_of(plan);
    survey.patience_s = plan.start_timeout_s;
    survey.stop_requested = [&options] {
        return options.stop_requested && options.stop_requested() != StopRequest::No;
    };
    std::filesystem::create_directories(survey.logs);
    const std::vector<NodeSurvey> found = survey_fleet(fleet, launcher, survey);
    if (some_are_silent(fleet, found) && allocation_ends()) {
        throw Error{"ask the nodes for their devices", "Slurm is ending the job that asks them"};
    }
    for (Event& event : survey_events(fleet, found, plan.devices))
        options.events.push_back(std::move(event));
    return plan_run(plan, fleet, expected_devices(fleet, found, plan.devices), launcher);
}

void run_plan(const Plan& plan, const record::RunStarted& start, const RunOptions& options,
              Launcher& launcher) {
    allow_many_descriptors();
    ControllerParts parts;
    parts.launcher = &launcher;
    parts.patience.heartbeat_s = plan.heartbeat_timeout_s;
    parts.patience.start_s = plan.start_timeout_s;
    parts.pace = pace_of(plan);
    parts.wrap = plan.launcher_wrap;
    parts.talks = [](std::string_view name) {
        const Suite* suite = find_suite(name);
        return suite != nullptr && suite->communicates();
    };
    parts.needs_consent = [](std::string_view name) { return needs_site_consent(name); };
    parts.question_of_allocation = question_of_allocation();
    Controller{plan, start, options, parts}.run();
}

}  // namespace rackproof
