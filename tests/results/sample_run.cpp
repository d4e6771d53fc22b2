#include "tests/results/sample_run.hpp"

#include <algorithm>
#include <bit>

#include "core/parameters.hpp"

namespace rackproof::test {
namespace {

void add_nodes_and_devices(Run& run) {
    run.nodes = {{.name = "r012n03",
                  .rack = "r012",
                  .row = "7",
                  .slot = "3",
                  .sku = "h200",
                  .vendor = "Größe & Söhne",
                  .labels = {{"pdu", "a\"1\\"}, {"leaf switch", "лист-4"}}},
                 {.name = "節点-二", .labels = {}, .state = "drained"},
                 {.name = "n3", .sku = "", .vendor = "", .labels = {}}};
    for (std::int32_t i = 0; i < 4; ++i) {
        Device& device = run.devices.emplace_back();
        device.node = i / 2;
        device.index = i % 2;
        device.kind = i == 3 ? "gpu" : "cpu";
        device.model = "Model \u2122";
        device.uuid = "uuid-" + std::to_string(i);
    }
    run.groups = {{0, 1}, {}, {2}};
    run.variants = {
        {}, {R"({"n":64})", "ring", "OpenBLAS 0.3.21", "shared memory"}, {"{}", "tree", "", "tcp"}};
}

Metric metric(std::string name, Scope scope, std::string unit, std::size_t repetitions) {
    Metric result;
    result.name = std::move(name);
    result.suite = result.name.substr(0, result.name.find('.'));
    result.scope = scope;
    result.unit = std::move(unit);
    result.repetitions = repetitions;
    result.definition = "what " + result.name + " is";
    return result;
}

void fill_row(Metric& metric, std::size_t row, double first, std::int32_t variant) {
    for (std::size_t i = 0; i < metric.repetitions; ++i) {
        metric.values[row * metric.repetitions + i] = first * (1 + 1e-3 * static_cast<double>(i));
        if (!metric.time.empty()) {
            metric.time[row * metric.repetitions + i] = 0.5 * static_cast<double>(i);
        }
    }
    metric.variant[row] = variant;
}

/// A row that did not complete, and why.
void add_unfinished(Run& run, Metric& metric, Target target, std::int32_t attempt,
                    Outcome outcome) {
    const std::size_t row = metric.add_row(target, attempt, outcome);
    run.reasons.push_back({metric.name, static_cast<std::int32_t>(row),
                           "it ended " + std::string{to_string(outcome)} + " – „so“"});
}

/// Every outcome, a retest, and times beside the values.
Metric gemm(Run& run) {
    Metric gemm = metric("gemm.fp64", Scope::Device, "FLOP/s", 3);
    gemm.parameters = R"({"k":512,"m":512,"n":512})";
    gemm.add_row({0, -1}, 0, Outcome::Completed);
    gemm.time.assign(3, kNoValue);
    fill_row(gemm, 0, 3.1e12, 1);
    add_unfinished(run, gemm, {1, -1}, 0, Outcome::WrongAnswer);
    fill_row(gemm, 1, 2.9e12, 0);
    gemm.values[3] = kNoValue;
    add_unfinished(run, gemm, {2, -1}, 0, Outcome::Failed);
    add_unfinished(run, gemm, {3, -1}, 0, Outcome::TimedOut);
    add_unfinished(run, gemm, {2, -1}, 1, Outcome::Lost);
    add_unfinished(run, gemm, {1, -1}, 1, Outcome::Skipped);
    add_unfinished(run, gemm, {3, -1}, 1, Outcome::Excluded);
    return gemm;
}

Metric all_reduce(Run& run) {
    Metric all_reduce = metric("collectives.all_reduce.1MiB", Scope::Node, "B/s", 2);
    all_reduce.add_row({0, -1}, 0, Outcome::Completed);
    fill_row(all_reduce, 0, 4.2e9, 2);
    run.ranks[all_reduce.name] = {{0, 0, 0, 0},          {0, 1, 0, 1},
                                  {0, 0, 1, 1},          {1.0, 1.1, 2.0, 2.1},
                                  {1.5, 1.5, 2.5, 2.25}, {1e-6, 2e-6, 1e-6, 2e-6}};
    return all_reduce;
}

void add_metrics(Run& run) {
    run.metrics.push_back(gemm(run));
    run.metrics.push_back(all_reduce(run));
    Metric pairs = metric("nvlink.device_pair", Scope::DevicePair, "B/s", 1);
    pairs.add_row({0, 3}, 0, Outcome::Completed);
    pairs.add_row({3, 1}, 0, Outcome::Completed);
    fill_row(pairs, 0, 4.5e10, 0);
    fill_row(pairs, 1, 4.4e10, 0);
    run.metrics.push_back(pairs);
    Metric latency = metric("net.latency", Scope::NodePair, "s", 2);
    latency.better = Direction::LowerIsBetter;
    latency.add_row({2, 0}, 0, Outcome::Completed);
    fill_row(latency, 0, 1.7e-6, 0);
    run.metrics.push_back(latency);
    Metric group = metric("a group's", Scope::Group, "1", 1);
    group.better = Direction::None;
    group.add_row({2, -1}, 0, Outcome::Completed);
    fill_row(group, 0, -0.0, -1);
    run.metrics.push_back(group);
    run.metrics.push_back(metric("nothing.at.all", Scope::Device, "degC", 0));
    Metric no_columns = metric("no.repetitions", Scope::Node, "s", 0);
    add_unfinished(run, no_columns, {1, -1}, 0, Outcome::Skipped);
    run.metrics.push_back(no_columns);
}

void add_facts(Run& run) {
    run.inventory = {{"cpu.model", Scope::Node, "/proc/cpuinfo", {"X", "", "Ядро"}},
                     {"bios", Scope::Device, "dmi", {"1.0", "1.0", "1.1", ""}}};
    const auto none = static_cast<float>(kNoValue);
    run.telemetry.time = {0.0, 1.0, 2.5};
    run.telemetry.sensors = {{"hwmon.k10temp.Tctl",
                              "degC",
                              Scope::Node,
                              0.125,
                              {61.5F, none, 40, 62, none, none, 63, 12.5F, none}},
                             {"power", "W", Scope::Device, 0, std::vector<float>(12, none)}};
    run.events = {{0.25, -1, -1, "info", "", "job 0 started"},
                  {9, 1, 3, "error", "xid 79", "GPU has fallen off the bus"}};
}

bool same(double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}
bool same(float a, float b) {
    return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

template <class Number>
bool same(const std::vector<Number>& a, const std::vector<Number>& b) {
    return std::ranges::equal(a, b, [](Number x, Number y) { return same(x, y); });
}

bool same(const Metric& a, const Metric& b) {
    return a.name == b.name && a.suite == b.suite && a.scope == b.scope && a.unit == b.unit &&
           a.better == b.better && a.parameters == b.parameters && a.definition == b.definition &&
           a.repetitions == b.repetitions && same(a.values, b.values) && same(a.time, b.time) &&
           a.target == b.target && a.outcome == b.outcome && a.variant == b.variant &&
           a.attempt == b.attempt;
}

bool same(const SensorSeries& a, const SensorSeries& b) {
    return a.name == b.name && a.unit == b.unit && a.scope == b.scope &&
           same(a.resolution, b.resolution) && same(a.values, b.values);
}

std::string difference_of_heads(const Run& a, const Run& b) {
    if (a.run_id != b.run_id || a.started != b.started || a.finished != b.finished) return "times";
    if (a.tool_version != b.tool_version || a.plan_name != b.plan_name) return "plan or tool";
    if (a.launcher != b.launcher || a.complete != b.complete) return "launcher or complete";
    if (a.plan_toml != b.plan_toml || a.fleet_toml != b.fleet_toml) return "TOML texts";
    return a.environment == b.environment ? "" : "environment";
}

}  // namespace

Run sample_run() {
    Run run;
    run.run_id = "7d444840-9dc0-11d1-b245-5ffdce74fad2";
    run.started = "2026-11-23T04:41:11Z";
    run.finished = "2026-11-23T05:41:11Z";
    run.tool_version = "0.1.0";
    run.plan_name = "smoke – räksmörgås";
    run.launcher = "local";
    run.complete = true;
    run.plan_toml = "name = \"smoke\"\n# Kommentar: äöü\n";
    run.environment = {{"host", "r012"}, {"command line", "rackproof run 'p lan'"}, {"a/b.", ""}};
    add_nodes_and_devices(run);
    add_metrics(run);
    add_facts(run);
    return run;
}

Run empty_run() { return {}; }

std::string difference(const Run& a, const Run& b) {
    if (const std::string head = difference_of_heads(a, b); !head.empty()) return head;
    if (a.nodes != b.nodes) return "nodes";
    if (a.devices != b.devices) return "devices";
    if (a.groups != b.groups) return "groups";
    if (a.variants != b.variants) return "variants";
    if (a.metrics.size() != b.metrics.size()) return "how many metrics";
    for (std::size_t i = 0; i < a.metrics.size(); ++i) {
        if (!same(a.metrics[i], b.metrics[i])) return "metric " + a.metrics[i].name;
    }
    if (a.reasons != b.reasons) return "reasons";
    if (a.ranks != b.ranks) return "ranks";
    if (a.inventory != b.inventory) return "inventory";
    const auto same_sensor = [](const auto& x, const auto& y) { return same(x, y); };
    if (!same(a.telemetry.time, b.telemetry.time) ||
        !std::ranges::equal(a.telemetry.sensors, b.telemetry.sensors, same_sensor)) {
        return "telemetry";
    }
    return a.events == b.events ? "" : "events";
}

}  // namespace rackproof::test
