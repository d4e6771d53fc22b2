#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "core/error.hpp"
#include "runners/worker.hpp"
#include "tests/support/scripted_device.hpp"

namespace rackproof::test {

/// A suite whose cases do what the test says, by the case's name.
class ScriptedSuite final : public Suite {
  public:
    using Action = std::function<void(const CaseSpec& lead, SuiteContext& context)>;

    [[nodiscard]] std::string_view name() const override { return "scripted"; }
    [[nodiscard]] std::string_view summary() const override { return "does what a test says"; }
    [[nodiscard]] Scope scope() const override { return Scope::Device; }
    [[nodiscard]] std::vector<ParameterSpec> parameters() const override { return {}; }
    [[nodiscard]] std::vector<CaseSpec> cases(const Parameters&) const override { return {}; }
    void run(const CaseSpec& lead, SuiteContext& context) const override {
        actions.at(lead.name)(lead, context);
    }

    std::map<std::string, Action> actions;
};

/// Records one sample, the number of the rank's device.
inline void record_device(const CaseSpec& lead, SuiteContext& context) {
    context.operation("record");
    context.record(lead.name, {static_cast<double>(context.local_rank())}, {}, {});
}

/// What a worker in a thread of the test needs. `leave` ends nothing: it remembers the status.
inline WorkerParts scripted_parts(const ScriptedSuite& suite, ScriptedClock& clock,
                                  std::atomic<int>& left) {
    WorkerParts parts;
    parts.host_name = [] { return std::string{"n001"}; };
    parts.list_devices = [](const DeviceOptions& cpu) {
        return std::vector<DeviceInfo>(static_cast<std::size_t>(cpu.devices_per_node));
    };
    parts.find_suite = [&suite](std::string_view name) -> const Suite* {
        return name == "scripted" ? &suite : nullptr;
    };
    parts.open_device = [&clock](const DeviceOptions&, std::int32_t index) {
        auto device = std::make_unique<ScriptedDevice>(clock);
        device->facts.cores = std::to_string(index);
        return device;
    };
    parts.find_sensors = [] { return std::vector<Sensor>{}; };
    parts.make_communicator = []() -> std::unique_ptr<Communicator> {
        throw Unsupported{"no MPI in a test's thread"};
    };
    parts.leave = [&left](int status) { left = status; };
    return parts;
}

}  // namespace rackproof::test
