#pragma once

#include <map>
#include <utility>
#include <vector>

#include "devices/cpu/pages.hpp"
#include "devices/cpu/stream.hpp"
#include "devices/cpu/thread_pool.hpp"
#include "devices/cpu/topology.hpp"
#include "devices/device.hpp"

namespace rackproof::cpu {

/// The devices that `parts` are, on a machine of this model with so much free memory.
[[nodiscard]] std::vector<DeviceInfo> describe_devices(const std::vector<CorePart>& parts,
                                                       const std::string& model,
                                                       std::int64_t available_bytes);

/// While it lives, the process stays on `cores`, and the thread that made it on the first of
/// them; then both go back to where that thread was allowed before.
class ProcessBinding {
  public:
    explicit ProcessBinding(const std::vector<int>& cores);
    ProcessBinding(const ProcessBinding&) = delete;
    ProcessBinding& operator=(const ProcessBinding&) = delete;
    ~ProcessBinding();

  private:
    std::vector<int> before_;
};

/// One part of a CPU's cores. Its workloads run on the thread that opened it and must not outlive
/// it. Which stores the stream kernels use is found out once for each size.
class CpuDevice final : public ComputeDevice {
  public:
    CpuDevice(DeviceInfo info, const std::vector<int>& cores);

    [[nodiscard]] const DeviceInfo& info() const override { return info_; }
    [[nodiscard]] std::unique_ptr<Timer> make_timer() override;
    [[nodiscard]] std::unique_ptr<Workload> make_gemm(const GemmShape& shape) override;
    [[nodiscard]] std::unique_ptr<Workload> make_stream(StreamKernel kernel,
                                                        std::int64_t array_bytes) override;
    [[nodiscard]] std::unique_ptr<Workload> make_pointer_chase(std::int64_t bytes,
                                                               std::uint64_t seed) override;
    [[nodiscard]] std::unique_ptr<Workload> make_core_check(CoreWork work,
                                                            std::uint64_t seed) override;
    void drop_spare() override { spare_.drop(); }

  private:
    DeviceInfo info_;
    const InstructionSet* set_;
    ProcessBinding binding_;
    ThreadPool pool_;
    SparePages spare_;
    std::map<std::int64_t, Store> stores_;  ///< by bytes an array, for all kernels that write
};

/// list_devices() of the CPU alone.
[[nodiscard]] std::vector<DeviceInfo> list_cpu_devices(const DeviceOptions& options);

/// Opens one of list_cpu_devices(options); `index` is one of theirs.
[[nodiscard]] std::unique_ptr<ComputeDevice> open_cpu_device(const DeviceOptions& options,
                                                             std::int32_t index);

}  // namespace rackproof::cpu
