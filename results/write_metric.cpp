#include "results/write_metric.hpp"

#include "results/axis.hpp"
#include "results/write_columns.hpp"

namespace rackproof::run_file {
namespace {

/// The axis of a metric's rows: the targets themselves, or for pairs the number of the row.
Axis write_targets(hid_t group, const Metric& metric) {
    std::vector<std::int32_t> targets;
    for (const Target& target : metric.target) {
        targets.push_back(target.first);
        if (is_pair(metric.scope)) targets.push_back(target.second);
    }
    if (!is_pair(metric.scope)) {
        return Axis{write_column<std::int32_t>(group, "target", targets), "target"};
    }
    Axis pair = index_axis(group, "pair", metric.rows());
    Axis end = index_axis(group, "end", 2);
    attach_axes(write_numbers<std::int32_t>(group, "target", targets, {metric.rows(), 2}),
                {&pair, &end});
    end.finish();
    return pair;
}

hdf5::Dataset write_outcomes(hid_t group, const std::vector<Outcome>& outcomes) {
    const hdf5::Datatype type = hdf5::outcome_type();
    const hsize_t rows = outcomes.size();
    hdf5::Dataset dataset =
        hdf5::create_dataset(group, "outcome", type.get(), hdf5::simple_space({&rows, 1}),
                             storage_for({&rows, 1}, sizeof(Outcome)));
    if (rows > 0) hdf5::write_all(dataset, type.get(), outcomes.data());
    return dataset;
}

}  // namespace

void write_metric(hid_t metrics, const Metric& metric) {
    const hdf5::Group owner = hdf5::create_group(metrics, metric.name);
    const hid_t group = owner.get();
    write_attribute(group, "scope", to_string(metric.scope));
    write_attribute(group, "unit", metric.unit);
    write_attribute(group, "better", to_string(metric.better));
    write_attribute(group, "suite", metric.suite);
    write_attribute(group, "parameters", metric.parameters);
    write_attribute(group, "definition", metric.definition);

    Axis target = write_targets(group, metric);
    Axis repetition = index_axis(group, "repetition", metric.repetitions);
    const auto matrix = [&](const char* name, const std::vector<double>& values) {
        attach_axes(write_numbers<double>(group, name, values, {metric.rows(), metric.repetitions}),
                    {&target, &repetition});
    };
    matrix("values", metric.values);
    if (!metric.time.empty()) matrix("time", metric.time);
    attach_axes(write_outcomes(group, metric.outcome), {&target});
    attach_axes(write_column<std::int32_t>(group, "variant", metric.variant), {&target});
    attach_axes(write_column<std::int32_t>(group, "attempt", metric.attempt), {&target});
    target.finish();
    repetition.finish();
}

}  // namespace rackproof::run_file
