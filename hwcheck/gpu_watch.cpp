#include "hwcheck/gpu_watch.hpp"

namespace rackproof {
namespace {

class WatchedGpu final : public GpuSource {
  public:
    WatchedGpu(const GpuReaderProgram& program, GpuName name, GpuPatience patience)
        : reader_{program}, name_{std::move(name)}, patience_{patience} {}

    GpuRead<GpuSample> sample() override {
        return ask<GpuSample>(GpuQuestion::Sample, &GpuReply::sample);
    }
    GpuRead<GpuState> state() override {
        return ask<GpuState>(GpuQuestion::State, &GpuReply::state);
    }
    GpuRead<GpuFacts> facts() override {
        return ask<GpuFacts>(GpuQuestion::Facts, &GpuReply::facts);
    }

  private:
    template <class Reading>
    GpuRead<Reading> ask(GpuQuestion question, Reading GpuReply::*part) {
        GpuRead<Reading> read;
        try {
            GpuReply reply =
                reader_.ask({question, name_}, answered_ ? patience_.next_s : patience_.first_s);
            answered_ = true;
            read.reading = std::move(reply.*part);
            if (is_lost(read.reading, read.problem)) read.code = "gpu_lost";
        } catch (const GpuLost& error) {
            read.code = "gpu_lost";
            read.problem = error.what();
        } catch (const GpuSilent& error) {
            read.code = "nvml_silent";
            read.problem = error.what();
        } catch (const std::exception& error) {
            read.code = "nvml_failed";
            read.problem = error.what();
        }
        return read;
    }

    GpuReader reader_;
    GpuName name_;
    GpuPatience patience_;
    bool answered_ = false;
};

}  // namespace

std::shared_ptr<GpuSource> watch_gpu(const GpuReaderProgram& program, const Device& device,
                                     GpuPatience patience) {
    if (device.pci.empty() && device.uuid.empty()) {
        throw Error{"watch a GPU with NVML", "neither its PCI bus id nor its UUID is known"};
    }
    return std::make_shared<WatchedGpu>(program, GpuName{device.pci, device.uuid, -1}, patience);
}

std::vector<Sensor> gpu_sensors(const std::shared_ptr<GpuSource>& gpu) {
    std::vector<Sensor> sensors;
    const std::vector<GpuChannel>& channels = gpu_channels();
    for (std::size_t i = 0; i < channels.size(); ++i) {
        Sensor sensor;
        sensor.name = channels[i].name;
        sensor.kind = channels[i].kind;
        sensor.unit = channels[i].unit;
        sensor.resolution = channels[i].resolution;
        sensor.scope = Scope::Device;
        sensor.gpu = gpu;
        sensor.channel = i;
        sensors.push_back(std::move(sensor));
    }
    return sensors;
}

std::optional<double> SensorStep::read(const Sensor& sensor) {
    if (!sensor.gpu) return rackproof::read(sensor);
    if (asked_ != sensor.gpu.get()) {
        asked_ = sensor.gpu.get();
        sampled_ = sensor.gpu->sample();
    }
    if (sensor.channel >= sampled_.reading.size()) return std::nullopt;
    return sampled_.reading[sensor.channel].value();
}

}  // namespace rackproof
