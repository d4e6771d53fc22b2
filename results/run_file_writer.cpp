#include "results/run_file_writer.hpp"

#include <map>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "results/axis.hpp"
#include "results/check_run.hpp"
#include "results/labels.hpp"
#include "results/replacement_file.hpp"
#include "results/run_columns.hpp"
#include "results/write_columns.hpp"
#include "results/write_metric.hpp"
#include "results/write_telemetry.hpp"

namespace rackproof::run_file {

namespace {

template <class Row, class Value>
hdf5::Dataset write_member(hid_t group, const std::string& name, const std::vector<Row>& rows,
                           Value Row::*member) {
    if constexpr (std::is_same_v<Value, std::string>) {
        std::vector<std::string_view> texts;
        texts.reserve(rows.size());
        for (const Row& row : rows) texts.push_back(row.*member);
        return write_texts(group, name, texts);
    } else {
        std::vector<Value> values;
        values.reserve(rows.size());
        for (const Row& row : rows) values.push_back(row.*member);
        return write_column<Value>(group, name, values);
    }
}

/// One column for each member that `columns` visits, all on `axis`.
template <class Row, class Columns>
void write_table(hid_t group, const std::vector<Row>& rows, Axis& axis, Columns columns) {
    columns([&](const char* name, auto member) {
        attach_axes(write_member(group, name, rows, member), {&axis});
    });
}

void write_root(const Run& run, hid_t root) {
    write_attribute(root, "format", kFormatName);
    write_attribute(root, "format_version", std::int32_t{kFormatVersion});
    root_texts([&](const char* name, auto member) { write_attribute(root, name, run.*member); });
    write_attribute(root, "complete", std::int32_t{run.complete ? 1 : 0});
    write_text(root, "plan", run.plan_toml);
    write_text(root, "fleet", run.fleet_toml);
    const hdf5::Group environment = hdf5::create_group(root, "environment");
    for (const auto& [name, value] : run.environment) {
        write_attribute(environment.get(), name, value);
    }
}

void write_nodes(const Run& run, hid_t root, Axis& axis) {
    const hdf5::Group group = hdf5::create_group(root, "nodes");
    write_table(group.get(), run.nodes, axis, [](auto visit) { node_columns(visit); });
    std::vector<std::string> labels;
    labels.reserve(run.nodes.size());
    for (const Node& node : run.nodes) labels.push_back(labels_json(node.labels));
    const std::vector<std::string_view> texts{labels.begin(), labels.end()};
    attach_axes(write_texts(group.get(), "labels", texts), {&axis});
}

void write_devices(const Run& run, hid_t root, Axis& axis) {
    const hdf5::Group group = hdf5::create_group(root, "devices");
    write_table(group.get(), run.devices, axis, [](auto visit) { device_columns(visit); });
}

void write_groups(const Run& run, hid_t root) {
    std::vector<std::int32_t> offset;
    std::vector<std::int32_t> size;
    std::vector<std::int32_t> members;
    for (const auto& group : run.groups) {
        offset.push_back(static_cast<std::int32_t>(members.size()));
        size.push_back(static_cast<std::int32_t>(group.size()));
        members.insert(members.end(), group.begin(), group.end());
    }
    const hdf5::Group group = hdf5::create_group(root, "groups");
    Axis group_axis = index_axis(group.get(), "group", run.groups.size());
    Axis member_axis = index_axis(group.get(), "member", members.size());
    attach_axes(write_column<std::int32_t>(group.get(), "offset", offset), {&group_axis});
    attach_axes(write_column<std::int32_t>(group.get(), "size", size), {&group_axis});
    attach_axes(write_column<std::int32_t>(group.get(), "members", members), {&member_axis});
    group_axis.finish();
    member_axis.finish();
}

/// A table in a group and on an axis of its own, numbered from 0 by the dataset `axis_name`.
template <class Row, class Columns>
void write_own_table(hid_t root, const std::string& name, const std::string& axis_name,
                     const std::vector<Row>& rows, Columns columns) {
    const hdf5::Group group = hdf5::create_group(root, name);
    Axis axis = index_axis(group.get(), axis_name, rows.size());
    write_table(group.get(), rows, axis, columns);
    axis.finish();
}

template <class Row>
std::vector<Row> with_short_texts(std::span<const Row> rows) {
    std::vector<Row> shorter{rows.begin(), rows.end()};
    for (Row& row : shorter) row.text = shortened(row.text, kLongestProse);
    return shorter;
}

void write_ranks(const std::map<std::string, RankTimes>& all, hid_t root) {
    const hdf5::Group ranks = hdf5::create_group(root, "ranks");
    for (const auto& [name, times] : all) {
        const hdf5::Group group = hdf5::create_group(ranks.get(), name);
        Axis axis = index_axis(group.get(), "sample", times.cell.size());
        rank_columns([&]<class Value>(const char* column, std::vector<Value> RankTimes::*member) {
            attach_axes(write_column<Value>(group.get(), column, times.*member), {&axis});
        });
        axis.finish();
    }
}

void write_inventory(const Run& run, hid_t root, SharedAxes& axes) {
    const hdf5::Group group = hdf5::create_group(root, "inventory");
    for (const InventoryColumn& column : run.inventory) {
        const std::vector<std::string_view> texts{column.values.begin(), column.values.end()};
        const hdf5::Dataset dataset = write_texts(group.get(), column.key, texts);
        attach_axes(dataset, {&axes.of(column.scope)});
        write_attribute(dataset.get(), "scope", to_string(column.scope));
        write_attribute(dataset.get(), "source", column.source);
    }
}

}  // namespace

struct RunFileWriter::Parts {
    hdf5::QuietErrors quiet;
    ReplacementFile replacement;
    hdf5::File file;
    std::optional<SharedAxes> axes;
    hdf5::Group metrics;
    MetricShapes shapes;

    explicit Parts(const std::filesystem::path& path)
        : replacement{path}, file{hdf5::create_file(replacement.path())} {}
};

template <class Action>
void RunFileWriter::attempt(Action action) const try {
    action();
} catch (const Error& error) {
    throw Error{"write the run file " + path_.native(), error.what(), error.where()};
}

RunFileWriter::RunFileWriter(const Run& frame, std::filesystem::path path)
    : frame_{&frame}, path_{std::move(path)} {
    attempt([&] {
        check_frame(frame);
        parts_ = std::make_unique<Parts>(path_);
        const hid_t root = parts_->file.get();
        write_root(frame, root);
        parts_->axes.emplace(SharedAxes{index_axis(root, "node", frame.nodes.size()),
                                        index_axis(root, "device", frame.devices.size())});
        write_nodes(frame, root, parts_->axes->node);
        write_devices(frame, root, parts_->axes->device);
        write_groups(frame, root);
        write_own_table(root, "variants", "variant", frame.variants,
                        [](auto visit) { variant_columns(visit); });
        parts_->metrics = hdf5::create_group(root, "metrics");
    });
}

RunFileWriter::~RunFileWriter() = default;

void RunFileWriter::add(const Metric& metric) {
    attempt([&] {
        check_metric(TargetCounts{*frame_}, metric);
        const MetricShape shape{metric.rows(), metric.repetitions};
        if (!parts_->shapes.emplace(metric.name, shape).second) {
            throw Error{"add the metric " + printable(metric.name), "it stands there already"};
        }
        write_metric(parts_->metrics.get(), metric);
    });
}

void RunFileWriter::finish(std::span<const Reason> reasons,
                           const std::map<std::string, RankTimes>& ranks) {
    HeldTelemetry held{*frame_};
    finish(reasons, ranks, held);
}

void RunFileWriter::finish(std::span<const Reason> reasons,
                           const std::map<std::string, RankTimes>& ranks,
                           TelemetrySource& telemetry) {
    attempt([&] {
        check_reasons(reasons, parts_->shapes);
        check_ranks(ranks, parts_->shapes);
        const hid_t root = parts_->file.get();
        write_own_table(root, "reasons", "reason", with_short_texts(reasons),
                        [](auto visit) { reason_columns(visit); });
        write_ranks(ranks, root);
        write_inventory(*frame_, root, *parts_->axes);
        write_telemetry(telemetry, root, *parts_->axes);
        write_own_table(root, "events", "event", with_short_texts(std::span{frame_->events}),
                        [](auto visit) { event_columns(visit); });
        parts_->axes->node.finish();
        parts_->axes->device.finish();
        parts_->axes.reset();
        parts_->metrics.reset();
        hdf5::close_file(std::move(parts_->file), parts_->replacement.path());
        parts_->replacement.put_in_place();
    });
}

}  // namespace rackproof::run_file
