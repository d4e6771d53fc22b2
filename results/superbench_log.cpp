#include <map>
#include <set>
#include <utility>

#include "core/number_text.hpp"
#include "core/utf8.hpp"
#include "results/json_log.hpp"
#include "results/log_formats.hpp"
#include "results/superbench_metrics.hpp"

namespace rackproof::logs {
namespace {

/// "gemm-flops/fp64_flops:3" taken apart.
struct Key {
    std::string name;
    std::optional<std::int32_t> rank;
};

Key key_of(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    const std::size_t slash = text.rfind('/');
    const bool has_rank =
        colon != std::string::npos && (slash == std::string::npos || colon > slash);
    const auto rank =
        has_rank ? whole(std::string_view{text}.substr(colon + 1), kMostDevices - 1) : std::nullopt;
    if (!rank) return {text, std::nullopt};
    return {text.substr(0, colon), static_cast<std::int32_t>(*rank)};
}

LogReading reading_of(const std::string& node, const std::string& text, const JsonValue& value) {
    const Key key = key_of(text);
    const SuperbenchMetric& known = superbench_metric(key.name);
    const bool of_device = known.by_device && key.rank;
    LogReading reading;
    std::string name = "superbench." + key.name;
    if (key.rank && !of_device) name += "." + std::to_string(*key.rank);
    for (char& c : name) c = c == '/' ? '.' : c;
    reading.metric.name = printable(name);
    reading.metric.suite = "superbench";
    reading.metric.unit = known.unit.empty() ? "1" : known.unit;
    reading.metric.better = known.better;
    reading.metric.definition =
        known.unit.empty() ? "SuperBench's number in SuperBench's unit, which is not known here"
                           : "as SuperBench reports it";
    reading.place = {of_device ? Scope::Device : Scope::Node, {node}, of_device ? *key.rank : -1};
    const double number = value.number();
    reading.values = {shifted(number, known.shift)};
    if (key.name.ends_with("/return_code") && number != 0) {
        reading.outcome = Outcome::Failed;
        reading.reason = "SuperBench's benchmark ended with return code " + number_text(number);
    }
    return reading;
}

}  // namespace

LogFacts read_superbench(LogText& log) {
    LogFacts facts;
    std::set<std::string> nodes;
    std::map<std::string, std::size_t> no_unit;  // by benchmark
    std::string_view line;
    while (log.next(line)) {
        if (line.empty()) continue;
        const int number = log.line();
        const LogText one{log.name() + ":" + std::to_string(number), std::string{line},
                          BadRows::Refuse};
        const nlohmann::json parsed = parse_json_log(one);
        const JsonValue row{one, parsed, ""};
        const std::string node = row.at("node").text();
        if (node.empty()) row.refuse("names no node; expected one");
        if (!nodes.insert(node).second) {
            log.refuse_all(number,
                           "the node " + in_quotes(node) + " stands in an earlier line, too");
        }
        row.each_member([&](const std::string& key, const JsonValue& value) {
            if (key == "node") return;
            LogReading reading = reading_of(node, key, value);
            reading.line = number;
            if (superbench_metric(key_of(key).name).unit.empty())
                ++no_unit[key.substr(0, key.find('/'))];
            facts.readings.push_back(std::move(reading));
        });
    }
    if (nodes.empty()) {
        log.refuse_all(1,
                       "the file is empty; expected one JSON object a node, with 'node' and "
                       "numbers (SuperBench's results-summary.jsonl)");
    }
    for (const auto& [benchmark, count] : no_unit) {
        facts.events.push_back({*nodes.begin(), -1, "info", "superbench.unit",
                                "the unit of " + std::to_string(count) + " numbers of " +
                                    in_quotes(benchmark) +
                                    " is not known here; they are kept as they are"});
    }
    return facts;
}

}  // namespace rackproof::logs
