#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "analysis/cells.hpp"
#include "analysis/draft.hpp"
#include "analysis/robust.hpp"
#include "reports/reports.hpp"
#include "reports/text_format.hpp"
#include "reports/text_layout.hpp"
#include "reports/verdict_marks.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostCells = 40;

std::string attempt_text(const MetricCells& cells, std::size_t row) {
    std::string text =
        fmt::format("attempt {}: {}", cells.attempt(row) + 1, to_string(cells.outcome(row)));
    std::vector<double> samples;
    std::ranges::copy_if(cells.samples(row), std::back_inserter(samples),
                         [](double value) { return std::isfinite(value); });
    if (!samples.empty()) {
        text += ", median " + format_value(*median(samples), cells.metric().unit);
    }
    if (const std::string reason = cells.reason(row); !reason.empty()) text += ": " + clean(reason);
    return text;
}

}  // namespace

std::string attempts_list(const Run& run, const TableStyle& style) {
    const std::size_t width = table_columns(style);
    const Survey survey{run};
    std::string text;
    std::size_t tried_again = 0;
    for (std::size_t i = 0; i < run.metrics.size(); ++i) {
        const MetricCells cells{survey, run.metrics[i], i};
        for (const TargetCell& cell : cells.cells()) {
            if (cells.rows(cell).size() < 2) continue;
            if (++tried_again > kMostCells) continue;
            const std::string where = " on " + clean(subject(run, cell.place));
            text += paragraph("  ", 4, clean(cells.metric().name) + where, width);
            for (const std::size_t row : cells.rows(cell)) {
                text += paragraph("    ", 6, attempt_text(cells, row), width);
            }
        }
    }
    if (tried_again == 0) return {};
    if (tried_again > kMostCells) {
        text += fmt::format("  and {} more cells: see --csv\n", tried_again - kMostCells);
    }
    return "Tried more than once: every attempt\n" + text;
}

}  // namespace rackproof
