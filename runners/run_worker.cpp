#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "hwcheck/inventory_reader.hpp"
#include "runners/first_message.hpp"
#include "runners/mpi_communicator.hpp"
#include "runners/nic_binding.hpp"
#include "runners/run_plan.hpp"
#include "runners/worker.hpp"

namespace rackproof {
namespace {

/// A rank of an earlier job may just be dying.
constexpr double kClaimPatience_s = 5;

}  // namespace

int run_worker() {
    CountersReader counters{own_counters_reader()};
    WorkerParts parts;
    parts.host_name = own_host_name;
    parts.find_suite = find_suite;
    parts.open_device = open_device;
    parts.list_devices = list_devices;
    parts.why_no_gpus = why_no_gpus;
    parts.hidden_gpus = hidden_gpus;
    parts.find_sensors = [] { return find_sensors(); };
    parts.read_counters = [&counters] { return counters.read(); };
    parts.read_nics = own_node_nics;
    parts.place_of = device_place;
    parts.watch_gpu = [](const Device& device) { return watch_gpu(own_gpu_reader(), device); };
    parts.claim_device = [](const std::string& run_id, std::int32_t index) {
        return DeviceClaim{run_id, index, kClaimPatience_s};
    };
    parts.make_communicator = [] {
        const auto variable = [](const char* name) -> const char* { return std::getenv(name); };
        std::this_thread::sleep_for(later_than_the_first_node(variable));
        return make_mpi_communicator();
    };
    parts.watch_signals = [](const WorkerChannel& channel) {
        return std::make_unique<FatalSignals>(channel);
    };
    // The main thread may be stuck for good, in a kernel or in MPI: no way out but this.
    parts.leave = [](int status) { ::_exit(status); };
    return serve(seat_from_environment(), parts);
}

}  // namespace rackproof
