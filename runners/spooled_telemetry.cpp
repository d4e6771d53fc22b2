#include "runners/spooled_telemetry.hpp"

#include <algorithm>
#include <utility>

namespace rackproof {

SpooledTelemetry::SpooledTelemetry(std::size_t nodes, std::size_t devices,
                                   std::filesystem::path folder)
    : nodes_{nodes},
      devices_{devices},
      folder_{std::move(folder)},
      file_{folder_},
      times_{file_, kNoValue} {}

std::size_t SpooledTelemetry::targets(Scope scope) const {
    return scope == Scope::Device ? devices_ : nodes_;
}

std::size_t SpooledTelemetry::add_sensor(SensorSeries sensor) {
    sensors_.push_back(std::move(sensor));
    values_.emplace_back(file_, static_cast<float>(kNoValue));
    return sensors_.size() - 1;
}

std::size_t SpooledTelemetry::rows_until(double time_s) const {
    std::size_t first = 0;
    std::size_t end = rows_;
    while (first < end) {
        const std::size_t middle = first + (end - first) / 2;
        if (time(middle) <= time_s) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return first;
}

float SpooledTelemetry::value(std::size_t sensor, std::size_t row, std::size_t target) const {
    return values_[sensor].at(row * width(sensor) + target);
}

void SpooledTelemetry::set(std::size_t sensor, std::size_t row, std::size_t target, float value) {
    values_[sensor].set(row * width(sensor) + target, value);
}

void SpooledTelemetry::add_rows(SpooledTelemetry& from, std::size_t first, std::size_t end) {
    constexpr std::size_t kAtATime = 1024;
    std::vector<double> times;
    std::vector<float> values;
    for (; first < end; first += times.size()) {
        times.resize(std::min(end - first, kAtATime));
        from.read_times(first, times);
        times_.write(rows_, times);
        for (std::size_t i = 0; i < sensors_.size(); ++i) {
            values.resize(times.size() * width(i));
            from.read_values(i, first, values);
            values_[i].write(rows_ * width(i), values);
        }
        rows_ += times.size();
    }
}

void SpooledTelemetry::read_times(std::size_t first, std::span<double> times) {
    times_.read(first, times);
}

void SpooledTelemetry::read_values(std::size_t sensor, std::size_t first, std::span<float> values) {
    values_[sensor].read(first * width(sensor), values);
}

}  // namespace rackproof
