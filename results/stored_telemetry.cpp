#include "results/stored_telemetry.hpp"

#include <algorithm>
#include <limits>
#include <mutex>
#include <string>

#include "core/error.hpp"
#include "results/check_run.hpp"
#include "results/read_metric.hpp"
#include "results/stored_metrics.hpp"

namespace rackproof::run_file {

SensorSeries read_sensor(RunSource& source, const hdf5::Dataset& dataset, const std::string& name) {
    const Scope scope = read_scope(source, dataset.get());
    if (scope != Scope::Node && scope != Scope::Device) {
        throw Error{"read the attribute scope of " + hdf5::path_of(dataset.get()),
                    "it is " + std::string{to_string(scope)} + "; expected device or node"};
    }
    return {name,
            source.text_attribute(dataset.get(), "unit"),
            scope,
            source.real_attribute(dataset.get(), "resolution"),
            {}};
}

StoredTelemetry::StoredTelemetry(RunSource& source, hid_t root, const Run& frame)
    : nodes_{frame.nodes.size()}, devices_{frame.devices.size()} {
    const hdf5::Group group = hdf5::open_group(root, "telemetry");
    time_ = source.stored<double>(group.get(), "time", {std::nullopt});
    rows_ = hdf5::extent_of(time_).front();
    check_all_times();
    for (const std::string& name : hdf5::link_names(group.get())) {
        if (name == "time") continue;
        SensorSeries sensor = read_sensor(source, hdf5::open_dataset(group.get(), name), name);
        values_.push_back(source.stored<float>(group.get(), name, {rows_, targets(sensor.scope)}));
        sensors_.push_back(std::move(sensor));
    }
    check_sensors(sensors_);
}

/// Whoever opens a file holds hdf5_in_use(), if that is needed.
void StoredTelemetry::check_all_times() {
    constexpr std::size_t kAtATime = 128 * 1024;
    double before_s = -std::numeric_limits<double>::infinity();
    std::vector<double> times;
    for (std::size_t first = 0; first < rows_; first += times.size()) {
        times.resize(std::min(kAtATime, rows_ - first));
        hdf5::read_rows(time_, H5T_NATIVE_DOUBLE, first, times.size(), times.data());
        check_times(times, before_s);
        before_s = times.back();
    }
}

std::size_t StoredTelemetry::targets(Scope scope) const {
    return scope == Scope::Device ? devices_ : nodes_;
}

void StoredTelemetry::read_times(std::size_t first, std::span<double> times) {
    if (times.empty()) return;
    const std::scoped_lock lock{hdf5_in_use()};
    hdf5::read_rows(time_, H5T_NATIVE_DOUBLE, first, times.size(), times.data());
}

void StoredTelemetry::read_values(std::size_t sensor, std::size_t first, std::span<float> values) {
    if (values.empty()) return;
    const std::scoped_lock lock{hdf5_in_use()};
    hdf5::read_rows(values_[sensor], H5T_NATIVE_FLOAT, first,
                    values.size() / targets(sensors_[sensor].scope), values.data());
}

}  // namespace rackproof::run_file
