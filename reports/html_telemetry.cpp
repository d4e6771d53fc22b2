#include "reports/html_telemetry.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "analysis/robust.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostPoints = 250'000;  ///< of all lines together: 1.3 MB of page
constexpr std::size_t kFewestSlices = 30;
constexpr std::size_t kMostSlices = 200;
constexpr std::size_t kMostInBand = 2'000;  ///< targets, drawn evenly, that the band is made of

std::int32_t node_of(const Run& facts, const SensorSeries& sensor, std::size_t target) {
    return sensor.scope == Scope::Device ? facts.devices[target].node
                                         : static_cast<std::int32_t>(target);
}

std::size_t slice_of(std::span<const double> time, std::size_t index, std::size_t slices) {
    const double share = (time[index] - time.front()) / (time.back() - time.front());
    return std::min(static_cast<std::size_t>(share * static_cast<double>(slices)), slices - 1);
}

/// Mean of the readings of each slice (or each reading); NaN where there is none.
std::vector<float> means(std::span<const double> times, std::vector<float> readings,
                         std::size_t slices) {
    if (slices == 0) return readings;
    std::vector<double> sums(slices, 0);
    std::vector<int> counts(slices, 0);
    for (std::size_t i = 0; i < times.size(); ++i) {
        if (!std::isfinite(readings[i])) continue;
        const std::size_t slice = slice_of(times, i, slices);
        sums[slice] += static_cast<double>(readings[i]);
        ++counts[slice];
    }
    std::vector<float> result;
    for (std::size_t i = 0; i < slices; ++i) {
        result.push_back(counts[i] == 0 ? static_cast<float>(kNoValue)
                                        : static_cast<float>(sums[i] / counts[i]));
    }
    return result;
}

Json band_json(TelemetryColumns& telemetry, std::size_t sensor, std::size_t slices) {
    const std::size_t targets = telemetry.targets(telemetry.sensors()[sensor].scope);
    const std::size_t step = targets / kMostInBand + 1;
    std::vector<std::vector<double>> at_point;
    for (std::size_t target = 0; target < targets; target += step) {
        const std::vector<float> line =
            means(telemetry.times(), telemetry.column(sensor, target), slices);
        at_point.resize(line.size());
        for (std::size_t i = 0; i < line.size(); ++i) {
            if (std::isfinite(line[i])) at_point[i].push_back(static_cast<double>(line[i]));
        }
    }
    Json band = Json::object();
    for (const auto& [name, fraction] : {std::pair{"low", 0.1}, {"middle", 0.5}, {"high", 0.9}}) {
        std::vector<float> line;
        for (const std::vector<double>& values : at_point) {
            line.push_back(static_cast<float>(quantile(values, fraction).value_or(kNoValue)));
        }
        band[name] = packed(line);
    }
    return band;
}

}  // namespace

HtmlCurves curves_of(const Run& facts, const TelemetryColumns& telemetry,
                     const HtmlDetail& detail) {
    HtmlCurves curves;
    const std::vector<double>& time = telemetry.times();
    if (time.empty()) return curves;
    std::vector<std::size_t> devices(facts.nodes.size(), 0);
    for (const Device& device : facts.devices) ++devices[at(device.node)];
    std::size_t lines = 0;
    for (const std::int32_t node : detail.worst) {
        std::size_t more = 0;
        for (const SensorSeries& sensor : telemetry.sensors()) {
            more += sensor.scope == Scope::Device ? devices[at(node)] : 1;
        }
        if ((lines + more) * 2 * kFewestSlices > kMostPoints) break;
        lines += more;
        curves.nodes.push_back(node);
    }
    curves.left_out = detail.worst.size() - curves.nodes.size();
    const std::size_t slices =
        std::clamp(kMostPoints / 2 / std::max<std::size_t>(lines, 1), kFewestSlices, kMostSlices);
    if (time.size() <= 2 * slices || !(time.back() > time.front())) {
        curves.times = time;
        return curves;
    }
    curves.slices = slices;
    const double width = (time.back() - time.front()) / static_cast<double>(slices);
    for (std::size_t i = 0; i < 2 * slices; ++i) {
        curves.times.push_back(time.front() + width * (0.25 + 0.5 * static_cast<double>(i)));
    }
    return curves;
}

std::vector<float> curve(std::span<const double> times, std::vector<float> readings,
                         std::size_t slices) {
    if (slices == 0) return readings;
    std::vector<float> points;
    points.assign(2 * slices, static_cast<float>(kNoValue));
    struct Extremes {
        std::optional<std::size_t> least;
        std::optional<std::size_t> most;
    };
    std::vector<Extremes> extremes(slices);
    for (std::size_t i = 0; i < times.size(); ++i) {
        if (!std::isfinite(readings[i])) continue;
        Extremes& slice = extremes[slice_of(times, i, slices)];
        if (!slice.least || readings[i] < readings[*slice.least]) slice.least = i;
        if (!slice.most || readings[i] > readings[*slice.most]) slice.most = i;
    }
    for (std::size_t i = 0; i < slices; ++i) {
        if (!extremes[i].least) continue;
        const auto [first, second] = std::minmax(*extremes[i].least, *extremes[i].most);
        points[2 * i] = readings[first];
        points[2 * i + 1] = readings[second];
    }
    return points;
}

Json html_sensor(const Run& facts, TelemetryColumns& telemetry, std::size_t index,
                 const HtmlCurves& curves) {
    const SensorSeries& sensor = telemetry.sensors()[index];
    Json lines = Json::array();
    std::vector<bool> is_drawn(facts.nodes.size(), false);
    for (const std::int32_t node : curves.nodes) is_drawn[at(node)] = true;
    const std::size_t targets = telemetry.targets(sensor.scope);
    for (std::size_t target = 0; target < targets; ++target) {
        const std::int32_t node = node_of(facts, sensor, target);
        if (!is_drawn[at(node)]) continue;
        const std::vector<float> line =
            curve(telemetry.times(), telemetry.column(index, target), curves.slices);
        if (std::ranges::none_of(line, [](float value) { return std::isfinite(value); })) continue;
        const std::int32_t device =
            sensor.scope == Scope::Device ? facts.devices[target].index : -1;
        lines.push_back({{"node", node}, {"device", device}, {"values", packed(line)}});
    }
    Json json = cleaned(Json{{"name", sensor.name}, {"unit", sensor.unit}});
    json["scope"] = to_string(sensor.scope);
    json["resolution"] = sensor.resolution;
    json["band"] = band_json(telemetry, index, curves.slices);
    json["lines"] = std::move(lines);
    return json;
}

}  // namespace rackproof
