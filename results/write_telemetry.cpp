#include "results/write_telemetry.hpp"

#include <limits>
#include <span>

#include "results/check_run.hpp"
#include "results/write_columns.hpp"

namespace rackproof::run_file {
namespace {

Axis write_times(TelemetrySource& telemetry, hid_t group) {
    const auto read = [&](std::size_t first, std::span<double> times) {
        double before_s = -std::numeric_limits<double>::infinity();
        if (first > 0) telemetry.read_times(first - 1, {&before_s, 1});
        telemetry.read_times(first, times);
        check_times(times, before_s);
    };
    return Axis{write_read_rows<double>(group, "time", telemetry.rows(), {}, read), "time"};
}

void write_sensor(TelemetrySource& telemetry, std::size_t index, hid_t group, Axis& time,
                  SharedAxes& axes) {
    const SensorSeries& sensor = telemetry.sensors()[index];
    const auto read = [&](std::size_t first, std::span<float> values) {
        telemetry.read_values(index, first, values);
    };
    const hdf5::Dataset dataset = write_read_rows<float>(group, sensor.name, telemetry.rows(),
                                                         telemetry.targets(sensor.scope), read);
    attach_axes(dataset, {&time, &axes.of(sensor.scope)});
    write_attribute(dataset.get(), "unit", sensor.unit);
    write_attribute(dataset.get(), "scope", to_string(sensor.scope));
    write_attribute(dataset.get(), "resolution", sensor.resolution);
}

}  // namespace

void write_telemetry(TelemetrySource& telemetry, hid_t root, SharedAxes& axes) {
    check_sensors(telemetry.sensors());
    const hdf5::Group group = hdf5::create_group(root, "telemetry");
    Axis time = write_times(telemetry, group.get());
    for (std::size_t i = 0; i < telemetry.sensors().size(); ++i) {
        write_sensor(telemetry, i, group.get(), time, axes);
    }
    time.finish();
}

}  // namespace rackproof::run_file
