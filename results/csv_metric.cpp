#include "results/csv_metric.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/error.hpp"
#include "core/index.hpp"
#include "core/unit_text.hpp"
#include "core/utf8.hpp"

namespace rackproof::csv {
namespace {

constexpr std::uint32_t kNoLane = 0xFFFFFFFFU;

Scope scope_of(const Entry& entry) {
    if (entry.peer.empty()) return entry.device < 0 ? Scope::Node : Scope::Device;
    return entry.device < 0 ? Scope::NodePair : Scope::DevicePair;
}

const char* told(Scope scope) {
    switch (scope) {
        case Scope::Device: return "a device";
        case Scope::Node: return "a node";
        case Scope::DevicePair: return "a pair of devices";
        case Scope::NodePair: return "a pair of nodes";
        case Scope::Group: return "a group";
    }
    return "?";
}

std::uint64_t key(std::uint32_t lane, std::int32_t rep) {
    return (std::uint64_t{lane} << 32U) | static_cast<std::uint32_t>(rep);
}

std::string suite_of(const std::string& metric) { return metric.substr(0, metric.find('.')); }

}  // namespace

ImportedMetric::ImportedMetric(std::string name, MetricDefaults defaults)
    : name_{std::move(name)}, unit_{std::move(defaults.unit)}, better_{defaults.better} {}

std::optional<FieldProblem> ImportedMetric::check_unit(std::string_view text) {
    if (text == unit_text_) return std::nullopt;
    const std::optional<ScaledUnit> known = scaled_unit(text);
    std::string base{text};
    double factor = 1;
    if (known) {
        base = known->base;
        factor = known->factor;
    } else if (const std::string problem = name_problem(text); !problem.empty()) {
        return FieldProblem{Column::Unit, "the unit " + problem};
    }
    if (unit_said_ && base != unit_) {
        return FieldProblem{Column::Unit, "'" + printable(text) + "' is no multiple of '" +
                                              printable(unit_) + "', the unit of '" +
                                              printable(name_) + "' in earlier rows"};
    }
    if (!known) unknown_unit_ = base;
    unit_said_ = true;
    unit_written_ = true;
    unit_ = std::move(base);
    unit_text_ = text;
    factor_ = factor;
    return std::nullopt;
}

/// A row that says no unit is in the one that its metric's name tells, or "1".
std::optional<FieldProblem> ImportedMetric::check_silent_unit() {
    if (unit_written_) {
        return FieldProblem{Column::Unit, "no unit, where earlier rows of '" + printable(name_) +
                                              "' have '" + printable(unit_text_) +
                                              "'; expected one"};
    }
    unit_said_ = true;
    return std::nullopt;
}

std::optional<FieldProblem> ImportedMetric::check(const Entry& entry) {
    const Scope scope = scope_of(entry);
    if (first_scope_ && scope != *first_scope_) {
        return FieldProblem{Column::Device, "'" + printable(name_) + "' is measured on " +
                                                told(*first_scope_) +
                                                " in earlier rows; here it is " + told(scope)};
    }
    if (entry.better && better_said_ && *entry.better != better_) {
        return FieldProblem{Column::Better, "'" + std::string{to_string(*entry.better)} +
                                                "' contradicts earlier rows, where '" +
                                                std::string{to_string(better_)} + "' is better"};
    }
    if (!entry.unit.empty()) {
        if (auto found = check_unit(entry.unit)) return found;
    } else if (!std::isnan(entry.value)) {
        if (auto found = check_silent_unit()) return found;
    }
    if (!std::isfinite(entry.value * factor_) && !std::isnan(entry.value)) {
        return FieldProblem{Column::Value, "the value is too large for a number in " + unit_};
    }
    return std::nullopt;
}

std::uint32_t* ImportedMetric::find_lane(Target target, std::int32_t attempt) {
    if (target.second < 0 && attempt == 0) {
        const std::size_t index = at(target.first);
        if (index >= lane_of_target_.size() || lane_of_target_[index] == kNoLane) return nullptr;
        return &lane_of_target_[index];
    }
    const auto found = other_lanes_.find({target, attempt});
    return found == other_lanes_.end() ? nullptr : &found->second;
}

std::uint32_t ImportedMetric::add_lane(Target target, std::int32_t attempt) {
    const auto lane = static_cast<std::uint32_t>(lanes_.size());
    lanes_.push_back({target, attempt, 0, false, std::nullopt, ""});
    if (target.second < 0 && attempt == 0) {
        const std::size_t index = at(target.first);
        if (index >= lane_of_target_.size()) lane_of_target_.resize(index + 1, kNoLane);
        lane_of_target_[index] = lane;
    } else {
        other_lanes_.emplace(std::tuple{target, attempt}, lane);
    }
    return lane;
}

/// The repetition that the entry is, if no entry was it before.
std::optional<std::int32_t> ImportedMetric::free_repetition(const Lane& lane, std::uint32_t index,
                                                            std::optional<std::int32_t> wanted) {
    const std::int32_t base = *first_rep_;
    const auto is_taken = [&](std::int32_t rep) {
        const bool in_order = rep >= base && rep - base < lane.in_order;
        return in_order || (!out_of_order_.empty() && out_of_order_.contains(key(index, rep)));
    };
    if (wanted) return is_taken(*wanted) ? std::nullopt : wanted;
    std::int32_t next = base + lane.in_order;
    while (is_taken(next)) ++next;
    return next;
}

void ImportedMetric::note_repetition(Lane& lane, std::uint32_t index, std::int32_t rep) {
    if (rep - *first_rep_ == lane.in_order) {
        ++lane.in_order;
    } else {
        out_of_order_.insert(key(index, rep));
    }
}

void ImportedMetric::note_time(const Entry& entry) {
    if (!entry.time && times_.empty()) return;
    times_.resize(samples_.size() - 1, kNoValue);
    times_.push_back(entry.time ? entry.time->seconds : kNoValue);
}

std::optional<FieldProblem> ImportedMetric::take(const Entry& entry, Target target) {
    if (!first_scope_) first_scope_ = scope_ = scope_of(entry);
    if (entry.better) {
        better_ = *entry.better;
        better_said_ = true;
    }
    if (!first_rep_) first_rep_ = entry.rep.value_or(0);
    const std::uint32_t* known = find_lane(target, entry.attempt);
    const std::uint32_t index = known != nullptr ? *known : add_lane(target, entry.attempt);
    Lane& lane = lanes_[index];
    if (entry.outcome && lane.outcome && *entry.outcome != *lane.outcome) {
        return FieldProblem{Column::Outcome, "'" + std::string{to_string(*entry.outcome)} +
                                                 "' contradicts an earlier row, which says '" +
                                                 std::string{to_string(*lane.outcome)} + "'"};
    }
    const auto rep = free_repetition(lane, index, entry.rep);
    if (!rep) {
        return FieldProblem{Column::Rep,
                            "repetition " + std::to_string(*entry.rep) +
                                " of this metric was there before; expected each once"};
    }
    note_repetition(lane, index, *rep);
    if (entry.outcome) lane.outcome = entry.outcome;
    if (lane.reason.empty() && !entry.reason.empty()) lane.reason = valid_utf8(entry.reason);
    lane.has_value = lane.has_value || !std::isnan(entry.value);
    samples_.push_back({index, *rep, entry.value * factor_});
    note_time(entry);
    return std::nullopt;
}

bool ImportedMetric::has(std::int32_t target) const {
    return at(target) < lane_of_target_.size() && lane_of_target_[at(target)] != kNoLane;
}

void ImportedMetric::add_absent(std::int32_t target, const std::string& reason) {
    if (has(target)) return;
    Lane& lane = lanes_[add_lane({target, -1}, 0)];
    lane.outcome = Outcome::Skipped;
    lane.reason = reason;
}

/// The repetitions' numbers, in order: the columns of the matrix.
std::vector<std::int32_t> ImportedMetric::columns() const {
    std::int32_t in_order = 0;
    for (const Lane& lane : lanes_) in_order = std::max(in_order, lane.in_order);
    std::vector<std::int32_t> numbers(at(in_order));
    std::iota(numbers.begin(), numbers.end(), first_rep_.value_or(0));
    for (const std::uint64_t entry : out_of_order_) {
        numbers.push_back(static_cast<std::int32_t>(entry & 0xFFFFFFFFU));
    }
    std::ranges::sort(numbers);
    const auto repeated = std::ranges::unique(numbers);
    numbers.erase(repeated.begin(), repeated.end());
    return numbers;
}

/// The lanes by their targets' numbers, then attempts.
std::vector<std::uint32_t> ImportedMetric::row_order(const std::vector<std::int32_t>& number) {
    for (Lane& lane : lanes_) {
        lane.target.first = number[at(lane.target.first)];
        if (lane.target.second >= 0) lane.target.second = number[at(lane.target.second)];
    }
    std::vector<std::uint32_t> order(lanes_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, [this](std::uint32_t a, std::uint32_t b) {
        return std::tie(lanes_[a].target, lanes_[a].attempt) <
               std::tie(lanes_[b].target, lanes_[b].attempt);
    });
    return order;
}

Metric ImportedMetric::matrix(const std::vector<std::int32_t>& number, double origin_s,
                              std::vector<Reason>& reasons) {
    constexpr std::size_t kMostHoles = 64;  // to one value, in a matrix of more than this size
    constexpr std::size_t kAlwaysFits = std::size_t{1} << 22U;
    const std::vector<std::int32_t> column = columns();
    const std::size_t cells = column.size() * lanes_.size();
    if (cells > kAlwaysFits && cells / kMostHoles > samples_.size()) {
        throw InputError{"the repetitions of '" + printable(name_) + "' have " +
                         std::to_string(column.size()) + " different numbers for " +
                         std::to_string(lanes_.size()) +
                         " targets; expected most targets to have each"};
    }
    Metric metric;
    metric.name = name_;
    metric.suite = suite_of(name_);
    metric.scope = scope_;
    metric.unit = unit_;
    metric.better = better_;
    metric.definition = "imported";
    metric.repetitions = std::max<std::size_t>(1, column.size());
    std::vector<std::size_t> row_of_lane(lanes_.size());
    for (const std::uint32_t index : row_order(number)) {
        const Lane& lane = lanes_[index];
        const Outcome outcome =
            lane.outcome.value_or(lane.has_value ? Outcome::Completed : Outcome::Skipped);
        row_of_lane[index] = metric.add_row(lane.target, lane.attempt, outcome);
        if (outcome == Outcome::Completed) continue;
        reasons.push_back({name_, static_cast<std::int32_t>(row_of_lane[index]),
                           lane.reason.empty() ? "the imported rows hold no value" : lane.reason});
    }
    if (!times_.empty()) metric.time.assign(metric.values.size(), kNoValue);
    const bool dense = column.empty() || at(column.back() - column.front()) + 1 == column.size();
    for (std::size_t i = 0; i < samples_.size(); ++i) {
        const Sample& sample = samples_[i];
        const auto place = dense ? sample.rep - column.front()
                                 : std::ranges::lower_bound(column, sample.rep) - column.begin();
        const std::size_t cell =
            row_of_lane[sample.lane] * metric.repetitions + static_cast<std::size_t>(place);
        metric.values[cell] = sample.value;
        if (i < times_.size()) metric.time[cell] = times_[i] - origin_s;
    }
    samples_ = {};
    times_ = {};
    return metric;
}

}  // namespace rackproof::csv
