#include "analysis/cells.hpp"

#include <algorithm>
#include <cmath>
#include <compare>
#include <iterator>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "analysis/at_fault.hpp"
#include "analysis/row_summary.hpp"
#include "core/amendment.hpp"
#include "core/index.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

template <class Items>
bool has(const Items& items, std::int32_t index) {
    return index >= 0 && static_cast<std::size_t>(index) < items.size();
}

std::int32_t node_of_device(const Run& run, std::int32_t device) {
    return has(run.devices, device) ? run.devices[at(device)].node : -1;
}

std::optional<Place> group_place(const Run& run, std::int32_t group) {
    if (!has(run.groups, group) || run.groups[at(group)].empty()) return std::nullopt;
    const std::vector<std::int32_t>& members = run.groups[at(group)];
    const bool known =
        std::ranges::all_of(members, [&](std::int32_t node) { return has(run.nodes, node); });
    if (!known) return std::nullopt;
    Place place;
    place.group = group;
    if (members.size() == 1) place.node = members[0];
    return place;
}

int badness(Outcome outcome) {
    switch (outcome) {
        case Outcome::Completed: return 0;
        case Outcome::Skipped: return 1;
        case Outcome::Excluded: return 2;
        case Outcome::Failed: return 3;
        case Outcome::TimedOut: return 4;
        case Outcome::Lost: return 5;
        case Outcome::WrongAnswer: return 6;
    }
    return 7;
}

std::vector<std::int32_t> numbered_ways(const std::vector<VariantFacts>& variants) {
    std::map<Variant, std::int32_t> numbers;
    for (const VariantFacts& facts : variants) numbers.emplace(facts.like, 0);
    std::int32_t next = 0;
    for (auto& [like, number] : numbers) number = next++;
    std::vector<std::int32_t> ways;
    ways.reserve(variants.size());
    for (const VariantFacts& facts : variants) ways.push_back(numbers.at(facts.like));
    return ways;
}

}  // namespace

MetricIdentity identity_of(const Metric& metric) {
    return {metric.name, metric.suite, metric.unit, metric.better};
}

bool is_temperature(std::string_view unit) { return unit == symbol(Unit::DegreeCelsius); }

bool broke(Outcome outcome) {
    return outcome == Outcome::Failed || outcome == Outcome::TimedOut || outcome == Outcome::Lost;
}

std::optional<Place> place_of(const Run& run, Scope scope, Target target) {
    if (scope == Scope::Group) return group_place(run, target.first);
    const bool of_devices = scope == Scope::Device || scope == Scope::DevicePair;
    Place place;
    if (of_devices) {
        place.device = target.first;
        place.node = node_of_device(run, target.first);
    } else {
        place.node = target.first;
    }
    if (!has(run.nodes, place.node)) return std::nullopt;
    if (!is_pair(scope)) return place;
    if (of_devices) {
        place.peer_device = target.second;
        place.peer_node = node_of_device(run, target.second);
    } else {
        place.peer_node = target.second;
    }
    if (!has(run.nodes, place.peer_node)) return std::nullopt;
    return place;
}

MetricCells::MetricCells(const Survey& survey, const Metric& metric, std::size_t index)
    : metric_{&metric},
      reasons_{&survey.reasons_of(metric.name)},
      index_{index},
      rows_(metric.rows()) {
    if (rows_.size() > std::numeric_limits<decltype(TargetCell::end)>::max()) {
        throw std::length_error{metric.name + " has more rows than can be counted"};
    }
    std::iota(rows_.begin(), rows_.end(), std::size_t{0});
    const auto in_order = [this](std::size_t a, std::size_t b) { return before(a, b); };
    if (!std::ranges::is_sorted(rows_, in_order)) std::ranges::sort(rows_, in_order);
    cells_.reserve(rows_.size());
    RowSummaries summaries{metric.values, metric.repetitions};
    for (std::size_t begin = 0; begin < rows_.size();) {
        const Target target = metric_->target[rows_[begin]];
        std::size_t end = begin;
        while (end < rows_.size() && metric_->target[rows_[end]] == target) ++end;
        const std::int32_t repair = attempt(rows_[end - 1]) / kAttemptsPerAmendment;
        while (attempt(rows_[begin]) / kAttemptsPerAmendment < repair) ++begin;
        add_cell(survey, summaries, begin, counted_end(survey, begin, end));
        begin = end;
    }
}

/// By target, then attempt; what a file should not hold (one attempt twice) in an order that does
/// not depend on where it stands, the worst ending last, so that it counts.
bool MetricCells::before(std::size_t a, std::size_t b) const {
    if (const auto order = metric_->target[a] <=> metric_->target[b]; order != 0) return order < 0;
    if (attempt(a) != attempt(b)) return attempt(a) < attempt(b);
    if (outcome(a) != outcome(b)) return badness(outcome(a)) < badness(outcome(b));
    if (variant(a) != variant(b)) return variant(a) < variant(b);
    return std::ranges::lexicographical_compare(samples(a), samples(b), [](double x, double y) {
        return std::strong_order(x, y) < 0;  // NaN has a place too
    });
}

/// A group's completed attempt that some of its nodes took no part in stands beside an earlier one
/// that completed, and does not count: a slow node must not vanish with those that it slowed down.
std::size_t MetricCells::counted_end(const Survey& survey, std::size_t begin,
                                     std::size_t end) const {
    if (metric_->scope != Scope::Group) return end;
    const auto is_beside = [&](std::size_t row) {
        return outcome(row) == Outcome::Completed && has(survey.variants, variant(row)) &&
               !survey.variants[at(variant(row))].without.empty();
    };
    std::size_t first = begin;
    while (first < end && outcome(rows_[first]) != Outcome::Completed) ++first;
    while (first + 1 < end && is_beside(rows_[end - 1])) --end;
    return end;
}

void MetricCells::add_cell(const Survey& survey, RowSummaries& summaries, std::size_t begin,
                           std::size_t end) {
    const Target target = metric_->target[rows_[begin]];
    const std::optional<Place> place = place_of(*survey.run, metric_->scope, target);
    if (!place) {
        ++strays_;
        return;
    }
    TargetCell cell;
    cell.place = *place;
    cell.begin = static_cast<std::uint32_t>(begin);
    cell.end = static_cast<std::uint32_t>(end);
    cell.sku = survey.fleet.sku_key(*survey.run, *place);
    cell.variant = variant(rows_[end - 1]);
    if (last_outcome(cell) == Outcome::Completed) {
        const RowSummary summary = summaries.of(rows_[end - 1]);
        cell.value = summary.value;
        cell.error = summary.error;
        cell.scatter = summary.scatter;
    }
    cells_.push_back(cell);
}

std::span<const std::size_t> MetricCells::rows(const TargetCell& cell) const {
    return std::span{rows_}.subspan(cell.begin, cell.end - cell.begin);
}

Outcome MetricCells::outcome(std::size_t row) const {
    return row < metric_->outcome.size() ? metric_->outcome[row] : Outcome::Lost;
}

std::int32_t MetricCells::attempt(std::size_t row) const {
    return row < metric_->attempt.size() ? metric_->attempt[row] : 0;
}

std::int32_t MetricCells::variant(std::size_t row) const {
    return row < metric_->variant.size() ? metric_->variant[row] : -1;
}

Outcome MetricCells::first_outcome(const TargetCell& cell) const {
    return outcome(rows_[cell.begin]);
}

Outcome MetricCells::last_outcome(const TargetCell& cell) const {
    return outcome(rows_[cell.end - 1]);
}

std::string MetricCells::reason(std::size_t row) const {
    constexpr std::size_t kMostBytes = 320;
    const auto found = reasons_->find(row);
    if (found == reasons_->end()) return {};
    return shortened(printable(found->second), kMostBytes);
}

std::span<const double> MetricCells::samples(std::size_t row) const {
    const std::size_t columns = metric_->repetitions;
    const std::size_t held = columns == 0 ? 0 : metric_->values.size() / columns;
    return row < held ? metric_->row(row) : std::span<const double>{};
}

void MetricCells::leave_out(TargetCell& cell, const std::string& why) {
    const auto known = std::ranges::find(whys_, why);
    cell.why_not_peers = static_cast<std::int32_t>(known - whys_.begin());
    if (known == whys_.end()) whys_.push_back(why);
}

const std::string& MetricCells::why_not_peers(const TargetCell& cell) const {
    return whys_[at(cell.why_not_peers)];
}

Survey::Survey(const Run& all_facts) : run{&all_facts}, fleet{all_facts} {
    std::ranges::transform(run->variants, std::back_inserter(variants), variant_facts);
    ways = numbered_ways(variants);
    to_blame = nodes_to_blame(*run);
    for (const Reason& reason : run->reasons) {
        if (reason.row < 0) continue;
        const auto [known, is_new] = reasons[reason.metric].emplace(at(reason.row), reason.text);
        if (!is_new) known->second = std::min(known->second, std::string_view{reason.text});
    }
}

const Survey::Reasons& Survey::reasons_of(std::string_view metric) const {
    static const Reasons kNone;
    const auto found = reasons.find(metric);
    return found == reasons.end() ? kNone : found->second;
}

const VariantFacts* Survey::variant(const TargetCell& cell) const {
    return has(variants, cell.variant) ? &variants[at(cell.variant)] : nullptr;
}

std::int32_t Survey::way(const TargetCell& cell) const {
    return has(ways, cell.variant) ? ways[at(cell.variant)] : -1;
}

}  // namespace rackproof
