#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/manifest.hpp"
#include "hwcheck/gpu_reader.hpp"
#include "hwcheck/sensors.hpp"

namespace rackproof {

/// What was read of a GPU, or why nothing can be read of it any more.
template <class Reading>
struct GpuRead {
    Reading reading;
    std::string code;     ///< "gpu_lost", "nvml_silent", "nvml_failed"; empty: all is well
    std::string problem;  ///< in words
};

/// Where a GPU's sensors come from.
class GpuSource {
  public:
    GpuSource() = default;
    GpuSource(const GpuSource&) = delete;
    GpuSource& operator=(const GpuSource&) = delete;
    virtual ~GpuSource() = default;

    /// Never throws, and never waits longer than its deadline.
    [[nodiscard]] virtual GpuRead<GpuSample> sample() = 0;
    [[nodiscard]] virtual GpuRead<GpuState> state() = 0;
    [[nodiscard]] virtual GpuRead<GpuFacts> facts() = 0;
};

/// How long NVML may take, by what was seen and then ten times that: to start and look at a GPU for
/// the first time (seconds, where no persistence daemon holds the driver's state), and to read it.
struct GpuPatience {
    double first_s = 15;
    double next_s = 3;
};

/// The GPU that a device of the run is, by its PCI bus id or UUID. Throws Error if it has neither:
/// NVML's order of GPUs need not be CUDA's.
[[nodiscard]] std::shared_ptr<GpuSource> watch_gpu(const GpuReaderProgram& program,
                                                   const Device& device, GpuPatience patience = {});

/// All gpu_channels() of a GPU as sensors of device scope.
[[nodiscard]] std::vector<Sensor> gpu_sensors(const std::shared_ptr<GpuSource>& gpu);

/// Reads many sensors at one time: each file, and each GPU once.
class SensorStep {
  public:
    [[nodiscard]] std::optional<double> read(const Sensor& sensor);

    /// Of the GPU that was read in this step, if one was.
    [[nodiscard]] const GpuRead<GpuSample>& gpu() const { return sampled_; }

  private:
    const GpuSource* asked_ = nullptr;
    GpuRead<GpuSample> sampled_;
};

}  // namespace rackproof
