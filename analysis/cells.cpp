#include "analysis/cells.hpp"

#include <algorithm>
#include <cmath>
#include <compare>
#include <iterator>
#include <numeric>

#include "analysis/robust.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

template <class Items>
bool has(const Items& items, std::int32_t index) {
    return index >= 0 && static_cast<std::size_t>(index) < items.size();
}

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

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
    for (const VariantFacts& facts : variants) ways.push_back(numbers.at(facts.like));
    return ways;
}

}  // namespace

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

std::string sku_of(const Run& run, const Place& place) {
    if (place.group >= 0) return run.nodes[at(run.groups[at(place.group)][0])].sku;
    const std::string& first = run.nodes[at(place.node)].sku;
    if (place.peer_node < 0) return first;
    const std::string& second = run.nodes[at(place.peer_node)].sku;
    return first == second ? first : std::min(first, second) + " with " + std::max(first, second);
}

MetricCells::MetricCells(const Run& run, std::size_t metric_index, Reasons reasons)
    : metric_{&run.metrics[metric_index]},
      index_{metric_index},
      rows_(metric_->rows()),
      reasons_{std::move(reasons)} {
    std::iota(rows_.begin(), rows_.end(), std::size_t{0});
    std::ranges::sort(rows_, [this](std::size_t a, std::size_t b) { return before(a, b); });
    for (std::size_t begin = 0; begin < rows_.size();) {
        const Target target = metric_->target[rows_[begin]];
        std::size_t end = begin;
        while (end < rows_.size() && metric_->target[rows_[end]] == target) ++end;
        add_cell(run, begin, end);
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
    return std::ranges::lexicographical_compare(samples(a), samples(b));
}

void MetricCells::add_cell(const Run& run, std::size_t begin, std::size_t end) {
    const std::optional<Place> place = place_of(run, metric_->scope, metric_->target[rows_[begin]]);
    if (!place) {
        ++strays_;
        return;
    }
    TargetCell cell{*place, begin, end, {}, {}, variant(rows_[end - 1]), {}};
    if (last_outcome(cell) == Outcome::Completed) {
        const std::vector<double> repetitions = samples(rows_[end - 1]);
        cell.value = median(repetitions);
        cell.error = median_error(repetitions);
    }
    cells_.push_back(std::move(cell));
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
    constexpr std::size_t kMostBytes = 240;
    const auto found = reasons_.find(row);
    if (found == reasons_.end()) return {};
    return shortened(printable(found->second), kMostBytes);
}

std::vector<double> MetricCells::samples(std::size_t row) const {
    const std::size_t columns = metric_->repetitions;
    const std::size_t held = columns == 0 ? 0 : metric_->values.size() / columns;
    std::vector<double> finite;
    if (row >= held) return finite;
    std::ranges::copy_if(metric_->row(row), std::back_inserter(finite),
                         [](double value) { return std::isfinite(value); });
    return finite;
}

Survey::Survey(const Run& all_facts) : run{&all_facts} {
    std::ranges::transform(run->variants, std::back_inserter(variants), variant_facts);
    ways = numbered_ways(variants);
    std::map<std::string_view, MetricCells::Reasons> reasons;
    for (const Reason& reason : run->reasons) {
        if (reason.row < 0) continue;
        const auto [known, is_new] = reasons[reason.metric].emplace(at(reason.row), reason.text);
        if (!is_new) known->second = std::min(known->second, std::string_view{reason.text});
    }
    for (std::size_t i = 0; i < run->metrics.size(); ++i) {
        metrics.emplace_back(*run, i, std::move(reasons[run->metrics[i].name]));
    }
}

const VariantFacts* Survey::variant(const TargetCell& cell) const {
    return has(variants, cell.variant) ? &variants[at(cell.variant)] : nullptr;
}

std::int32_t Survey::way(const TargetCell& cell) const {
    return has(ways, cell.variant) ? ways[at(cell.variant)] : -1;
}

}  // namespace rackproof
