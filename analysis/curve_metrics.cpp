#include "analysis/curve_metrics.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "analysis/cooling.hpp"
#include "analysis/curve_sensors.hpp"
#include "analysis/rack_wide.hpp"
#include "analysis/robust.hpp"
#include "analysis/rules.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

constexpr const char* kAfterSensor =
    "Nothing is known of this device's cooling: restart what reads the sensor (driver, BMC), "
    "compare it with a neighbour's by hand, and burn it in again.";
constexpr const char* kAfterUnsteady =
    "Burn it in for longer; if its neighbours become steady and it does not, look at its coolant "
    "flow, pump and fans, and at what else works on it.";

constexpr const char* kAfterRack =
    "Check what the rack shares: its coolant loop (flow, filters, valves, pump), supply "
    "temperature and power feed. Its nodes are not blamed; burn in again when that is put right.";

/// One metric in the making.
class Column {
  public:
    Column(const MetricIdentity& lead, const char* suffix, std::string_view unit, Direction better,
           const char* definition) {
        metric_.name = lead.name + suffix;
        metric_.suite = lead.suite;
        metric_.scope = Scope::Device;
        metric_.unit = unit;
        metric_.better = better;
        metric_.definition = definition;
    }
    /// One definition more: another sku has other sensors.
    void define(const std::string& definition) {
        if (!defined_.insert(definition).second) return;
        if (!metric_.definition.empty()) metric_.definition += "; of another sku: ";
        metric_.definition += definition;
    }
    void add(const DeviceBurnin& device, std::vector<double> values) {
        const bool any = std::ranges::any_of(values, [](double v) { return std::isfinite(v); });
        if (any) rows_.emplace_back(device.place.device, std::move(values));
    }
    void add(const DeviceBurnin& device, std::optional<double> value) {
        if (value) add(device, std::vector<double>{*value});
    }
    /// Appends the metric to `metrics`, if any device has a value.
    void finish(std::vector<Metric>& metrics) {
        if (rows_.empty()) return;
        std::ranges::sort(rows_, {}, [](const auto& row) { return row.first; });
        for (const auto& [device, values] : rows_) {
            metric_.repetitions = std::max(metric_.repetitions, values.size());
        }
        for (const auto& [device, values] : rows_) {
            const std::size_t row = metric_.add_row({device, -1}, 0, Outcome::Completed);
            std::ranges::copy(values, metric_.values.begin() +
                                          static_cast<std::ptrdiff_t>(row * metric_.repetitions));
        }
        metrics.push_back(std::move(metric_));
    }

  private:
    Metric metric_;
    std::set<std::string> defined_;
    std::vector<std::pair<std::int32_t, std::vector<double>>> rows_;
};

/// Median rate of the last tenth of the soak over that of the first.
std::optional<double> rate_retention(const DeviceBurnin& device) {
    constexpr std::size_t kFewest = 5;
    const std::size_t tenth = device.rate.size() / 10;
    if (tenth < kFewest) return std::nullopt;
    const auto count = static_cast<std::ptrdiff_t>(tenth);
    const auto first = median({device.rate.begin(), device.rate.begin() + count});
    const auto last = median({device.rate.end() - count, device.rate.end()});
    if (!first || !last || !(*first > 0)) return std::nullopt;
    return *last / *first;
}

/// Of hours: the last over the first. None where the steady time was cut into quarters.
std::optional<double> drift(const std::vector<double>& by_hours, const Steady& steady) {
    constexpr double kTwoHours_s = 7200;
    if (steady.time_s < kTwoHours_s) return std::nullopt;
    std::vector<double> known;
    for (const double value : by_hours) {
        if (std::isfinite(value)) known.push_back(value);
    }
    if (known.size() < 2 || !(known.front() > 0)) return std::nullopt;
    return known.back() / known.front();
}

constexpr const char* kResistance = ".thermal_resistance";
constexpr const char* kWarmUp = ".warm_up";
constexpr const char* kRetention = ".rate_retention";
constexpr const char* kDrift = ".thermal_drift";
constexpr const char* kAtTemperature = ".time_at_temperature";

std::string resistance_definition(const Burnin& burnin) {
    const std::string rise =
        burnin.coolant_sensor.empty()
            ? "rise of " + burnin.temperature_sensor + " over its idle value / rise of "
            : "(" + burnin.temperature_sensor + " - " + burnin.coolant_sensor + ") / ";
    return rise + burnin.power_sensor + ", inside the steady band, by parts";
}

/// What is made of one lead, of all skus.
struct Columns {
    explicit Columns(const MetricIdentity& lead)
        : resistance{lead, kResistance, kKelvinPerWatt, Direction::LowerIsBetter, ""},
          warm_up{lead, kWarmUp, symbol(Unit::Second), Direction::None,
                  "time constant of a model of first order, fitted from the load's begin on"},
          retention{lead, kRetention, symbol(Unit::One), Direction::HigherIsBetter,
                    "median rate of the soak's last tenth / that of its first"},
          drift{lead, kDrift, symbol(Unit::One), Direction::LowerIsBetter,
                "thermal resistance of the last steady hour / that of the first"},
          at_temperature{lead, kAtTemperature, symbol(Unit::Second), Direction::None,
                         "time inside the steady band of the temperature"} {}
    void finish(std::vector<Metric>& metrics) {
        for (Column* column : {&resistance, &warm_up, &retention, &drift, &at_temperature}) {
            column->finish(metrics);
        }
    }
    Column resistance;
    Column warm_up;
    Column retention;
    Column drift;
    Column at_temperature;
};

/// Everything of one sku in one lead.
class BurninJudge {
  public:
    BurninJudge(const Burnin& burnin, const Survey& survey, const Policy& policy)
        : burnin_{&burnin}, survey_{&survey}, policy_{&policy} {}

    void judge(Columns& columns, std::vector<Draft>& drafts) {
        std::set<std::size_t> blind;
        for (const SensorTrouble& trouble : sensor_troubles(*burnin_)) {
            blind.insert(trouble.device);
            drafts.push_back(no_data("sensor", burnin_->devices[trouble.device].place,
                                     burnin_->metric_index, trouble.what, kAfterSensor));
        }
        for (std::size_t i = 0; i < burnin_->devices.size(); ++i) {
            const DeviceBurnin& device = burnin_->devices[i];
            const std::optional<double> retention = rate_retention(device);
            columns.retention.add(device, retention);
            if (retention && *retention < 1 - policy_->min_effect) {
                const auto fall = rate_fall_of(device, burnin_->metric.name + kRetention);
                if (fall) falls_.push_back(*fall);
            }
            for (const Throttled& throttled : device.throttled) {
                tell_of_throttling(device, throttled, drafts);
            }
            if (!blind.contains(i)) add_thermal(device, burnin_->curve(i), columns);
        }
        if (any_resistance_) columns.resistance.define(resistance_definition(*burnin_));
        tell_of_no_resistance(drafts);
    }
    [[nodiscard]] const std::vector<RateFall>& falls() const { return falls_; }
    /// Devices whose temperature never was steady.
    [[nodiscard]] const std::vector<const DeviceBurnin*>& unsteady() const { return unsteady_; }

  private:
    void add_thermal(const DeviceBurnin& device, const Curve& curve, Columns& columns) {
        const bool was_read = std::ranges::any_of(
            curve.temperature, [](double value) { return std::isfinite(value); });
        if (!was_read) {
            unknown_.push_back(&device);
            return;
        }
        const auto tau_s = time_constant_s(curve);
        const Steady steady = steady_of(curve, tau_s);
        if (steady.steps.empty()) {
            unsteady_.push_back(&device);
            return;
        }
        columns.at_temperature.add(device, steady.time_s);
        columns.warm_up.add(device, tau_s);
        if (burnin_->power_sensor.empty()) return;
        std::optional<Idle> idle;
        if (burnin_->coolant_sensor.empty()) {
            if (device.has_idle) idle = idle_of(curve, device.ramp_begin_s);
            if (!idle) {
                unknown_.push_back(&device);
                return;
            }
        }
        std::vector<double> parts = thermal_resistance(curve, steady, idle);
        const bool any = std::ranges::any_of(parts, [](double v) { return std::isfinite(v); });
        if (any) any_resistance_ = true;
        if (!any) unknown_.push_back(&device);
        columns.drift.add(device, drift(parts, steady));
        columns.resistance.add(device, std::move(parts));
    }

    void tell_of_throttling(const DeviceBurnin& device, const Throttled& throttled,
                            std::vector<Draft>& drafts) const {
        constexpr double kWatched = 0.01;
        constexpr double kFails = 0.1;
        constexpr double kLeast_s = 2;
        const double soak_s = device.curve.soak_s();
        if (throttled.time_s < std::max(kLeast_s, kWatched * soak_s)) return;
        Draft draft;
        Finding& finding = draft.finding;
        finding.verdict = throttled.time_s >= kFails * soak_s ? Verdict::Fail : Verdict::Watch;
        finding.kind = FindingKind::Hardware;
        finding.rule = "throttle";
        finding.action =
            "Check cold plate, coolant flow and power feed of " + device_words(device.place) +
            " against its neighbours', and burn it in again: what throttles gives no numbers of "
            "its own.";
        draft.place = device.place;
        draft.metric = burnin_->metric_index;
        draft.what = fmt::format(
            "slowed down by {} for {:.0f} s of {:.0f} s of the soak, from {:.1f} min into it on",
            throttled.reason, throttled.time_s, soak_s, throttled.since_s / 60);
        if (std::isfinite(throttled.power_w)) {
            draft.what += fmt::format(", at {:.0f} W", throttled.power_w);
        }
        if (std::isfinite(throttled.temperature)) {
            draft.what += fmt::format(" and {:.0f} degC", throttled.temperature);
        }
        drafts.push_back(std::move(draft));
    }

    /// Where peers have a resistance, whoever has none is not fine: no limit would touch it.
    void tell_of_no_resistance(std::vector<Draft>& drafts) const {
        if (!any_resistance_ || is_optional(*policy_, burnin_->metric.name)) return;
        for (const DeviceBurnin* device : unknown_) {
            drafts.push_back(no_data("sensor", device->place, burnin_->metric_index,
                                     "its thermal resistance is not known, though its peers' are: "
                                     "temperature, power or coolant was not read in the soak",
                                     kAfterSensor));
        }
    }

    [[nodiscard]] std::string device_words(const Place& place) const {
        const Device& device = survey_->run->devices[at(place.device)];
        return (device.kind == "gpu" ? "GPU " : "device ") + std::to_string(device.index);
    }

    const Burnin* burnin_;
    const Survey* survey_;
    const Policy* policy_;
    std::vector<RateFall> falls_;
    std::vector<const DeviceBurnin*> unsteady_;
    std::vector<const DeviceBurnin*> unknown_;  ///< without a thermal resistance
    bool any_resistance_ = false;
};

/// One by one, or of the whole fleet where more than half never were steady.
void tell_of_unsteady(const MetricCells& cells, const std::vector<const DeviceBurnin*>& unsteady,
                      std::size_t devices, std::vector<Draft>& drafts) {
    const auto never_steady = [&](const DeviceBurnin& device) {
        return fmt::format("{}: the temperature never was steady in {:.0f} min of the soak",
                           cells.metric().name, device.curve.soak_s() / 60);
    };
    if (2 * unsteady.size() > devices) {
        const std::string all = never_steady(*unsteady.front()) +
                                fmt::format(" on {} of {} devices", unsteady.size(), devices);
        drafts.push_back(no_data("steady", {}, cells.index(), all, kAfterUnsteady));
        return;
    }
    for (const DeviceBurnin* device : unsteady) {
        drafts.push_back(
            no_data("steady", device->place, cells.index(), never_steady(*device), kAfterUnsteady));
    }
}

/// Everything of one lead.
void judge_lead(const Survey& survey, const MetricCells& cells, TelemetryColumns& telemetry,
                const Policy& policy, CurveReport& report) {
    Columns columns{identity_of(cells.metric())};
    const std::vector<Burnin> burnins = burnins_of(survey, cells, telemetry);
    std::vector<const DeviceBurnin*> unsteady;
    std::size_t devices = 0;
    for (const Burnin& burnin : burnins) {
        BurninJudge judge{burnin, survey, policy};
        judge.judge(columns, report.drafts);
        unsteady.insert(unsteady.end(), judge.unsteady().begin(), judge.unsteady().end());
        devices += burnin.devices.size();
        std::ranges::copy(judge.falls(), std::back_inserter(report.falls));
    }
    if (!is_optional(policy, cells.metric().name)) {
        tell_of_unsteady(cells, unsteady, devices, report.drafts);
    }
    columns.finish(report.metrics);
    CoolingReport cooling = cooling_report(survey, burnins, telemetry);
    std::ranges::move(cooling.metrics, std::back_inserter(report.metrics));
    std::ranges::move(cooling.drafts, std::back_inserter(report.drafts));
}

/// A fan or pump that is at fault is told of once, whatever was burnt in beside it.
void tell_of_fans_once(std::vector<Draft>& drafts) {
    std::set<Place> told;
    const auto is_fan = [](const Draft& draft) { return draft.finding.rule == "fan"; };
    std::ranges::stable_sort(drafts, std::ranges::greater{}, [&](const Draft& draft) {
        return is_fan(draft) ? draft.finding.verdict : Verdict::Pass;
    });
    std::erase_if(drafts, [&](const Draft& draft) {
        return is_fan(draft) && !told.insert(draft.place).second;
    });
}

/// As the suite names its cases: their matrices are large, and not read without need.
bool may_be_lead(const std::string& name) {
    return name.starts_with("burnin.") && !name.ends_with(".temperature") &&
           !name.ends_with(".power") && !name.ends_with(".throttle") &&
           !name.ends_with(".bandwidth");
}

bool is_of_curve(const Draft& draft, const std::vector<MetricIdentity>& metrics) {
    if (draft.metric == kNoMetric || draft.place.device < 0 || draft.place.peer_node >= 0) {
        return false;
    }
    if (draft.finding.rule == "throttle") return true;
    return draft.finding.rule == "limit" && metrics[draft.metric].unit == kKelvinPerWatt;
}

/// Devices of one kind in a rack.
using KindInRack = std::pair<std::int32_t, std::string>;

std::map<KindInRack, std::size_t> devices_of_racks(const Survey& survey) {
    std::map<KindInRack, std::size_t> devices;
    for (const Device& device : survey.run->devices) {
        const bool known = device.node >= 0 && at(device.node) < survey.run->nodes.size();
        if (known) ++devices[{survey.fleet.rack(device.node), device.kind}];
    }
    return devices;
}

/// What all but one in eight of a rack's devices have is the rack's.
std::vector<Draft> on_racks(const Survey& survey, const std::vector<MetricIdentity>& metrics,
                            std::vector<Draft> drafts) {
    const auto devices = devices_of_racks(survey);
    std::map<std::tuple<KindInRack, std::size_t, std::string>, std::vector<Draft>> by_rack;
    std::vector<Draft> kept;
    for (Draft& draft : drafts) {
        const std::int32_t rack =
            is_of_curve(draft, metrics) ? survey.fleet.rack(draft.place.node) : -1;
        if (rack < 0) {
            kept.push_back(std::move(draft));
            continue;
        }
        const std::string& kind = survey.run->devices[at(draft.place.device)].kind;
        by_rack[{{rack, kind}, draft.metric, draft.finding.rule}].push_back(std::move(draft));
    }
    for (auto& [key, of_devices] : by_rack) {
        std::set<std::int32_t> nodes;
        std::set<std::int32_t> distinct;
        for (const Draft& each : of_devices) {
            nodes.insert(each.place.node);
            distinct.insert(each.place.device);
        }
        const std::size_t all = devices.at(std::get<0>(key));
        if (is_rack_wide(nodes.size(), distinct.size(), all)) {
            kept.push_back(
                on_rack(survey, std::get<0>(key).first, of_devices, "devices", kAfterRack));
        } else {
            std::ranges::move(of_devices, std::back_inserter(kept));
        }
    }
    return kept;
}

}  // namespace

std::vector<CurveCase> curve_cases(const std::string& lead) {
    const std::string one{symbol(Unit::One)};
    const std::string second{symbol(Unit::Second)};
    return {{lead + kResistance, std::string{kKelvinPerWatt}},
            {lead + kWarmUp, second},
            {lead + kRetention, one},
            {lead + kDrift, one},
            {lead + kAtTemperature, second}};
}

bool is_thermal(const MetricIdentity& metric) {
    if (metric.unit == kKelvinPerWatt) return true;
    return metric.suite == "burnin" &&
           (is_temperature(metric.unit) || metric.name.ends_with(kWarmUp));
}

CurveReport curve_report(const Survey& survey, MetricSource& metrics, const Policy& policy) {
    CurveReport report;
    std::optional<TelemetryColumns> telemetry;  // of runs without a burn-in there is no need
    const std::vector<std::string>& names = metrics.names();
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!may_be_lead(names[i])) continue;
        const std::shared_ptr<const Metric> metric = metrics.metric(i);
        if (!is_burnin_lead(*metric)) continue;
        if (!telemetry) telemetry.emplace(metrics.telemetry());
        judge_lead(survey, MetricCells{survey, *metric, i}, *telemetry, policy, report);
    }
    tell_of_fans_once(report.drafts);
    std::erase_if(report.metrics, [&](const Metric& metric) {  // a file may hold anything
        return std::ranges::find(names, metric.name) != names.end();
    });
    return report;
}

std::vector<Draft> thermal_findings_once(const Survey& survey,
                                         const std::vector<MetricIdentity>& metrics,
                                         std::vector<Draft> drafts) {
    std::vector<Draft> kept = on_racks(survey, metrics, std::move(drafts));
    std::map<std::pair<std::string, Place>, Verdict> told;
    const auto key_of = [&](const Draft& draft) {
        const std::string& name = metrics[draft.metric].name;
        return std::pair{name.substr(0, name.rfind('.')), draft.place};
    };
    const auto is_slow = [&](const Draft& draft) {
        return draft.finding.kind == FindingKind::Slow && draft.metric != kNoMetric;
    };
    for (const Draft& draft : kept) {
        if (!is_slow(draft) || metrics[draft.metric].unit != kKelvinPerWatt) continue;
        Verdict& verdict = told.emplace(key_of(draft), Verdict::Pass).first->second;
        verdict = worst(verdict, draft.finding.verdict);
    }
    std::erase_if(kept, [&](const Draft& draft) {
        if (!is_slow(draft) || !is_thermal(metrics[draft.metric])) return false;
        if (metrics[draft.metric].unit == kKelvinPerWatt) return false;
        const auto found = told.find(key_of(draft));
        return found != told.end() && found->second >= draft.finding.verdict;
    });
    return kept;
}

WithCurves::WithCurves(MetricSource& own, std::vector<Metric> curves)
    : own_{&own}, own_count_{own.names().size()}, curves_{std::move(curves)}, names_{own.names()} {
    for (const Metric& metric : curves_) names_.push_back(metric.name);
}

std::shared_ptr<const Metric> WithCurves::metric(std::size_t index) {
    if (!is_curve(index)) return own_->metric(index);
    return {std::shared_ptr<const Metric>{}, &curves_[index - own_count_]};
}

}  // namespace rackproof
