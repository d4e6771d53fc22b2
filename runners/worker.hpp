#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "devices/communicator.hpp"
#include "devices/device.hpp"
#include "hwcheck/gpu_watch.hpp"
#include "hwcheck/inventory.hpp"
#include "hwcheck/nics.hpp"
#include "hwcheck/sensors.hpp"
#include "runners/device_claim.hpp"
#include "runners/fatal_signals.hpp"
#include "runners/secret.hpp"
#include "runners/worker_channel.hpp"
#include "suites/suite.hpp"

namespace rackproof {

/// Where a worker gets what it works with; tests give their own.
struct WorkerParts {
    std::function<std::string()> host_name;
    std::function<const Suite*(std::string_view)> find_suite;
    std::function<std::unique_ptr<ComputeDevice>(const DeviceOptions&, std::int32_t)> open_device;
    std::function<std::vector<DeviceInfo>(const DeviceOptions&)> list_devices;
    /// May be empty: then it is not said why a node has no GPUs, or which are kept from us.
    std::function<std::string()> why_no_gpus;
    std::function<std::string()> hidden_gpus;
    std::function<std::vector<Sensor>()> find_sensors;  ///< of the host
    /// Of a device that is a GPU. May be empty: then nothing is read of GPUs.
    std::function<std::shared_ptr<GpuSource>(const Device&)> watch_gpu;
    /// The node's counters, in bounded time. May be empty: then nothing is told of them.
    std::function<Inventory()> read_counters;
    /// The node's network cards, in bounded time, and where a device lies. Both may be empty: then
    /// nothing is told of the rank's card.
    std::function<NodeNics()> read_nics;
    std::function<DevicePlace(const DeviceInfo&)> place_of;
    /// Throws Error if another process of this run still has the device. May be empty.
    std::function<DeviceClaim(const std::string& run_id, std::int32_t device_index)> claim_device;
    std::function<std::unique_ptr<Communicator>()> make_communicator;
    /// May be empty: then fatal signals are told to nobody.
    std::function<std::unique_ptr<FatalSignals>(const WorkerChannel&)> watch_signals;
    /// Ends the process without further ado; the argument is the exit status. Called in the
    /// channel's thread when a deadline passes or the controller has gone. In tests it returns.
    std::function<void(int)> leave;
};

/// This host's name, as the kernel has it.
[[nodiscard]] std::string own_host_name();

/// Which rank of which job this process is, and how it reaches its controller.
struct WorkerSeat {
    Endpoint controller;
    Secret secret;
    std::int32_t job = 0;
    std::int32_t rank = 0;
};

/// Names in the environment of a worker.
inline constexpr const char* kControllerVariable = "RACKPROOF_CONTROLLER";
inline constexpr const char* kJobVariable = "RACKPROOF_JOB";
inline constexpr const char* kSecretVariable = "RACKPROOF_SECRET";

/// The seat that the environment names; the secret is taken out of it. The rank is what the MPI
/// launcher says (Open MPI, PMIx or Slurm). Throws InputError if anything is missing or malformed.
[[nodiscard]] WorkerSeat seat_from_environment();

inline constexpr int kLeftByDeadline = 70;
inline constexpr int kLeftByLostController = 71;
inline constexpr int kLeftByLostDevice = 72;  ///< after an error that only a new process is rid of

/// Joins the run and obeys until it is told to quit. Returns an exit status: 0 when told to quit.
/// Throws Error if it cannot join.
[[nodiscard]] int serve(const WorkerSeat& seat, const WorkerParts& parts);

}  // namespace rackproof
