#include "analysis/cooling.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/fan_faults.hpp"
#include "analysis/rack_wide.hpp"
#include "analysis/robust.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

constexpr const char* kAfterFansOfRack =
    "Check what the rack shares: its power feed, the controller of its fans and pumps and their "
    "settings, its coolant loop. Its nodes are not blamed; burn in again when that is put right.";

double temperature_of(const Curve& curve) {
    std::vector<double> values;
    for (std::size_t i = 0; i < curve.size(); ++i) {
        const bool soaks = curve.time_s[i] >= curve.begin_s && curve.time_s[i] <= curve.end_s;
        if (soaks && std::isfinite(curve.temperature[i])) values.push_back(curve.temperature[i]);
    }
    return median(std::move(values)).value_or(kNoValue);
}

std::vector<Cooled> devices_of(const Burnin& burnin) {
    std::vector<Cooled> all;
    for (std::size_t i = 0; i < burnin.devices.size(); ++i) {
        const DeviceBurnin& device = burnin.devices[i];
        all.push_back({device.place, device.curve.begin_s, device.curve.end_s,
                       temperature_of(burnin.curve(i))});
    }
    return all;
}

std::vector<Cooled> nodes_of(const std::vector<Cooled>& devices) {
    std::map<std::int32_t, Cooled> nodes;
    for (const Cooled& device : devices) {
        Place place;
        place.node = device.place.node;
        Cooled& node = nodes.try_emplace(place.node, device).first->second;
        node.place = place;
        node.begin_s = std::min(node.begin_s, device.begin_s);
        node.end_s = std::max(node.end_s, device.end_s);
        node.temperature = std::fmax(node.temperature, device.temperature);
    }
    std::vector<Cooled> all;
    for (const auto& [index, node] : nodes) all.push_back(node);
    return all;
}

/// As the label of its sensor has it: "Pump", "PUMP_1".
bool is_pump(const std::string& sensor) {
    return sensor.find("ump") != std::string::npos || sensor.find("UMP") != std::string::npos;
}

std::vector<FanReadings> read_fans(std::size_t sensor, const std::vector<Cooled>& cooled,
                                   TelemetryColumns& telemetry) {
    const Scope scope = telemetry.sensors()[sensor].scope;
    std::vector<FanReadings> fans;
    for (const Cooled& each : cooled) {
        const std::size_t target = at(scope == Scope::Device ? each.place.device : each.place.node);
        std::vector<float> column;
        if (target < telemetry.targets(scope)) column = telemetry.column(sensor, target);
        const std::span<const double> times_s{telemetry.times()};
        fans.push_back(
            fan_readings(times_s.first(column.size()), column, each.begin_s, each.end_s));
        fans.back().place = each.place;
    }
    return fans;
}

Metric speed_metric(const MetricIdentity& lead, const SensorSeries& sensor,
                    const std::vector<FanReadings>& fans) {
    Metric metric;
    metric.name = lead.name + ".fan_speed." + sensor.name;
    metric.suite = lead.suite;
    metric.scope = sensor.scope;
    metric.unit = sensor.unit;
    metric.better = Direction::None;
    metric.repetitions = 1;
    metric.definition = "median of " + sensor.name + " over the soak";
    std::map<std::int32_t, double> speeds;
    for (const FanReadings& fan : fans) {
        const bool of_device = sensor.scope == Scope::Device;
        if (fan.readings == 0) continue;
        speeds[of_device ? fan.place.device : fan.place.node] = fan.speed;
    }
    for (const auto& [target, speed] : speeds) {
        metric.values[metric.add_row({target, -1}, 0, Outcome::Completed)] = speed;
    }
    return metric;
}

Draft draft_of(const std::vector<FanFault>& of_place, std::size_t metric) {
    const FanFault& worst = *std::ranges::max_element(of_place, {}, &FanFault::verdict);
    Draft draft;
    draft.place = worst.place;
    draft.metric = metric;
    draft.finding.verdict = worst.verdict;
    draft.finding.kind = FindingKind::Hardware;
    draft.finding.rule = "fan";
    const bool pumps = is_pump(worst.sensor);
    const char* kind = pumps ? "pump" : "fan";
    draft.what = fmt::format("{} {} {}", kind, worst.sensor, worst.what);
    std::vector<std::string> others;
    for (const FanFault& fault : of_place) {
        if (&fault != &worst) others.push_back(fault.sensor);
    }
    if (!others.empty()) draft.what += "; something is wrong with " + some_of(others) + " too";
    draft.finding.action = fmt::format(
        "Look at the {} and its plug, what blocks it ({}), and how it is controlled; compare with "
        "a "
        "neighbour's at the same load, and burn in again.",
        kind, pumps ? "air in the loop, filter, valves" : "cables, dust, a missing blank");
    return draft;
}

/// What nearly all nodes of a rack have is the rack's.
std::vector<Draft> fans_on_racks(const Survey& survey, const std::vector<Cooled>& nodes,
                                 std::vector<Draft> drafts) {
    std::map<std::int32_t, std::size_t> burnt_in;
    for (const Cooled& node : nodes) ++burnt_in[survey.fleet.rack(node.place.node)];
    std::map<std::int32_t, std::vector<Draft>> by_rack;
    std::vector<Draft> kept;
    for (Draft& draft : drafts) {
        const std::int32_t rack = survey.fleet.rack(draft.place.node);
        const bool of_node = draft.place.device < 0 && rack >= 0;
        (of_node ? by_rack[rack] : kept).push_back(std::move(draft));
    }
    for (auto& [rack, of_nodes] : by_rack) {
        if (is_rack_wide(of_nodes.size(), of_nodes.size(), burnt_in.at(rack))) {
            kept.push_back(on_rack(survey, rack, of_nodes, "nodes", kAfterFansOfRack));
        } else {
            std::ranges::move(of_nodes, std::back_inserter(kept));
        }
    }
    return kept;
}

/// Of one sku and kind of device.
void judge_burnin(const Survey& survey, const Burnin& burnin, TelemetryColumns& telemetry,
                  std::map<std::size_t, std::vector<FanReadings>>& by_sensor,
                  std::vector<Draft>& drafts) {
    const std::vector<Cooled> devices = devices_of(burnin);
    const std::vector<Cooled> nodes = nodes_of(devices);
    std::map<Place, std::vector<FanFault>> by_place;
    for (std::size_t i = 0; i < telemetry.sensors().size(); ++i) {
        const SensorSeries& sensor = telemetry.sensors()[i];
        if (!is_fan(sensor)) continue;
        const std::vector<Cooled>& cooled = sensor.scope == Scope::Device ? devices : nodes;
        const std::vector<FanReadings> fans = read_fans(i, cooled, telemetry);
        std::ranges::copy(fans, std::back_inserter(by_sensor[i]));
        for (FanFault& fault : fan_faults(sensor, cooled, fans)) {
            by_place[fault.place].push_back(std::move(fault));
        }
    }
    std::vector<Draft> of_places;
    for (const auto& [place, faults] : by_place) {
        of_places.push_back(draft_of(faults, burnin.metric_index));
    }
    std::ranges::move(fans_on_racks(survey, nodes, std::move(of_places)),
                      std::back_inserter(drafts));
}

}  // namespace

CoolingReport cooling_report(const Survey& survey, const std::vector<Burnin>& burnins,
                             TelemetryColumns& telemetry) {
    CoolingReport report;
    if (std::ranges::none_of(telemetry.sensors(), is_fan)) return report;
    std::map<std::size_t, std::vector<FanReadings>> by_sensor;
    for (const Burnin& burnin : burnins) {
        judge_burnin(survey, burnin, telemetry, by_sensor, report.drafts);
    }
    for (const auto& [sensor, fans] : by_sensor) {
        Metric metric = speed_metric(burnins.front().metric, telemetry.sensors()[sensor], fans);
        if (metric.rows() > 0) report.metrics.push_back(std::move(metric));
    }
    return report;
}

}  // namespace rackproof
