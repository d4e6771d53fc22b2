#include "results/amend.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/amendment.hpp"
#include "core/error.hpp"
#include "core/index.hpp"
#include "core/utf8.hpp"
#include "results/utc_time.hpp"

namespace rackproof {
namespace {

std::int32_t next_amendment(const Run& run) {
    std::int32_t last = 0;
    for (const Metric& metric : run.metrics) {
        for (const std::int32_t attempt : metric.attempt) {
            last = std::max(last, attempt / kAttemptsPerAmendment);
        }
    }
    return last + 1;
}

/// A matrix of `rows` rows with more columns, NaN in the new ones.
void widen(std::vector<double>& matrix, std::size_t rows, std::size_t from, std::size_t to) {
    if (matrix.empty() || from == to) return;
    std::vector<double> wide(rows * to, kNoValue);
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t i = 0; i < from; ++i) wide[row * to + i] = matrix[row * from + i];
    }
    matrix = std::move(wide);
}

class Amender {
  public:
    Amender(Run base, const Run& again)
        : run_{std::move(base)}, again_{&again}, number_{next_amendment(run_)} {
        const auto began = parse_utc(run_.started);
        const auto resumed = parse_utc(again.started);
        if (began && resumed) shift_s_ = *resumed - *began;
        map_nodes();
        map_devices();
    }

    Run finish(const std::string& where) {
        std::vector<std::size_t> cells(run_.nodes.size());
        for (const Metric& metric : again_->metrics) add(metric, cells);
        add_facts();
        for (const Event& event : again_->events) add(event);
        std::size_t all = 0;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            all += cells[i];
            if (cells[i] > 0) tell(static_cast<std::int32_t>(i), cells[i], where);
        }
        if (all == 0) {
            throw InputError{
                "nothing was measured again; expected at least one cell of the plan on "
                "the node alone"};
        }
        run_.complete = run_.complete && again_->complete;
        run_.finished = again_->finished;
        run_.environment["amendments"] = std::to_string(number_);
        return std::move(run_);
    }

  private:
    void map_nodes() {
        for (const Node& node : again_->nodes) {
            const auto found = std::ranges::find(run_.nodes, node.name, &Node::name);
            if (found == run_.nodes.end()) {
                throw InputError{"the run to be amended has no node '" + printable(node.name) +
                                 "'; expected one of its " + std::to_string(run_.nodes.size())};
            }
            node_.push_back(static_cast<std::int32_t>(found - run_.nodes.begin()));
        }
    }

    void map_devices() {
        for (const Device& device : again_->devices) {
            const std::int32_t node = node_[at(device.node)];
            const auto found = std::ranges::find_if(run_.devices, [&](const Device& known) {
                return known.node == node && known.index == device.index;
            });
            device_.push_back(static_cast<std::int32_t>(found - run_.devices.begin()));
            Device here = device;
            here.node = node;
            if (found == run_.devices.end()) {
                run_.devices.push_back(std::move(here));
            } else if (!(*found == here)) {
                note(node, device_.back(), "run.amended.device",
                     "was " + identity(*found) + " before the repair, and is " + identity(here));
                *found = std::move(here);
            }
        }
        for (InventoryColumn& column : run_.inventory) {
            if (column.scope == Scope::Device) column.values.resize(run_.devices.size());
        }
        for (SensorSeries& sensor : run_.telemetry.sensors) widen_sensor(sensor);
    }

    static std::string identity(const Device& device) {
        return printable(device.model + " serial '" + device.serial + "' uuid '" + device.uuid +
                         "' vbios '" + device.vbios + "' driver '" + device.driver + "'");
    }

    /// New devices have no readings.
    void widen_sensor(SensorSeries& sensor) {
        const std::size_t times = run_.telemetry.time.size();
        if (sensor.scope != Scope::Device || times == 0) return;
        const std::size_t before = sensor.values.size() / times;
        const std::size_t after = run_.devices.size();
        std::vector<float> wide(times * after, std::nanf(""));
        for (std::size_t time = 0; time < times; ++time) {
            for (std::size_t i = 0; i < before; ++i) {
                wide[time * after + i] = sensor.values[time * before + i];
            }
        }
        sensor.values = std::move(wide);
    }

    Target mapped(const Metric& metric, Target target) const {
        switch (metric.scope) {
            case Scope::Node: return {node_[at(target.first)], -1};
            case Scope::Device: return {device_[at(target.first)], -1};
            case Scope::DevicePair: return {device_[at(target.first)], device_[at(target.second)]};
            case Scope::NodePair:
            case Scope::Group: break;
        }
        throw InputError{"'" + printable(metric.name) +
                         "' is of several nodes, and a repair is measured on a node alone"};
    }

    Metric& metric_like(const Metric& metric) {
        const auto found = std::ranges::find(run_.metrics, metric.name, &Metric::name);
        const bool is_same = found != run_.metrics.end() && found->scope == metric.scope &&
                             found->unit == metric.unit && found->better == metric.better;
        if (is_same) return *found;
        throw InputError{"the run to be amended has no metric '" + printable(metric.name) +
                         "' of this unit and scope"};
    }

    std::int32_t variant_of(std::int32_t variant) {
        if (variant < 0) return variant;
        const Variant& wanted = again_->variants[at(variant)];
        const auto known = std::ranges::find(run_.variants, wanted);
        const auto number = static_cast<std::int32_t>(known - run_.variants.begin());
        if (known == run_.variants.end()) run_.variants.push_back(wanted);
        return number;
    }

    void add(const Metric& metric, std::vector<std::size_t>& cells) {
        if (metric.rows() == 0) return;
        Metric& into = metric_like(metric);
        const std::size_t columns = std::max(into.repetitions, metric.repetitions);
        widen(into.values, into.rows(), into.repetitions, columns);
        widen(into.time, into.rows(), into.repetitions, columns);
        const bool has_times = !into.time.empty() || (!metric.time.empty() && shift_s_);
        if (has_times) into.time.resize(into.rows() * columns, kNoValue);
        into.repetitions = columns;
        const auto first_row = static_cast<std::int32_t>(into.rows());
        for (std::size_t row = 0; row < metric.rows(); ++row) {
            if (metric.attempt[row] >= kAttemptsPerAmendment) {
                throw InputError{"the repeated run is itself amended; expected a run of its own"};
            }
            const Target target = mapped(metric, metric.target[row]);
            const std::size_t added = into.add_row(
                target, number_ * kAttemptsPerAmendment + metric.attempt[row], metric.outcome[row]);
            into.variant[added] = variant_of(metric.variant[row]);
            if (has_times) into.time.resize(into.rows() * columns, kNoValue);
            for (std::size_t i = 0; i < metric.repetitions; ++i) {
                into.values[added * columns + i] = metric.values[row * metric.repetitions + i];
                if (metric.time.empty() || !shift_s_) continue;
                into.time[added * columns + i] =
                    metric.time[row * metric.repetitions + i] + *shift_s_;
            }
            const std::int32_t node =
                metric.scope == Scope::Node ? target.first : run_.devices[at(target.first)].node;
            if (metric.attempt[row] == 0) ++cells[at(node)];
        }
        for (const Reason& reason : again_->reasons) {
            if (reason.metric != metric.name) continue;
            run_.reasons.push_back({reason.metric, first_row + reason.row, reason.text});
        }
        add_ranks(metric.name, first_row);
    }

    void add_ranks(const std::string& metric, std::int32_t first_row) {
        const auto found = again_->ranks.find(metric);
        if (found == again_->ranks.end() || !shift_s_) return;
        const RankTimes& times = found->second;
        RankTimes& into = run_.ranks[metric];
        for (std::size_t i = 0; i < times.cell.size(); ++i) {
            into.cell.push_back(first_row + times.cell[i]);
            into.rank.push_back(times.rank[i]);
            into.repetition.push_back(times.repetition[i]);
            into.entry.push_back(times.entry[i] + *shift_s_);
            into.exit.push_back(times.exit[i] + *shift_s_);
            into.clock_error.push_back(times.clock_error[i]);
        }
    }

    /// What the inventory says now; an event keeps what it said before.
    void add_facts() {
        for (const InventoryColumn& column : again_->inventory) {
            if (column.scope != Scope::Node && column.scope != Scope::Device) continue;
            const bool of_nodes = column.scope == Scope::Node;
            const std::vector<std::int32_t>& map = of_nodes ? node_ : device_;
            for (std::size_t i = 0; i < column.values.size() && i < map.size(); ++i) {
                std::string& value = fact(column, map[i]);
                if (value == column.values[i]) continue;
                if (!value.empty()) {
                    const std::int32_t node = of_nodes ? map[i] : run_.devices[at(map[i])].node;
                    note(node, of_nodes ? -1 : map[i], "run.amended.fact",
                         column.key + " was '" + value + "' before the repair");
                }
                value = column.values[i];
            }
        }
    }

    std::string& fact(const InventoryColumn& column, std::int32_t target) {
        const std::size_t size =
            column.scope == Scope::Node ? run_.nodes.size() : run_.devices.size();
        auto found = std::ranges::find_if(run_.inventory, [&](const InventoryColumn& known) {
            return known.key == column.key && known.scope == column.scope;
        });
        if (found == run_.inventory.end()) {
            run_.inventory.push_back(
                {column.key, column.scope, column.source, std::vector<std::string>(size)});
            found = run_.inventory.end() - 1;
        }
        return found->values[at(target)];
    }

    void add(Event event) {
        event.time += shift_s_.value_or(0);
        if (event.node >= 0) event.node = node_[at(event.node)];
        if (event.device >= 0) event.device = device_[at(event.device)];
        run_.events.push_back(std::move(event));
    }

    void note(std::int32_t node, std::int32_t device, const std::string& code, std::string text) {
        Event& event = run_.events.emplace_back();
        event.time = shift_s_.value_or(0);
        event.node = node;
        event.device = device;
        event.code = code;
        event.text = std::move(text);
    }

    void tell(std::int32_t node, std::size_t cells, const std::string& where) {
        note(node, -1, std::string{kAmendedCode},
             run_.nodes[at(node)].name + ": " + std::to_string(cells) +
                 " cells were measured again from " + again_->started + " on, after a repair " +
                 "(amendment " + std::to_string(number_) + ", run " + again_->run_id + " in " +
                 where + "); what was measured before is kept and no longer judged");
    }

    Run run_;
    const Run* again_;
    std::int32_t number_;
    std::optional<double> shift_s_;     ///< from the first run's start to the second's
    std::vector<std::int32_t> node_;    ///< by node of the second run
    std::vector<std::int32_t> device_;  ///< likewise
};

}  // namespace

Run amended(Run base, const Run& again, const std::string& where) {
    return Amender{std::move(base), again}.finish(printable(where));
}

}  // namespace rackproof
