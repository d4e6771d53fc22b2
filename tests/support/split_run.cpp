#include "tests/support/split_run.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "core/index.hpp"

namespace rackproof::test {
namespace {

using Places = std::map<std::int32_t, std::int32_t>;  // from the whole to the part

std::optional<std::int32_t> place(const Places& places, std::int32_t index) {
    const auto found = places.find(index);
    return found == places.end() ? std::nullopt : std::optional{found->second};
}

struct Split {
    const Run* whole = nullptr;
    Run part;
    Places nodes;
    Places devices;
    Places groups;
    double shift_s = 0;
};

void take_groups(Split& split) {
    for (std::size_t i = 0; i < split.whole->groups.size(); ++i) {
        std::vector<std::int32_t> members;
        for (const std::int32_t member : split.whole->groups[i]) {
            if (const auto node = place(split.nodes, member)) members.push_back(*node);
        }
        if (members.size() != split.whole->groups[i].size()) continue;
        split.groups[static_cast<std::int32_t>(i)] =
            static_cast<std::int32_t>(split.part.groups.size());
        split.part.groups.push_back(members);
    }
}

std::optional<Target> target_in(const Split& split, Scope scope, Target target) {
    const Places& places = scope == Scope::Group                              ? split.groups
                           : scope == Scope::Node || scope == Scope::NodePair ? split.nodes
                                                                              : split.devices;
    const auto first = place(places, target.first);
    if (!first) return std::nullopt;
    if (!is_pair(scope)) return Target{*first, -1};
    const auto second = place(places, target.second);
    return second ? std::optional{Target{*first, *second}} : std::nullopt;
}

void take_metric(Split& split, const Metric& whole) {
    Metric part = whole;
    part.values.clear();
    part.time.clear();
    part.target.clear();
    part.outcome.clear();
    part.variant.clear();
    part.attempt.clear();
    Places rows;
    for (std::size_t row = 0; row < whole.rows(); ++row) {
        const auto target = target_in(split, whole.scope, whole.target[row]);
        if (!target) continue;
        rows[static_cast<std::int32_t>(row)] = static_cast<std::int32_t>(part.rows());
        part.target.push_back(*target);
        part.outcome.push_back(whole.outcome[row]);
        part.variant.push_back(whole.variant[row]);
        part.attempt.push_back(whole.attempt[row]);
        const auto values = whole.row(row);
        part.values.insert(part.values.end(), values.begin(), values.end());
        for (std::size_t i = 0; i < whole.repetitions && !whole.time.empty(); ++i) {
            part.time.push_back(whole.time[row * whole.repetitions + i] - split.shift_s);
        }
    }
    for (const Reason& reason : split.whole->reasons) {
        if (reason.metric != whole.name) continue;
        if (const auto row = place(rows, reason.row)) {
            split.part.reasons.push_back({reason.metric, *row, reason.text});
        }
    }
    if (const auto times = split.whole->ranks.find(whole.name); times != split.whole->ranks.end()) {
        RankTimes& own = split.part.ranks[whole.name];
        for (std::size_t i = 0; i < times->second.cell.size(); ++i) {
            const auto row = place(rows, times->second.cell[i]);
            if (!row) continue;
            own.cell.push_back(*row);
            own.rank.push_back(times->second.rank[i]);
            own.repetition.push_back(times->second.repetition[i]);
            own.entry.push_back(times->second.entry[i] - split.shift_s);
            own.exit.push_back(times->second.exit[i] - split.shift_s);
            own.clock_error.push_back(times->second.clock_error[i]);
        }
    }
    split.part.metrics.push_back(std::move(part));
}

/// The columns of the part, in its own order.
template <class Value>
std::vector<Value> columns_of(const std::vector<Value>& whole, std::size_t rows,
                              const Places& places) {
    const std::size_t width = rows == 0 ? 0 : whole.size() / rows;
    std::vector<std::pair<std::int32_t, std::int32_t>> order;
    for (const auto& [from, to] : places) order.emplace_back(to, from);
    std::ranges::sort(order);
    std::vector<Value> part;
    for (std::size_t row = 0; row < rows; ++row) {
        for (const auto& [to, from] : order) part.push_back(whole[row * width + at(from)]);
    }
    return part;
}

void take_rest(Split& split) {
    for (InventoryColumn column : split.whole->inventory) {
        const Places& places = column.scope == Scope::Node ? split.nodes : split.devices;
        column.values = columns_of(column.values, 1, places);
        split.part.inventory.push_back(std::move(column));
    }
    split.part.telemetry = split.whole->telemetry;
    for (double& time : split.part.telemetry.time) time -= split.shift_s;
    for (SensorSeries& sensor : split.part.telemetry.sensors) {
        const Places& places = sensor.scope == Scope::Node ? split.nodes : split.devices;
        sensor.values = columns_of(sensor.values, split.whole->telemetry.time.size(), places);
    }
    for (Event event : split.whole->events) {
        const auto node = place(split.nodes, event.node);
        const auto device = place(split.devices, event.device);
        if (!node || (event.device >= 0 && !device)) continue;
        event.time -= split.shift_s;
        event.node = *node;
        event.device = device.value_or(-1);
        split.part.events.push_back(std::move(event));
    }
}

}  // namespace

Run part_of(const Run& run, const std::vector<std::int32_t>& nodes, double shift_s) {
    Split split;
    split.whole = &run;
    split.shift_s = shift_s;
    split.part = run;
    Run& part = split.part;
    part.nodes.clear();
    part.devices.clear();
    part.groups.clear();
    part.metrics.clear();
    part.reasons.clear();
    part.ranks.clear();
    part.inventory.clear();
    part.events.clear();
    part.run_id += nodes.empty() ? "-none" : "-" + run.nodes[at(nodes.front())].name;
    for (const std::int32_t node : nodes) {
        split.nodes[node] = static_cast<std::int32_t>(part.nodes.size());
        part.nodes.push_back(run.nodes[at(node)]);
    }
    for (std::size_t i = 0; i < run.devices.size(); ++i) {
        const auto node = place(split.nodes, run.devices[i].node);
        if (!node) continue;
        split.devices[static_cast<std::int32_t>(i)] =
            static_cast<std::int32_t>(part.devices.size());
        part.devices.push_back(run.devices[i]);
        part.devices.back().node = *node;
    }
    take_groups(split);
    for (const Metric& metric : run.metrics) take_metric(split, metric);
    take_rest(split);
    return std::move(split.part);
}

}  // namespace rackproof::test
