#include "analysis/nightly_table.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "analysis/robust.hpp"
#include "core/amendment.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

/// The median of what is finite, which alone is left of the values; NaN if there is nothing.
float middle_of(std::vector<float>& values) {
    std::erase_if(values, [](float value) { return !std::isfinite(value); });
    if (values.empty()) return kNone;
    const auto half = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), half, values.end());
    if (values.size() % 2 == 1) return *half;
    return (*half + *std::max_element(values.begin(), half)) / 2;
}

bool is_alike(const Metric& a, const Metric& b) {
    return a.scope == b.scope && a.unit == b.unit && a.better == b.better &&
           a.parameters == b.parameters;
}

/// Index of what the metric's scope counts.
std::pair<std::int32_t, std::int32_t> indices_of(Scope scope, const Place& place) {
    switch (scope) {
        case Scope::Device: return {place.device, -1};
        case Scope::Node: return {place.node, -1};
        case Scope::DevicePair: return {place.device, place.peer_device};
        case Scope::NodePair: return {place.node, place.peer_node};
        case Scope::Group: return {place.group, -1};
    }
    return {-1, -1};
}

/// What the past's indices of that scope are called tonight.
const std::vector<std::int32_t>& known_targets(Scope scope, const Night& night) {
    if (scope == Scope::Group) return night.groups;
    return scope == Scope::Device || scope == Scope::DevicePair ? night.devices : night.nodes;
}

}  // namespace

WorseScale::WorseScale(const MetricIdentity& metric)
    : is_kelvin_{is_temperature(metric.unit)},
      sign_{metric.better == Direction::HigherIsBetter ? -1.0 : 1.0} {}

double WorseScale::worse(double value) const {
    if (is_kelvin_) return sign_ * value;
    return value > 0 ? sign_ * std::log(value) : static_cast<double>(kNone);
}

double WorseScale::value(double worse) const {
    return is_kelvin_ ? sign_ * worse : std::exp(sign_ * worse);
}

double WorseScale::size(double difference) const {
    return is_kelvin_ ? difference : sign_ * std::expm1(sign_ * difference);
}

double WorseScale::difference(double size) const {
    if (is_kelvin_) return size;
    if (sign_ < 0 && size >= 1) return std::numeric_limits<double>::infinity();
    return sign_ * std::log1p(sign_ * size);
}

NightlyTable::NightlyTable(const MetricCells& cells, const WorseScale& scale, Past& past)
    : nights_{past.nights().size() + 1} {
    list_rows(cells, scale);
    values_.assign(cells_.size() * nights_, kNone);
    for (std::size_t row = 0; row < cells_.size(); ++row) {
        values_[(row + 1) * nights_ - 1] = static_cast<float>(scale.worse(*cells_[row]->value));
    }
    for (std::size_t night = 0; night + 1 < nights_ && !cells_.empty(); ++night) {
        const auto metric = past.metric(night, cells.metric().name);
        if (!metric) continue;
        if (is_alike(*metric, cells.metric())) {
            add_night(*metric, past.nights()[night], scale, night);
        } else {
            ++unlike_;
        }
    }
}

void NightlyTable::list_rows(const MetricCells& cells, const WorseScale& scale) {
    const Scope scope = cells.metric().scope;
    for (const TargetCell& cell : cells.cells()) {
        const bool has_row = cell.value && std::isfinite(scale.worse(*cell.value)) &&
                             indices_of(scope, cell.place).first >= 0;
        if (has_row) cells_.push_back(&cell);
    }
    std::ranges::stable_sort(cells_, {}, &TargetCell::sku);
    for (std::size_t row = 0; row < cells_.size(); ++row) {
        if (row == 0 || cells_[row]->sku != cells_[row - 1]->sku) skus_.push_back({row, row});
        skus_.back().end = row + 1;
        const auto indices = indices_of(scope, cells_[row]->place);
        if (is_pair(scope)) {
            row_by_pair_.emplace(indices, row);
            continue;
        }
        const std::size_t index = at(indices.first);
        if (index >= row_by_index_.size()) row_by_index_.resize(index + 1, -1);
        row_by_index_[index] = static_cast<std::int32_t>(row);
    }
}

std::optional<std::size_t> NightlyTable::row_of(Scope scope, Target target,
                                                const Night& night) const {
    const std::vector<std::int32_t>& known = known_targets(scope, night);
    const std::int32_t first = known[at(target.first)];
    if (first < 0) return std::nullopt;
    if (is_pair(scope)) {
        const auto found = row_by_pair_.find({first, known[at(target.second)]});
        return found == row_by_pair_.end() ? std::nullopt : std::optional{found->second};
    }
    if (at(first) >= row_by_index_.size() || row_by_index_[at(first)] < 0) return std::nullopt;
    return at(row_by_index_[at(first)]);
}

void NightlyTable::add_night(const Metric& metric, const Night& night, const WorseScale& scale,
                             std::size_t column) {
    std::vector<std::int32_t> attempts(cells_.size(), -1);
    std::vector<double> samples;
    for (std::size_t i = 0; i < metric.rows(); ++i) {
        const auto row = row_of(metric.scope, metric.target[i], night);
        if (!row || metric.attempt[i] <= attempts[*row]) continue;
        float& value = values_[*row * nights_ + column];
        // A group that completed once more did so with fewer nodes (see MetricCells).
        const bool is_repaired =
            metric.attempt[i] / kAttemptsPerAmendment > attempts[*row] / kAttemptsPerAmendment;
        const bool is_again = attempts[*row] >= 0 && !std::isnan(value) && !is_repaired;
        if (is_again && metric.scope == Scope::Group) continue;
        attempts[*row] = metric.attempt[i];
        value = kNone;
        if (metric.outcome[i] != Outcome::Completed) continue;
        samples.clear();
        std::ranges::copy_if(metric.row(i), std::back_inserter(samples),
                             [](double sample) { return std::isfinite(sample); });
        if (const auto middle = median_in_place(samples)) {
            value = static_cast<float>(scale.worse(*middle));
        }
    }
}

Polished polish(NightlyTable& table, NightlyTable::Rows rows, std::size_t fewest_peers) {
    constexpr int kRounds = 2;
    Polished polished;
    polished.own.assign(rows.end - rows.begin, 0.0);
    polished.nightly.assign(table.nights(), 0.0F);
    const bool has_peers = rows.end - rows.begin >= fewest_peers;
    std::vector<float> values;
    for (int round = 0; round < kRounds; ++round) {
        for (std::size_t i = rows.begin; i < rows.end; ++i) {
            const auto row = table.row(i);
            values.assign(row.begin(), row.end());
            const float own = middle_of(values);
            polished.own[i - rows.begin] += own;
            for (float& value : row) value -= own;
        }
        for (std::size_t night = 0; has_peers && night < table.nights(); ++night) {
            values.clear();
            for (std::size_t i = rows.begin; i < rows.end; ++i) {
                values.push_back(table.row(i)[night]);
            }
            float level = middle_of(values);  // which leaves those with a number
            // A night of a few retests does not say what that night did to all.
            if (values.size() < fewest_peers) level = kNone;
            polished.nightly[night] += level;
            for (std::size_t i = rows.begin; i < rows.end; ++i) table.row(i)[night] -= level;
        }
    }
    return polished;
}

}  // namespace rackproof
