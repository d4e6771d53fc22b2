#include "reports/attempts_list.hpp"

#include <fmt/core.h>

#include "analysis/contract_cells.hpp"
#include "reports/reports.hpp"
#include "reports/text_format.hpp"
#include "reports/text_layout.hpp"
#include "reports/verdict_marks.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostCells = 40;

std::string attempt_text(const ContractAttempt& attempt, const std::string& unit) {
    std::string text = fmt::format("attempt {}: {}", attempt.number, to_string(attempt.outcome));
    if (attempt.value) text += ", " + format_value(*attempt.value, unit);
    if (!attempt.reason.empty()) text += ", " + attempt.reason;
    if (attempt.counts == ContractAttempt::Counts::Yes) text += " (counts)";
    return text;
}

}  // namespace

std::string attempts_text(const ContractCell& cell, std::size_t columns) {
    std::string text = paragraph("  ", 4, clean(cell.metric + " on " + cell.where), columns);
    for (const ContractAttempt& attempt : cell.attempts) {
        text += paragraph("    ", 6, clean(attempt_text(attempt, cell.unit)), columns);
    }
    return text;
}

std::string attempts_list(const Run& run, const TableStyle& style) {
    std::string text;
    std::size_t tried_again = 0;
    for (const Metric& metric : run.metrics) {
        for (CellAttempts& cell : attempts_of(run, metric, {})) {
            if (cell.told.attempts.size() < 2 || ++tried_again > kMostCells) continue;
            for (ContractAttempt& attempt : cell.told.attempts) {
                attempt.counts = ContractAttempt::Counts::No;  // there is no contract that says so
            }
            text += attempts_text(cell.told, table_columns(style));
        }
    }
    if (tried_again == 0) return {};
    if (tried_again > kMostCells) {
        text += fmt::format("  and {} more cells: see --csv\n", tried_again - kMostCells);
    }
    return "Tried more than once: every attempt\n" + text;
}

}  // namespace rackproof
