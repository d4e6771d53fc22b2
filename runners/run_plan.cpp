#include "runners/run_plan.hpp"

#include <sys/utsname.h>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/utf8.hpp"
#include "core/version.hpp"
#include "devices/device.hpp"
#include "runners/controller.hpp"
#include "runners/mpi_communicator.hpp"
#include "runners/plan_cases.hpp"
#include "runners/secret.hpp"
#include "suites/suite.hpp"

namespace rackproof {

record::RunStarted plan_run(const Plan& plan) {
    utsname system{};
    if (::uname(&system) != 0) throw Error{"ask for this host's name", "uname failed"};
    Node node;
    node.name = valid_utf8(system.nodename);
    std::vector<Device> devices;
    for (const DeviceInfo& info : list_devices(plan.cpu)) {
        devices.push_back(info.facts);
        devices.back().node = 0;
    }
    if (devices.empty()) throw InputError{"this machine has no device to test"};

    record::RunStarted start;
    start.run_id = random_uuid();
    start.started = utc_now();
    start.tool_version = kVersion;
    start.plan_name = plan.name;
    start.plan_toml = plan.toml;
    start.launcher = LocalLauncher{}.name();
    start.environment["host"] = node.name;
    start.environment["kernel"] =
        valid_utf8(std::string{system.sysname} + " " + system.release + " " + system.machine);
    start.environment["mpi"] = mpi_library();
    start.manifest = make_manifest(plan, {node}, std::move(devices));
    return start;
}

void run_plan(const Plan& plan, const record::RunStarted& start, const RunOptions& options) {
    LocalLauncher launcher;
    ControllerParts parts;
    parts.launcher = &launcher;
    parts.patience.heartbeat_s = plan.heartbeat_timeout_s;
    parts.talks = [](std::string_view name) {
        const Suite* suite = find_suite(name);
        return suite != nullptr && suite->communicates();
    };
    Controller{plan, start, options, parts}.run();
}

}  // namespace rackproof
