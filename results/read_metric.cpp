#include "results/read_metric.hpp"

#include "core/error.hpp"
#include "results/labels.hpp"

namespace rackproof::run_file {
namespace {

Direction read_better(RunSource& source, hid_t group) {
    const std::string text = source.text_attribute(group, "better");
    if (const auto better = direction_from(text)) return *better;
    throw Error{"read the attribute better of " + hdf5::path_of(group),
                "it is \"" + text + "\"; expected higher, lower or none"};
}

std::vector<Target> read_targets(RunSource& source, hid_t group, Scope scope) {
    std::vector<Target> targets;
    if (is_pair(scope)) {
        const auto pairs = source.matrix<std::int32_t>(group, "target", std::nullopt, 2);
        targets.reserve(pairs.rows);
        for (std::size_t i = 0; i < pairs.rows; ++i) {
            targets.push_back({pairs.values[2 * i], pairs.values[2 * i + 1]});
        }
        return targets;
    }
    const auto firsts = source.column<std::int32_t>(group, "target");
    targets.reserve(firsts.size());
    for (const std::int32_t first : firsts) targets.push_back({first, -1});
    return targets;
}

}  // namespace

Scope read_scope(RunSource& source, hid_t object) {
    const std::string text = source.text_attribute(object, "scope");
    if (const auto scope = scope_from(text)) return *scope;
    throw Error{"read the attribute scope of " + hdf5::path_of(object),
                "it is \"" + text + "\"; expected device, node, device_pair, node_pair or group"};
}

Metric read_metric(RunSource& source, hid_t metrics, const std::string& name) {
    const hdf5::Group owner = hdf5::open_group(metrics, name);
    const hid_t group = owner.get();
    Metric metric;
    metric.name = name;
    metric.scope = read_scope(source, group);
    metric.unit = source.text_attribute(group, "unit");
    metric.better = read_better(source, group);
    metric.suite = source.text_attribute(group, "suite");
    metric.definition = source.text_attribute(group, "definition");
    metric.parameters = source.text_attribute(group, "parameters");
    if (!is_json_object(metric.parameters)) {
        throw Error{"read the attribute parameters of " + hdf5::path_of(group),
                    "expected one JSON object"};
    }
    metric.target = read_targets(source, group, metric.scope);
    const std::size_t rows = metric.rows();
    auto values = source.matrix<double>(group, "values", rows, std::nullopt);
    metric.repetitions = values.columns;
    metric.values = std::move(values.values);
    if (hdf5::has_link(group, "time")) {
        metric.time = source.matrix<double>(group, "time", rows, metric.repetitions).values;
    }
    metric.outcome = source.outcomes(group, "outcome", rows);
    metric.variant = source.column<std::int32_t>(group, "variant", rows);
    metric.attempt = source.column<std::int32_t>(group, "attempt", rows);
    return metric;
}

}  // namespace rackproof::run_file
