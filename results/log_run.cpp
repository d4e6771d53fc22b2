#include "results/log_run.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "core/index.hpp"
#include "core/utf8.hpp"
#include "results/csv_entry.hpp"
#include "results/hdf5.hpp"
#include "results/log_text.hpp"

namespace rackproof::logs {
namespace {

/// How bad an outcome is, for several of one cell.
int badness(Outcome outcome) {
    switch (outcome) {
        case Outcome::Completed: return 0;
        case Outcome::Excluded: return 1;
        case Outcome::Skipped: return 2;
        case Outcome::TimedOut: return 3;
        case Outcome::Failed: return 4;
        case Outcome::Lost: return 5;
        case Outcome::WrongAnswer: return 6;
    }
    return 7;
}

struct Lane {  ///< a row of the matrix to be
    Variant variant;
    std::vector<double> values;
    Outcome outcome = Outcome::Completed;
    std::string reason;
};

struct Sheet {  ///< a metric to be
    LogMetric metric;
    Scope scope = Scope::Device;
    std::string file;  ///< that had it first
    std::map<Target, Lane> lanes;
};

class Assembly {
  public:
    Assembly(const std::vector<NamedFacts>& files, const Fleet* fleet)
        : files_{&files}, fleet_{fleet} {
        number_nodes();
        number_devices();
        fill_devices();
        name_skus();
        for (const NamedFacts& file : files) {
            for (const LogReading& reading : file.facts.readings) take(file.file, reading);
            take_events(file.facts);
        }
        if (fleet_ != nullptr) add_absences();
    }

    Run finish() {
        for (const auto& [name, sheet] : sheets_) add_metric(sheet);
        return std::move(run_);
    }

  private:
    template <class Visit>
    void each_place(Visit visit) const {
        for (const NamedFacts& file : *files_) {
            for (const LogReading& reading : file.facts.readings) {
                const LogPlace& place = reading.place;
                for (std::size_t i = 0; i < place.nodes.size(); ++i) {
                    visit(place.nodes[i], i == 0 ? place.device : place.peer_device);
                }
            }
            for (const LogDevice& device : file.facts.devices) visit(device.node, device.index);
        }
    }

    void number_nodes() {
        if (fleet_ != nullptr) {
            for (const FleetNode& wanted : fleet_->nodes) run_.nodes.push_back(wanted.node);
        } else {
            std::set<std::string> names;
            each_place([&](const std::string& node, std::int32_t) { names.insert(node); });
            for (const std::string& name : names) run_.nodes.emplace_back().name = name;
        }
        for (const Node& node : run_.nodes) {
            node_of_name_[node.name] = static_cast<std::int32_t>(node_of_name_.size());
        }
    }

    void number_devices() {
        std::set<std::pair<std::int32_t, std::int32_t>> found;
        each_place([&](const std::string& node, std::int32_t device) {
            if (device >= 0) found.emplace(node_of_name_.at(node), device);
        });
        for (std::size_t node = 0; fleet_ != nullptr && node < fleet_->nodes.size(); ++node) {
            const std::int32_t count = fleet_->nodes[node].devices.value_or(0);
            for (std::int32_t i = 0; i < count; ++i) {
                found.emplace(static_cast<std::int32_t>(node), i);
            }
        }
        for (const auto& key : found) {
            device_of_[key] = static_cast<std::int32_t>(run_.devices.size());
            Device& device = run_.devices.emplace_back();
            device.node = key.first;
            device.index = key.second;
            device.kind = "gpu";
        }
    }

    /// What one file does not know, another may.
    void fill_devices() {
        constexpr std::pair<std::string Device::*, std::string LogDevice::*> kFacts[] = {
            {&Device::model, &LogDevice::model},
            {&Device::uuid, &LogDevice::uuid},
            {&Device::serial, &LogDevice::serial},
            {&Device::pci, &LogDevice::pci},
            {&Device::driver, &LogDevice::driver}};
        for (const NamedFacts& file : *files_) {
            for (const LogDevice& said : file.facts.devices) {
                Device& device =
                    run_.devices[at(device_of_.at({node_of_name_.at(said.node), said.index}))];
                for (const auto& [member, source] : kFacts) {
                    if ((device.*member).empty()) device.*member = valid_utf8(said.*source);
                }
            }
        }
    }

    /// Without a fleet file a node is what its devices are, if that is known of all.
    void name_skus() {
        if (fleet_ != nullptr) return;
        std::map<std::int32_t, std::set<std::string>> models;
        for (const Device& device : run_.devices) models[device.node].insert(device.model);
        const bool all_known =
            models.size() == run_.nodes.size() &&
            std::ranges::all_of(models, [](const auto& entry) {
                return entry.second.size() == 1 && !entry.second.begin()->empty();
            });
        if (!all_known) return;
        for (const auto& [node, model] : models) {
            run_.nodes[at(node)].sku = name_part(*model.begin());
        }
    }

    Target target_of(const LogPlace& place) {
        std::vector<std::int32_t> nodes;
        for (const std::string& name : place.nodes) nodes.push_back(node_of_name_.at(name));
        switch (place.scope) {
            case Scope::Node: return {nodes.front(), -1};
            case Scope::Device: return {device_of_.at({nodes.front(), place.device}), -1};
            case Scope::NodePair: return {std::ranges::min(nodes), std::ranges::max(nodes)};
            case Scope::DevicePair:
                return {device_of_.at({nodes.front(), place.device}),
                        device_of_.at({nodes.back(), place.peer_device})};
            case Scope::Group: break;
        }
        std::ranges::sort(nodes);
        const auto known = std::ranges::find(run_.groups, nodes);
        const auto index = static_cast<std::int32_t>(known - run_.groups.begin());
        if (known == run_.groups.end()) run_.groups.push_back(std::move(nodes));
        return {index, -1};
    }

    [[noreturn]] static void refuse(const std::string& file, const LogReading& reading,
                                    const std::string& problem) {
        throw InputError{{file, reading.line, {}}, in_quotes(reading.metric.name) + " " + problem};
    }

    Sheet& sheet_of(const std::string& file, const LogReading& reading) {
        const auto known = sheets_.find(reading.metric.name);
        if (known == sheets_.end()) {
            const std::string problem = csv::name_problem(reading.metric.name);
            if (!problem.empty() || !hdf5::fits_link(reading.metric.name)) {
                refuse(file, reading, problem.empty() ? "holds '/' or is '.'" : problem);
            }
            return sheets_[reading.metric.name] = {reading.metric, reading.place.scope, file, {}};
        }
        const bool is_same = known->second.scope == reading.place.scope &&
                             known->second.metric.unit == reading.metric.unit &&
                             known->second.metric.better == reading.metric.better;
        if (!is_same) {
            refuse(file, reading,
                   "is measured in " + reading.metric.unit + " on a " +
                       std::string{to_string(reading.place.scope)} + ", and in " +
                       known->second.metric.unit + " on a " +
                       std::string{to_string(known->second.scope)} + " in " + known->second.file +
                       "; expected one of them (import these files apart)");
        }
        return known->second;
    }

    void take(const std::string& file, const LogReading& reading) {
        Sheet& sheet = sheet_of(file, reading);
        const auto [found, is_new] = sheet.lanes.try_emplace(target_of(reading.place));
        Lane& lane = found->second;
        if (is_new) lane.variant = reading.variant;
        if (lane.variant != reading.variant && !reading.values.empty() && !lane.values.empty()) {
            refuse(file, reading,
                   "was measured in another way than before on the same place: " +
                       printable(reading.variant.parameters) + " " +
                       printable(reading.variant.library) + ", and " +
                       printable(lane.variant.parameters) + " " + printable(lane.variant.library) +
                       "; expected one (import these files apart)");
        }
        if (lane.values.empty()) lane.variant = reading.variant;
        lane.values.insert(lane.values.end(), reading.values.begin(), reading.values.end());
        if (badness(reading.outcome) > badness(lane.outcome)) {
            lane.outcome = reading.outcome;
            lane.reason = reading.reason;
        }
    }

    void take_events(const LogFacts& facts) {
        for (const LogEvent& said : facts.events) {
            Event& event = run_.events.emplace_back();
            event.node = node_of_name_.at(said.node);
            const auto device = device_of_.find({event.node, said.device});
            if (device != device_of_.end()) event.device = device->second;
            event.severity = said.severity;
            event.code = said.code;
            event.text = valid_utf8(said.text);
        }
    }

    /// What the fleet lists of a node, in every metric that any of its devices has.
    void add_absences() {
        std::set<std::int32_t> seen;
        for (auto& [name, sheet] : sheets_) {
            std::set<std::int32_t> nodes;
            for (const auto& [target, lane] : sheet.lanes) note_nodes(sheet.scope, target, nodes);
            seen.insert(nodes.begin(), nodes.end());
            if (sheet.scope != Scope::Device) continue;
            for (std::size_t i = 0; i < run_.devices.size(); ++i) {
                if (!nodes.contains(run_.devices[i].node)) continue;
                const auto [lane, is_new] =
                    sheet.lanes.try_emplace(Target{static_cast<std::int32_t>(i), -1});
                if (!is_new) continue;
                lane->second.outcome = Outcome::Skipped;
                lane->second.reason =
                    "the imported files have no number of it, and the fleet file lists its device";
            }
        }
        for (std::size_t i = 0; i < run_.nodes.size(); ++i) {
            if (!seen.contains(static_cast<std::int32_t>(i))) run_.nodes[i].state = "absent";
        }
    }

    void note_nodes(Scope scope, Target target, std::set<std::int32_t>& nodes) const {
        if (scope == Scope::Group) {
            const auto& members = run_.groups[at(target.first)];
            nodes.insert(members.begin(), members.end());
            return;
        }
        for (const std::int32_t index : {target.first, target.second}) {
            if (index < 0) continue;
            const bool of_device = scope == Scope::Device || scope == Scope::DevicePair;
            nodes.insert(of_device ? run_.devices[at(index)].node : index);
        }
    }

    std::int32_t variant_number(const Variant& variant) {
        const auto known = std::ranges::find(run_.variants, variant);
        const auto number = static_cast<std::int32_t>(known - run_.variants.begin());
        if (known == run_.variants.end()) run_.variants.push_back(variant);
        return number;
    }

    void add_metric(const Sheet& sheet) {
        Metric& metric = run_.metrics.emplace_back();
        metric.name = sheet.metric.name;
        metric.suite = sheet.metric.suite;
        metric.scope = sheet.scope;
        metric.unit = sheet.metric.unit;
        metric.better = sheet.metric.better;
        metric.definition = sheet.metric.definition;
        metric.repetitions = 1;
        for (const auto& [target, lane] : sheet.lanes) {
            metric.repetitions = std::max(metric.repetitions, lane.values.size());
        }
        for (const auto& [target, lane] : sheet.lanes) {
            const std::size_t row = metric.add_row(target, 0, lane.outcome);
            std::ranges::copy(lane.values, metric.values.begin() + static_cast<std::ptrdiff_t>(
                                                                       row * metric.repetitions));
            if (!lane.values.empty()) metric.variant[row] = variant_number(lane.variant);
            if (lane.outcome == Outcome::Completed) continue;
            run_.reasons.push_back(
                {metric.name, static_cast<std::int32_t>(row), valid_utf8(lane.reason)});
        }
    }

    const std::vector<NamedFacts>* files_;
    const Fleet* fleet_;
    Run run_;
    std::map<std::string, std::int32_t> node_of_name_;
    std::map<std::pair<std::int32_t, std::int32_t>, std::int32_t> device_of_;
    std::map<std::string, Sheet> sheets_;
};

}  // namespace

Run assemble_run(const std::vector<NamedFacts>& files, const Fleet* fleet) {
    return Assembly{files, fleet}.finish();
}

}  // namespace rackproof::logs
