#include "core/telemetry_source.hpp"

#include <algorithm>

namespace rackproof {

HeldTelemetry::HeldTelemetry(const Run& run) : run_{&run} {
    for (const SensorSeries& sensor : run.telemetry.sensors) {
        sensors_.push_back({sensor.name, sensor.unit, sensor.scope, sensor.resolution, {}});
    }
}

std::size_t HeldTelemetry::targets(Scope scope) const {
    return scope == Scope::Device ? run_->devices.size() : run_->nodes.size();
}

void HeldTelemetry::read_times(std::size_t first, std::span<double> times) {
    std::ranges::copy(std::span{run_->telemetry.time}.subspan(first, times.size()), times.begin());
}

void HeldTelemetry::read_values(std::size_t sensor, std::size_t first, std::span<float> values) {
    const std::vector<float>& held = run_->telemetry.sensors[sensor].values;
    const std::size_t begin = std::min(held.size(), first * targets(sensors_[sensor].scope));
    const auto found = std::span{held}.subspan(begin, std::min(values.size(), held.size() - begin));
    const auto behind = std::ranges::copy(found, values.begin()).out;
    std::fill(behind, values.end(), static_cast<float>(kNoValue));
}

Telemetry whole_telemetry(TelemetrySource& source) {
    Telemetry whole;
    whole.time.resize(source.rows());
    source.read_times(0, whole.time);
    whole.sensors = source.sensors();
    for (std::size_t i = 0; i < whole.sensors.size(); ++i) {
        SensorSeries& sensor = whole.sensors[i];
        sensor.values.resize(source.rows() * source.targets(sensor.scope));
        source.read_values(i, 0, sensor.values);
    }
    return whole;
}

}  // namespace rackproof
