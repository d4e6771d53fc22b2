#include "runners/progress_board.hpp"

#include <algorithm>
#include <cmath>

namespace rackproof {

std::optional<double> middle_value(const record::Samples& samples) {
    std::vector<double> values = samples.values;
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    if (values.empty()) return std::nullopt;
    const auto middle = values.begin() + std::ssize(values) / 2;
    std::ranges::nth_element(values, middle);
    return *middle;
}

ProgressBoard::ProgressBoard(const Manifest& manifest)
    : manifest_{&manifest},
      counts_(manifest.nodes.size() * manifest.stages.size()),
      latest_(manifest.nodes.size()) {
    for (std::size_t i = 0; i < manifest.cells.size(); ++i) {
        const auto cell = static_cast<std::int32_t>(i);
        for (const std::int32_t node : nodes_of_cell(cell)) {
            ++count_at(node, case_of(cell).stage).cells;
        }
    }
}

const CaseSpec& ProgressBoard::case_of(std::int32_t cell) const {
    const Cell& planned = manifest_->cells.at(static_cast<std::size_t>(cell));
    return manifest_->cases.at(static_cast<std::size_t>(planned.case_index));
}

std::vector<std::int32_t> ProgressBoard::nodes_of_cell(std::int32_t cell) const {
    return nodes_of(*manifest_, case_of(cell).scope,
                    manifest_->cells.at(static_cast<std::size_t>(cell)).target);
}

StageCount& ProgressBoard::count_at(std::int32_t node, std::int32_t stage) {
    return counts_.at(static_cast<std::size_t>(node) * manifest_->stages.size() +
                      static_cast<std::size_t>(stage));
}

void ProgressBoard::cell_ended(std::int32_t cell, Outcome outcome) {
    const bool well = outcome == Outcome::Completed || outcome == Outcome::Skipped;
    const bool is_out = outcome == Outcome::Excluded;
    for (const std::int32_t node : nodes_of_cell(cell)) {
        StageCount& count = count_at(node, case_of(cell).stage);
        ++count.ended;
        if (is_out) ++count.excluded;
        if (!well && !is_out) ++count.not_completed;
    }
}

void ProgressBoard::measured(const record::Samples& samples) {
    if (case_of(samples.cell).scope == Scope::Group) return;
    const std::optional<double> value = middle_value(samples);
    if (!value) return;
    const std::int32_t index =
        manifest_->cells.at(static_cast<std::size_t>(samples.cell)).case_index;
    for (const std::int32_t node : nodes_of_cell(samples.cell)) {
        latest_.at(static_cast<std::size_t>(node)) = LatestValue{index, *value};
    }
}

}  // namespace rackproof
