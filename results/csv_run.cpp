#include "results/csv_run.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/index.hpp"
#include "core/utf8.hpp"
#include "results/hdf5.hpp"
#include "results/utc_time.hpp"

namespace rackproof::csv {
namespace {

struct Fact {
    Column column;
    std::string Node::*member;
    std::string_view name;
    std::string_view unsaid;  ///< what stands where nobody said it
};

constexpr std::array<Fact, 5> kFacts = {{{Column::Rack, &Node::rack, "rack", "-"},
                                         {Column::NodeRow, &Node::row, "row", "-"},
                                         {Column::Slot, &Node::slot, "slot", "-"},
                                         {Column::Sku, &Node::sku, "sku", "unknown"},
                                         {Column::Vendor, &Node::vendor, "vendor", "unknown"}}};

}  // namespace

ImportedRun::ImportedRun(const MetricLookup& lookup, const Fleet* fleet)
    : lookup_{&lookup}, fleet_{fleet} {
    if (fleet_ == nullptr) return;
    for (const FleetNode& wanted : fleet_->nodes) {
        NodeEntry& entry = nodes_[at(add_node(wanted.node.name))];
        entry.node = wanted.node;
        for (const Fact& fact : kFacts) {
            if (entry.node.*fact.member == fact.unsaid) (entry.node.*fact.member).clear();
        }
    }
}

ImportedRun::NodeEntry* ImportedRun::find_node(std::string_view name) {
    if (at(last_node_) < nodes_.size() && nodes_[at(last_node_)].node.name == name) {
        return &nodes_[at(last_node_)];
    }
    const auto found = node_of_name_.find(name);
    if (found == node_of_name_.end()) return nullptr;
    last_node_ = found->second;
    return &nodes_[at(last_node_)];
}

std::int32_t ImportedRun::add_node(std::string_view name) {
    const auto number = static_cast<std::int32_t>(nodes_.size());
    NodeEntry& entry = nodes_.emplace_back();
    entry.node.name = name;
    for (const Fact& fact : kFacts) (entry.node.*fact.member).clear();
    node_of_name_.emplace(entry.node.name, number);
    return number;
}

std::int32_t ImportedRun::node_number(std::string_view name) {
    if (find_node(name) != nullptr) return last_node_;
    last_node_ = add_node(name);
    return last_node_;
}

std::int32_t ImportedRun::device_number(std::int32_t node, std::int32_t index) {
    auto& devices = nodes_[at(node)].devices;
    for (const auto& [known, number] : devices) {
        if (known == index) return number;
    }
    const auto number = static_cast<std::int32_t>(devices_.size());
    devices.emplace_back(index, number);
    devices_.push_back({node, index});
    return number;
}

std::optional<FieldProblem> ImportedRun::check_node(std::string_view name) const {
    if (const std::string problem = name_problem(name); !problem.empty()) {
        return FieldProblem{Column::Node, "the node's name " + problem};
    }
    if (fleet_ == nullptr) return std::nullopt;
    return FieldProblem{Column::Node, "the fleet file names no node '" + printable(name) +
                                          "'; expected one of "
                                          "its " +
                                          std::to_string(fleet_->nodes.size())};
}

std::optional<FieldProblem> ImportedRun::check_facts(const Columns& columns, const Row& row,
                                                     const NodeEntry* known) const {
    for (const Fact& fact : kFacts) {
        const std::string_view said = columns.text(row, fact.column);
        if (said.empty()) continue;
        const std::string* before = known == nullptr ? nullptr : &(known->node.*fact.member);
        if (before != nullptr && *before == said) continue;
        if (const std::string problem = name_problem(said); !problem.empty()) {
            return FieldProblem{fact.column, "the " + std::string{fact.name} + " " + problem};
        }
        if (before == nullptr || before->empty()) continue;
        return FieldProblem{fact.column, "the " + std::string{fact.name} + " of node '" +
                                             printable(known->node.name) + "' is '" +
                                             printable(said) + "' here and '" + printable(*before) +
                                             "' before; expected one"};
    }
    return std::nullopt;
}

void ImportedRun::take_facts(const Columns& columns, const Row& row, NodeEntry& entry) {
    for (const Fact& fact : kFacts) {
        std::string& kept = entry.node.*fact.member;
        if (kept.empty()) kept = columns.text(row, fact.column);
    }
    if (!columns.labels().empty()) take_labels(columns, row, entry);
    entry.has_rows = true;
}

void ImportedRun::take_labels(const Columns& columns, const Row& row, NodeEntry& entry) {
    constexpr std::size_t kMostBytes = 255;
    for (const Columns::Label& label : columns.labels()) {
        const auto known = std::ranges::find(label_names_, label.name);
        const auto index = static_cast<std::size_t>(known - label_names_.begin());
        if (known == label_names_.end()) {
            label_names_.push_back(label.name);
            label_differs_.push_back(false);
        }
        const std::string_view said = row.fields[label.field];
        if (said.empty() || label_differs_[index]) continue;
        if (entry.labels.size() <= index) entry.labels.resize(label_names_.size());
        std::string& kept = entry.labels[index];
        if (kept.empty()) kept = shortened(valid_utf8(said), kMostBytes);
        if (kept != said && kept != shortened(valid_utf8(said), kMostBytes)) {
            label_differs_[index] = true;
        }
    }
}

ImportedMetric* ImportedRun::find_metric(std::string_view name) {
    if (last_metric_ < metrics_.size() && metrics_[last_metric_].name() == name) {
        return &metrics_[last_metric_];
    }
    const auto found = metric_of_name_.find(name);
    if (found == metric_of_name_.end()) return nullptr;
    last_metric_ = found->second;
    return &metrics_[last_metric_];
}

ImportedMetric& ImportedRun::add_metric(std::string_view name) {
    ImportedMetric& metric =
        metrics_.emplace_back(std::string{name}, (*lookup_)(name).value_or(MetricDefaults{}));
    last_metric_ = metrics_.size() - 1;
    metric_of_name_.emplace(metric.name(), last_metric_);
    return metric;
}

std::optional<FieldProblem> ImportedRun::check_time(const Entry& entry) const {
    if (!entry.time || !times_are_absolute_ || entry.time->absolute == *times_are_absolute_) {
        return std::nullopt;
    }
    return FieldProblem{Column::Time, *times_are_absolute_
                                          ? "seconds, where earlier rows have a date and time"
                                          : "a date and time, where earlier rows have seconds"};
}

void ImportedRun::take_time(const Entry& entry) {
    if (!entry.time) return;
    if (!times_are_absolute_) {
        times_are_absolute_ = entry.time->absolute;
        earliest_s_ = latest_s_ = entry.time->seconds;
    }
    earliest_s_ = std::min(earliest_s_, entry.time->seconds);
    latest_s_ = std::max(latest_s_, entry.time->seconds);
}

std::optional<FieldProblem> ImportedRun::take(const Columns& columns, const Row& row,
                                              const Entry& entry) {
    NodeEntry* node = find_node(entry.node);
    if (node == nullptr) {
        if (auto found = check_node(entry.node)) return found;
    }
    if (auto found = check_facts(columns, row, node)) return found;
    if (!entry.peer.empty() && !node_of_name_.contains(entry.peer)) {
        if (auto found = check_node(entry.peer)) return FieldProblem{Column::Peer, found->text};
    }
    if (auto found = check_time(entry)) return found;
    ImportedMetric* metric = find_metric(entry.metric);
    if (metric == nullptr) {
        const std::string problem = name_problem(entry.metric);
        if (!problem.empty() || !hdf5::fits_link(entry.metric)) {
            return FieldProblem{
                Column::Metric,
                "the metric's name " + (problem.empty() ? "holds '/' or is '.'" : problem)};
        }
        metric = &add_metric(entry.metric);
    }
    if (auto found = metric->check(entry)) return found;

    const std::int32_t number = node_number(entry.node);
    Target target{entry.device < 0 ? number : device_number(number, entry.device), -1};
    if (!entry.peer.empty()) {
        const std::int32_t peer = node_number(entry.peer);
        nodes_[at(peer)].has_rows = true;
        target.second = entry.peer_device < 0 ? peer : device_number(peer, entry.peer_device);
    }
    take_facts(columns, row, nodes_[at(number)]);
    if (auto found = metric->take(entry, target)) return found;
    take_time(entry);
    return std::nullopt;
}

void ImportedRun::note_node(std::string_view name) {
    if (name.empty() || fleet_ != nullptr || !name_problem(name).empty()) return;
    static_cast<void>(node_number(name));
}

void ImportedRun::set_times(Run& run) const {
    run.started = started_;
    if (!knows_its_start()) return;
    run.started = utc_text(earliest_s_);
    run.finished = utc_text(std::ceil(latest_s_));
}

void ImportedRun::number_nodes(Run& run) {
    std::vector<std::int32_t> order(nodes_.size());
    std::iota(order.begin(), order.end(), 0);
    if (fleet_ == nullptr) {
        std::ranges::sort(order, {}, [this](std::int32_t i) -> const std::string& {
            return nodes_[at(i)].node.name;
        });
    }
    number_of_node_.resize(nodes_.size());
    for (const std::int32_t i : order) {
        number_of_node_[at(i)] = static_cast<std::int32_t>(run.nodes.size());
        NodeEntry& entry = nodes_[at(i)];
        Node& node = run.nodes.emplace_back(entry.node);
        for (const Fact& fact : kFacts) {
            if ((node.*fact.member).empty()) node.*fact.member = fact.unsaid;
        }
        for (std::size_t label = 0; label < entry.labels.size(); ++label) {
            const bool kept = !label_differs_[label] && !entry.labels[label].empty();
            if (kept) node.labels[label_names_[label]] = entry.labels[label];
        }
        if (!entry.has_rows) node.state = "absent";
    }
}

void ImportedRun::number_devices(Run& run) {
    std::vector<std::int32_t> order(devices_.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, {}, [this](std::int32_t i) {
        return std::pair{number_of_node_[at(devices_[at(i)].node)], devices_[at(i)].index};
    });
    number_of_device_.resize(devices_.size());
    for (const std::int32_t i : order) {
        number_of_device_[at(i)] = static_cast<std::int32_t>(run.devices.size());
        Device& device = run.devices.emplace_back();
        device.node = number_of_node_[at(devices_[at(i)].node)];
        device.index = devices_[at(i)].index;
        device.kind = "unknown";
    }
}

Run ImportedRun::frame() {
    Run run;
    run.plan_name = "imported";
    run.launcher = "import";
    if (fleet_ != nullptr) run.fleet_toml = fleet_->text;
    run.variants.emplace_back();
    set_times(run);
    if (knows_its_start()) origin_s_ = std::floor(earliest_s_);
    number_nodes(run);
    number_devices(run);
    return run;
}

Metric ImportedRun::metric(std::size_t index, std::vector<Reason>& reasons) {
    const Scope scope = metrics_[index].scope();
    const bool of_devices = scope == Scope::Device || scope == Scope::DevicePair;
    Metric metric = metrics_[index].matrix(of_devices ? number_of_device_ : number_of_node_,
                                           origin_s_, reasons);
    for (std::size_t row = 0; row < metric.rows(); ++row) {
        const bool measured = metric.outcome[row] == Outcome::Completed ||
                              metric.outcome[row] == Outcome::WrongAnswer;
        if (measured) metric.variant[row] = 0;
    }
    return metric;
}

std::vector<std::string> ImportedRun::remarks() const {
    std::vector<std::string> remarks;
    for (const ImportedMetric& metric : metrics_) {
        if (metric.unknown_unit().empty()) continue;
        remarks.push_back("the unit '" + printable(metric.unknown_unit()) + "' of '" +
                          printable(metric.name()) + "' is not known and kept as it is");
    }
    for (std::size_t i = 0; i < label_names_.size(); ++i) {
        if (!label_differs_[i]) continue;
        remarks.push_back("the column '" + printable(label_names_[i]) +
                          "' differs within a node and is kept as no label");
    }
    return remarks;
}

}  // namespace rackproof::csv
