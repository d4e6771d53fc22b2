#include "results/merge_telemetry.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <tuple>

#include "core/error.hpp"
#include "core/utf8.hpp"

namespace rackproof::merging {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 30U;
constexpr double kUnknownPeriod_s = 1.0;

/// One row of one file's telemetry.
struct Moment {
    double time_s = 0;
    std::size_t input = 0;
    std::size_t row = 0;
};

double median_step_s(const std::vector<double>& time) {
    std::vector<double> steps;
    for (std::size_t i = 1; i < time.size(); ++i) steps.push_back(time[i] - time[i - 1]);
    if (steps.empty()) return kUnknownPeriod_s;
    const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
    std::ranges::nth_element(steps, middle);
    return *middle;
}

std::vector<Moment> moments(const std::vector<Input>& inputs, double& window_s) {
    std::vector<Moment> all;
    window_s = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const std::vector<double>& time = inputs[i].frame.telemetry.time;
        for (std::size_t row = 0; row < time.size(); ++row) {
            all.push_back({time[row] + inputs[i].shift_s, i, row});
        }
        if (!time.empty()) window_s = std::min(window_s, median_step_s(time) / 2);
    }
    std::ranges::sort(all, {}, [](const Moment& moment) {
        return std::tuple{moment.time_s, moment.input, moment.row};
    });
    return all;
}

/// The times of the whole, and for each moment the row that it falls into.
std::vector<std::size_t> lay_out(const std::vector<Moment>& all, double window_s,
                                 std::vector<double>& time) {
    std::vector<std::size_t> row_of;
    std::set<std::size_t> in_row;
    for (const Moment& moment : all) {
        const bool fits = !time.empty() && moment.time_s - time.back() <= window_s &&
                          !in_row.contains(moment.input);
        if (!fits) {
            time.push_back(moment.time_s);
            in_row.clear();
        }
        in_row.insert(moment.input);
        row_of.push_back(time.size() - 1);
    }
    return row_of;
}

std::vector<SensorSeries> joined_sensors(const std::vector<Input>& inputs) {
    std::vector<SensorSeries> sensors;
    for (const Input& input : inputs) {
        for (const SensorSeries& own : input.frame.telemetry.sensors) {
            const auto known = std::ranges::find(sensors, own.name, &SensorSeries::name);
            if (known == sensors.end()) {
                sensors.push_back({own.name, own.unit, own.scope, own.resolution, {}});
            } else if (known->unit != own.unit || known->scope != own.scope) {
                throw InputError{{input.path.string(), {}, {}},
                                 "the sensor '" + printable(own.name) +
                                     "' is of another unit or scope than in the files before"};
            } else {
                known->resolution = std::max(known->resolution, own.resolution);
            }
        }
    }
    std::ranges::sort(sensors, {}, &SensorSeries::name);
    return sensors;
}

/// Copies a series' rows to where their moments and targets are in the whole.
void place(const Input& input, const SensorSeries& own, const std::vector<std::size_t>& rows,
           std::size_t columns, SensorSeries& whole) {
    const auto& target = own.scope == Scope::Node ? input.node : input.device;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        for (std::size_t i = 0; i < target.size(); ++i) {
            whole.values[rows[row] * columns + static_cast<std::size_t>(target[i])] =
                own.values[row * target.size() + i];
        }
    }
}

}  // namespace

std::optional<Telemetry> joined_telemetry(const std::vector<Input>& inputs, std::size_t nodes,
                                          std::size_t devices) {
    double window_s = 0;
    const std::vector<Moment> all = moments(inputs, window_s);
    Telemetry whole;
    const std::vector<std::size_t> row_of = lay_out(all, window_s, whole.time);
    whole.sensors = joined_sensors(inputs);
    const auto columns = [&](const SensorSeries& sensor) {
        return sensor.scope == Scope::Node ? nodes : devices;
    };
    std::size_t bytes = 0;
    for (const SensorSeries& sensor : whole.sensors) {
        bytes += whole.time.size() * columns(sensor) * sizeof(float);
    }
    if (bytes > kMostBytes) return std::nullopt;

    std::vector<std::vector<std::size_t>> rows(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        rows[i].resize(inputs[i].frame.telemetry.time.size());
    }
    for (std::size_t i = 0; i < all.size(); ++i) rows[all[i].input][all[i].row] = row_of[i];
    for (SensorSeries& sensor : whole.sensors) {
        sensor.values.assign(whole.time.size() * columns(sensor), static_cast<float>(kNoValue));
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            for (const SensorSeries& own : inputs[i].frame.telemetry.sensors) {
                if (own.name == sensor.name) {
                    place(inputs[i], own, rows[i], columns(sensor), sensor);
                }
            }
        }
    }
    return whole;
}

}  // namespace rackproof::merging
