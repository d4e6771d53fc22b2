#include "results/check_run.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "results/hdf5.hpp"

namespace rackproof::run_file {
namespace {

constexpr std::size_t kMostRows = std::numeric_limits<std::int32_t>::max();

void require(bool holds, std::string_view place, std::string_view problem) {
    if (!holds) throw Error{std::string{place}, problem};
}

/// What a column of indices points into.
struct IndexRange {
    std::int64_t lowest = 0;  // -1 where a row may have none
    std::size_t length = 0;
    std::string_view of_what;
};

[[noreturn]] void refuse_row(std::size_t row, std::int64_t found, std::string_view place,
                             const std::string& expected) {
    throw Error{std::string{place}, "row " + std::to_string(row) + " is " + std::to_string(found) +
                                        "; expected " + expected};
}

[[noreturn]] void refuse_index(std::int64_t index, const IndexRange& range, std::size_t row,
                               std::string_view place) {
    refuse_row(row, index, place,
               std::to_string(range.lowest) + " or more, and less than the " +
                   std::to_string(range.length) + " " + std::string{range.of_what});
}

/// Asked of each row of a million devices: what to say of a wrong one is elsewhere.
inline void require_index(std::int64_t index, const IndexRange& range, std::size_t row,
                          std::string_view place) {
    const bool above = index >= 0 && static_cast<std::uint64_t>(index) >= range.length;
    if (index < range.lowest || above) refuse_index(index, range, row, place);
}

void require_indices(std::span<const std::int32_t> indices, const IndexRange& range,
                     std::string_view place) {
    for (std::size_t i = 0; i < indices.size(); ++i) require_index(indices[i], range, i, place);
}

void require_length(std::size_t found, std::size_t expected, std::string_view place) {
    if (found == expected) return;
    throw Error{std::string{place},
                "holds " + std::to_string(found) + " values; expected " + std::to_string(expected)};
}

void require_product(std::size_t found, std::size_t rows, std::size_t columns,
                     std::string_view place) {
    require(columns == 0 || rows <= std::numeric_limits<std::size_t>::max() / columns, place,
            "has a shape too large to be true");
    require_length(found, rows * columns, place);
}

std::string named_place(std::string_view name, std::string_view group) {
    return "name \"" + printable(name) + "\" in " + std::string{group};
}

void require_link(std::string_view name, std::string_view group) {
    require(hdf5::fits_link(name), named_place(name, group),
            "HDF5 cannot hold it; expected UTF-8 that is not empty and not \".\", without '/' "
            "and NUL");
}

void require_name(std::string_view name, std::set<std::string_view>& seen, std::string_view group) {
    require_link(name, group);
    require(seen.insert(name).second, named_place(name, group), "stands there twice");
}

void check_devices(const Run& run) {
    require(run.nodes.size() <= kMostRows, "/nodes", "more rows than int32 can count");
    require(run.devices.size() <= kMostRows, "/devices", "more rows than int32 can count");
    require(run.variants.size() <= kMostRows, "/variants", "more rows than int32 can count");
    for (std::size_t i = 0; i < run.devices.size(); ++i) {
        require_index(run.devices[i].node, {0, run.nodes.size(), "nodes"}, i, "/devices/node");
    }
}

void check_groups(const Run& run) {
    std::size_t members = 0;
    for (const auto& group : run.groups) {
        for (const std::int32_t node : group) {
            require_index(node, {0, run.nodes.size(), "nodes"}, members, "/groups/members");
            ++members;
        }
    }
    require(run.groups.size() <= kMostRows && members <= kMostRows, "/groups",
            "more rows than int32 can count");
}

IndexRange targets_of(const TargetCounts& counts, Scope scope) {
    switch (scope) {
        case Scope::Device:
        case Scope::DevicePair: return {0, counts.devices, "devices"};
        case Scope::Node:
        case Scope::NodePair: return {0, counts.nodes, "nodes"};
        case Scope::Group: return {0, counts.groups, "groups"};
    }
    throw Error{"look up a scope's targets", "it is no scope"};
}

void check_targets(const TargetCounts& counts, const Metric& metric, const std::string& place) {
    const IndexRange firsts = targets_of(counts, metric.scope);
    const IndexRange seconds = is_pair(metric.scope) ? firsts : IndexRange{-1, 0, "others"};
    for (std::size_t i = 0; i < metric.rows(); ++i) {
        require_index(metric.target[i].first, firsts, i, place);
        require_index(metric.target[i].second, seconds, i, place);
    }
}

}  // namespace

void check_metric(const TargetCounts& counts, const Metric& metric) {
    require_link(metric.name, "/metrics");
    const std::string place = "/metrics/" + metric.name + "/";
    const std::size_t rows = metric.rows();
    require(rows <= kMostRows && metric.repetitions <= kMostRows, place,
            "more rows or columns than int32 can count");
    require_product(metric.values.size(), rows, metric.repetitions, place + "values");
    if (!metric.time.empty()) {
        require_length(metric.time.size(), metric.values.size(), place + "time");
    }
    require_length(metric.outcome.size(), rows, place + "outcome");
    require_length(metric.variant.size(), rows, place + "variant");
    require_length(metric.attempt.size(), rows, place + "attempt");
    check_targets(counts, metric, place + "target");
    require_indices(metric.variant, {-1, counts.variants, "variants"}, place + "variant");
    require_indices(metric.attempt, {0, kMostRows, "attempts that can be counted"},
                    place + "attempt");
    for (std::size_t i = 0; i < rows; ++i) {
        const auto number = static_cast<std::uint8_t>(metric.outcome[i]);
        if (!outcome_from(number)) refuse_row(i, number, place + "outcome", "an outcome");
    }
}

namespace {

void check_metrics(const Run& run) {
    std::set<std::string_view> names;
    for (const Metric& metric : run.metrics) {
        require_name(metric.name, names, "/metrics");
        check_metric(TargetCounts{run}, metric);
    }
}

}  // namespace

void check_reasons(std::span<const Reason> reasons, const MetricShapes& shapes) {
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        const Reason& reason = reasons[i];
        const auto metric = shapes.find(reason.metric);
        if (metric == shapes.end()) {
            throw Error{"/reasons/metric", "row " + std::to_string(i) + " is \"" +
                                               printable(reason.metric) +
                                               "\"; expected the name of a metric"};
        }
        require_index(reason.row, {0, metric->second.rows, "rows of the metric"}, i,
                      "/reasons/target");
    }
}

void check_ranks(const std::map<std::string, RankTimes>& ranks, const MetricShapes& shapes) {
    for (const auto& [name, times] : ranks) {
        const std::string place = "/ranks/" + name + "/";
        const auto metric = shapes.find(name);
        require(metric != shapes.end(), place, "there is no metric of this name");
        const std::size_t rows = times.cell.size();
        require_length(times.rank.size(), rows, place + "rank");
        require_length(times.repetition.size(), rows, place + "repetition");
        require_length(times.entry.size(), rows, place + "entry");
        require_length(times.exit.size(), rows, place + "exit");
        require_length(times.clock_error.size(), rows, place + "clock_error");
        require_indices(times.cell, {0, metric->second.rows, "rows of the metric"}, place + "cell");
        require_indices(times.rank, {0, kMostRows, "ranks that can be counted"}, place + "rank");
        require_indices(times.repetition,
                        {0, metric->second.repetitions, "repetitions of the metric"},
                        place + "repetition");
    }
}

namespace {

std::size_t columns_of(const Run& run, Scope scope, const std::string& place) {
    require(scope == Scope::Node || scope == Scope::Device, place,
            "has scope " + std::string{to_string(scope)} + "; expected device or node");
    return targets_of(TargetCounts{run}, scope).length;
}

void check_inventory(const Run& run) {
    std::set<std::string_view> keys;
    for (const InventoryColumn& column : run.inventory) {
        require_name(column.key, keys, "/inventory");
        const std::string place = "/inventory/" + column.key;
        require_length(column.values.size(), columns_of(run, column.scope, place), place);
    }
}

void check_telemetry(const Run& run) {
    const std::vector<double>& time = run.telemetry.time;
    check_times(time, -std::numeric_limits<double>::infinity());
    check_sensors(run.telemetry.sensors);
    for (const SensorSeries& sensor : run.telemetry.sensors) {
        const std::string place = "/telemetry/" + sensor.name;
        require_product(sensor.values.size(), time.size(), columns_of(run, sensor.scope, place),
                        place);
    }
}

void check_events(const Run& run) {
    for (std::size_t i = 0; i < run.events.size(); ++i) {
        const Event& event = run.events[i];
        require_index(event.node, {-1, run.nodes.size(), "nodes"}, i, "/events/node");
        require_index(event.device, {-1, run.devices.size(), "devices"}, i, "/events/device");
    }
}

void check_environment(const Run& run) {
    for (const auto& [name, value] : run.environment) {
        require(hdf5::fits_attribute(name), "name \"" + printable(name) + "\" in /environment",
                "HDF5 cannot hold it; expected UTF-8 that is not empty, without NUL");
    }
}

}  // namespace

void check_sensors(std::span<const SensorSeries> sensors) {
    std::set<std::string_view> names{"time"};
    for (const SensorSeries& sensor : sensors) require_name(sensor.name, names, "/telemetry");
}

void check_times(std::span<const double> times, double after_s) {
    require(std::ranges::all_of(times, [](double t) { return std::isfinite(t); }),
            "/telemetry/time", "holds a time that is no finite number");
    require(std::ranges::is_sorted(times) && (times.empty() || times.front() >= after_s),
            "/telemetry/time", "is not ascending");
}

void check_frame(const Run& run) {
    check_environment(run);
    check_devices(run);
    check_groups(run);
    check_inventory(run);
    check_telemetry(run);
    check_events(run);
}

void check_run(const Run& run) {
    check_frame(run);
    check_metrics(run);
    MetricShapes shapes;
    for (const Metric& metric : run.metrics) {
        shapes.emplace(metric.name, MetricShape{metric.rows(), metric.repetitions});
    }
    check_reasons(run.reasons, shapes);
    check_ranks(run.ranks, shapes);
}

}  // namespace rackproof::run_file
