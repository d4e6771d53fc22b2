#include "results/run_file_reader.hpp"

#include <new>
#include <system_error>
#include <type_traits>
#include <utility>

#include "core/error.hpp"
#include "results/check_run.hpp"
#include "results/labels.hpp"
#include "results/read_metric.hpp"
#include "results/run_columns.hpp"
#include "results/run_source.hpp"
#include "results/stored_telemetry.hpp"

namespace rackproof::run_file {
namespace {

template <class Value>
std::vector<Value> read_values(RunSource& source, hid_t group, const std::string& name,
                               std::optional<std::size_t> rows) {
    if constexpr (std::is_same_v<Value, std::string>) {
        return source.texts(group, name, rows);
    } else {
        return source.column<Value>(group, name, rows);
    }
}

/// The rows of a table: as many as its first column has, and each other column must have.
template <class Row, class Columns>
std::vector<Row> read_table(RunSource& source, hid_t group, Columns columns) {
    std::vector<Row> table;
    std::optional<std::size_t> rows;
    columns([&]<class Value>(const char* name, Value Row::*member) {
        std::vector<Value> values = read_values<Value>(source, group, name, rows);
        rows = values.size();
        table.resize(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) table[i].*member = std::move(values[i]);
    });
    return table;
}

template <class Row, class Columns>
std::vector<Row> read_named_table(RunSource& source, hid_t root, const std::string& name,
                                  Columns columns) {
    const hdf5::Group group = hdf5::open_group(root, name);
    return read_table<Row>(source, group.get(), columns);
}

void require_version(RunSource& source, hid_t root) {
    if (source.text_attribute(root, "format") != kFormatName) {
        throw Error{"read the attribute format",
                    "it is no run file; expected \"" + std::string{kFormatName} + "\""};
    }
    const std::int64_t version = source.integer_attribute(root, "format_version");
    if (version < 1) {
        throw Error{"read the attribute format_version", "expected a number from 1 on"};
    }
    if (version > kFormatVersion) {
        throw Error{"read the attribute format_version",
                    "the file is of format version " + std::to_string(version) +
                        ", and this rackproof reads up to " + std::to_string(kFormatVersion) +
                        "; a newer rackproof is needed"};
    }
}

bool read_complete(RunSource& source, hid_t root) {
    const std::int64_t complete = source.integer_attribute(root, "complete");
    if (complete != 0 && complete != 1) {
        throw Error{"read the attribute complete", "expected 0 or 1"};
    }
    return complete == 1;
}

void read_root(RunSource& source, hid_t root, Run& run) {
    root_texts(
        [&](const char* name, auto member) { run.*member = source.text_attribute(root, name); });
    run.complete = read_complete(source, root);
    run.plan_toml = source.text(root, "plan");
    run.fleet_toml = source.text(root, "fleet");
    const hdf5::Group environment = hdf5::open_group(root, "environment");
    for (const std::string& name : hdf5::attribute_names(environment.get())) {
        run.environment.emplace(name, source.text_attribute(environment.get(), name));
    }
}

std::vector<Node> read_nodes(RunSource& source, hid_t root) {
    const hdf5::Group group = hdf5::open_group(root, "nodes");
    auto nodes = read_table<Node>(source, group.get(), [](auto visit) { node_columns(visit); });
    const std::vector<std::string> labels = source.texts(group.get(), "labels", nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].labels = labels_from_json(labels[i]);
    return nodes;
}

std::vector<Variant> read_variants(RunSource& source, hid_t root) {
    auto variants = read_named_table<Variant>(source, root, "variants",
                                              [](auto visit) { variant_columns(visit); });
    for (const Variant& variant : variants) {
        if (!is_json_object(variant.parameters)) {
            throw Error{"read /variants/parameters", "expected one JSON object in each row"};
        }
    }
    return variants;
}

std::vector<std::vector<std::int32_t>> read_groups(RunSource& source, hid_t root) {
    const hdf5::Group group = hdf5::open_group(root, "groups");
    const auto offset = source.column<std::int32_t>(group.get(), "offset");
    const auto size = source.column<std::int32_t>(group.get(), "size", offset.size());
    const auto members = source.column<std::int32_t>(group.get(), "members");
    std::vector<std::vector<std::int32_t>> groups;
    auto next = members.begin();
    for (std::size_t i = 0; i < offset.size(); ++i) {
        const bool follows = offset[i] == next - members.begin();
        if (!follows || size[i] < 0 || size[i] > members.end() - next) {
            throw Error{"read /groups",
                        "row " + std::to_string(i) +
                            " does not follow the one before within /groups/members"};
        }
        groups.emplace_back(next, next + size[i]);
        next += size[i];
    }
    if (next != members.end()) {
        throw Error{"read /groups/members", "expected each member to be of a group"};
    }
    return groups;
}

std::map<std::string, RankTimes> read_ranks(RunSource& source, hid_t root) {
    const hdf5::Group ranks = hdf5::open_group(root, "ranks");
    std::map<std::string, RankTimes> all;
    for (const std::string& name : hdf5::link_names(ranks.get())) {
        const hdf5::Group group = hdf5::open_group(ranks.get(), name);
        RankTimes& times = all[name];
        rank_columns([&]<class Value>(const char* column, std::vector<Value> RankTimes::*member) {
            times.*member = source.column<Value>(group.get(), column);
        });
    }
    return all;
}

std::vector<InventoryColumn> read_inventory(RunSource& source, hid_t root) {
    const hdf5::Group group = hdf5::open_group(root, "inventory");
    std::vector<InventoryColumn> inventory;
    for (const std::string& key : hdf5::link_names(group.get())) {
        const hdf5::Dataset dataset = hdf5::open_dataset(group.get(), key);
        inventory.push_back({key, read_scope(source, dataset.get()),
                             source.text_attribute(dataset.get(), "source"),
                             source.texts(group.get(), key)});
    }
    return inventory;
}

Telemetry read_telemetry(RunSource& source, hid_t root) {
    const hdf5::Group group = hdf5::open_group(root, "telemetry");
    Telemetry telemetry;
    telemetry.time = source.column<double>(group.get(), "time");
    for (const std::string& name : hdf5::link_names(group.get())) {
        if (name == "time") continue;
        const hdf5::Dataset dataset = hdf5::open_dataset(group.get(), name);
        SensorSeries sensor = read_sensor(source, dataset, name);
        sensor.values =
            source.matrix<float>(group.get(), name, telemetry.time.size(), std::nullopt).values;
        telemetry.sensors.push_back(std::move(sensor));
    }
    return telemetry;
}

/// Everything but the metrics; the telemetry only if it is to be read.
Run read_frame(RunSource& source, hid_t root, RunFileReader::Telemetry telemetry) {
    require_version(source, root);
    Run run;
    read_root(source, root, run);
    run.nodes = read_nodes(source, root);
    run.devices = read_named_table<Device>(source, root, "devices",
                                           [](auto visit) { device_columns(visit); });
    run.groups = read_groups(source, root);
    run.variants = read_variants(source, root);
    run.reasons = read_named_table<Reason>(source, root, "reasons",
                                           [](auto visit) { reason_columns(visit); });
    run.ranks = read_ranks(source, root);
    run.inventory = read_inventory(source, root);
    if (telemetry == RunFileReader::Telemetry::Read) run.telemetry = read_telemetry(source, root);
    run.events =
        read_named_table<Event>(source, root, "events", [](auto visit) { event_columns(visit); });
    return run;
}

/// The size of a plain file. A pipe would never end, and a folder is no file.
std::uint64_t size_of(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        throw Error{"open", error ? error.message() : "it is no plain file; expected a run file"};
    }
    const std::uintmax_t bytes = std::filesystem::file_size(path, error);
    if (error) throw Error{"open", error.message()};
    return bytes;
}

/// What went wrong with the file, as the fault of who handed it over.
template <class Action>
auto attempt(const std::filesystem::path& path, Action action) try {
    return action();
} catch (const Error& error) {
    throw InputError{{path.native(), {}, {}}, error.what(), error.where()};
} catch (const std::bad_alloc&) {
    throw InputError{{path.native(), {}, {}}, "there is not enough memory to read it"};
}

}  // namespace

struct RunFileReader::Parts {
    hdf5::QuietErrors quiet;
    RunSource source;
    hdf5::File file;
    hdf5::Group metrics;

    explicit Parts(const std::filesystem::path& path)
        : source{size_of(path)}, file{hdf5::open_file(path)} {}
};

RunFileReader::RunFileReader(std::filesystem::path path, Telemetry telemetry)
    : path_{std::move(path)} {
    attempt(path_, [this, telemetry] {
        parts_ = std::make_unique<Parts>(path_);
        const hid_t root = parts_->file.get();
        frame_ = read_frame(parts_->source, root, telemetry);
        check_frame(frame_);
        if (telemetry == Telemetry::LeftThere) {
            telemetry_ = std::make_unique<StoredTelemetry>(parts_->source, root, frame_);
        } else {
            telemetry_ = std::make_unique<HeldTelemetry>(frame_);
        }
        counts_.emplace(frame_);
        open_metrics();
    });
}

RunFileReader::RunFileReader(std::filesystem::path path, const TargetCounts& counts)
    : path_{std::move(path)}, counts_{counts} {
    attempt(path_, [this] {
        parts_ = std::make_unique<Parts>(path_);
        open_metrics();
    });
}

void RunFileReader::open_metrics() {
    parts_->metrics = hdf5::open_group(parts_->file.get(), "metrics");
    names_ = hdf5::link_names(parts_->metrics.get());
}

RunFileReader::~RunFileReader() = default;

Metric RunFileReader::metric(const std::string& name) {
    return attempt(path_, [&] {
        Metric metric = read_metric(parts_->source, parts_->metrics.get(), name);
        check_metric(*counts_, metric);
        shapes_[name] = {metric.rows(), metric.repetitions};
        return metric;
    });
}

void RunFileReader::check_references() const {
    attempt(path_, [this] {
        check_reasons(frame_.reasons, shapes_);
        check_ranks(frame_.ranks, shapes_);
    });
}

}  // namespace rackproof::run_file
