#include "results/merge_metric.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "core/index.hpp"
#include "core/utf8.hpp"

namespace rackproof::merging {
namespace {

/// In what two metrics of one name differ; empty if they may be joined.
std::string difference(const Metric& mine, const Metric& before) {
    const auto said = [](std::string_view what, std::string_view a, std::string_view b) {
        constexpr std::size_t kMostBytes = 100;
        return std::string{what} + " '" + shortened(printable(a), kMostBytes) + "' instead of '" +
               shortened(printable(b), kMostBytes) + "'";
    };
    if (mine.unit != before.unit) return said("the unit", mine.unit, before.unit);
    if (mine.scope != before.scope) {
        return said("the scope", to_string(mine.scope), to_string(before.scope));
    }
    if (mine.better != before.better) {
        return said("the better side", to_string(mine.better), to_string(before.better));
    }
    if (mine.suite != before.suite) return said("the suite", mine.suite, before.suite);
    if (mine.parameters != before.parameters) {
        return said("the parameters", mine.parameters, before.parameters);
    }
    if (mine.definition != before.definition) {
        return said("the definition", mine.definition, before.definition);
    }
    return "";
}

template <class Value>
void append(std::vector<Value>& whole, const std::vector<Value>& own) {
    whole.insert(whole.end(), own.begin(), own.end());
}

}  // namespace

void MetricJoin::add(std::size_t input, Metric metric) {
    if (!parts_.empty()) {
        const std::string differs = difference(metric, parts_.front().metric);
        if (!differs.empty()) {
            throw InputError{{(*inputs_)[input].path.string(), {}, {}},
                             "'" + printable(metric.name) + "' has " + differs + " in " +
                                 (*inputs_)[parts_.front().input].path.string()};
        }
    }
    parts_.push_back({input, std::move(metric)});
}

Target MetricJoin::target_in_whole(const Part& part, std::size_t row) const {
    const Input& input = (*inputs_)[part.input];
    const Scope scope = part.metric.scope;
    const std::vector<std::int32_t>& place = scope == Scope::Group ? input.group
                                             : scope == Scope::Node || scope == Scope::NodePair
                                                 ? input.node
                                                 : input.device;
    Target target = part.metric.target[row];
    target.first = place[at(target.first)];
    if (is_pair(scope)) target.second = place[at(target.second)];
    return target;
}

std::vector<MetricJoin::RowAt> MetricJoin::ordered_rows() const {
    std::vector<RowAt> rows;
    for (std::size_t part = 0; part < parts_.size(); ++part) {
        const Metric& metric = parts_[part].metric;
        for (std::size_t row = 0; row < metric.rows(); ++row) {
            rows.push_back({target_in_whole(parts_[part], row), metric.attempt[row], part, row});
        }
    }
    std::ranges::stable_sort(rows, {}, [](const RowAt& row) {
        return std::tuple{row.target, row.attempt};
    });
    return rows;
}

void MetricJoin::copy_row(const RowAt& from, Metric& whole, std::size_t row) const {
    const Part& part = parts_[from.part];
    const Metric& own = part.metric;
    const Input& input = (*inputs_)[part.input];
    std::ranges::copy(own.row(from.row),
                      whole.values.begin() + static_cast<std::ptrdiff_t>(row * whole.repetitions));
    for (std::size_t i = 0; i < own.repetitions && !own.time.empty(); ++i) {
        whole.time[row * whole.repetitions + i] =
            own.time[from.row * own.repetitions + i] + input.shift_s;
    }
    const std::int32_t variant = own.variant[from.row];
    whole.variant[row] = variant < 0 ? -1 : input.variant[at(variant)];
}

Metric MetricJoin::join(std::vector<Reason>& reasons,
                        std::map<std::string, RankTimes>& ranks) const {
    const Metric& first = parts_.front().metric;
    Metric whole;
    whole.name = first.name;
    whole.suite = first.suite;
    whole.scope = first.scope;
    whole.unit = first.unit;
    whole.better = first.better;
    whole.parameters = first.parameters;
    whole.definition = first.definition;
    bool timed = false;
    std::vector<std::vector<std::int32_t>> row_in_whole;
    for (const Part& part : parts_) {
        whole.repetitions = std::max(whole.repetitions, part.metric.repetitions);
        timed = timed || !part.metric.time.empty();
        row_in_whole.emplace_back(part.metric.rows(), -1);
    }
    const std::vector<RowAt> rows = ordered_rows();
    whole.values.reserve(rows.size() * whole.repetitions);
    for (const RowAt& from : rows) {
        const Outcome outcome = parts_[from.part].metric.outcome[from.row];
        const std::size_t row = whole.add_row(from.target, from.attempt, outcome);
        row_in_whole[from.part][from.row] = static_cast<std::int32_t>(row);
    }
    if (timed) whole.time.assign(whole.values.size(), kNoValue);
    for (std::size_t row = 0; row < rows.size(); ++row) copy_row(rows[row], whole, row);
    add_reasons(row_in_whole, reasons);
    add_ranks(row_in_whole, ranks);
    return whole;
}

void MetricJoin::add_reasons(const std::vector<std::vector<std::int32_t>>& row_in_whole,
                             std::vector<Reason>& reasons) const {
    const std::string& name = parts_.front().metric.name;
    const auto first = static_cast<std::ptrdiff_t>(reasons.size());
    for (std::size_t part = 0; part < parts_.size(); ++part) {
        const Input& input = (*inputs_)[parts_[part].input];
        const auto own = input.reasons.find(name);
        if (own == input.reasons.end()) continue;
        for (const auto& [row, text] : own->second) {
            if (at(row) >= row_in_whole[part].size()) {
                throw InputError{{input.path.string(), {}, {}},
                                 "a reason points to row " + std::to_string(row) + " of '" +
                                     printable(name) + "', which has fewer"};
            }
            reasons.push_back({name, row_in_whole[part][at(row)], text});
        }
    }
    std::ranges::stable_sort(reasons.begin() + first, reasons.end(), {}, &Reason::row);
}

void MetricJoin::add_ranks(const std::vector<std::vector<std::int32_t>>& row_in_whole,
                           std::map<std::string, RankTimes>& ranks) const {
    const std::string& name = parts_.front().metric.name;
    for (std::size_t part = 0; part < parts_.size(); ++part) {
        const Input& input = (*inputs_)[parts_[part].input];
        const auto own = input.frame.ranks.find(name);
        if (own == input.frame.ranks.end()) continue;
        const RankTimes& times = own->second;
        RankTimes& whole = ranks[name];
        for (std::size_t i = 0; i < times.cell.size(); ++i) {
            const std::size_t cell = at(times.cell[i]);
            if (cell >= row_in_whole[part].size()) {
                throw InputError{{input.path.string(), {}, {}},
                                 "a rank's time points to row " + std::to_string(cell) + " of '" +
                                     printable(name) + "', which has fewer"};
            }
            whole.cell.push_back(row_in_whole[part][cell]);
            whole.entry.push_back(times.entry[i] + input.shift_s);
            whole.exit.push_back(times.exit[i] + input.shift_s);
        }
        append(whole.rank, times.rank);
        append(whole.repetition, times.repetition);
        append(whole.clock_error, times.clock_error);
    }
}

}  // namespace rackproof::merging
