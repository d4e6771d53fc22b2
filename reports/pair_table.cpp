#include "reports/pair_table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "reports/text_layout.hpp"
#include "reports/verdict_marks.hpp"

namespace rackproof {
namespace {

constexpr const char* kLegend =
    "Row to column, where met: . as pairs like it, + worse by 3 % to 10 %, 1 by 10 % or more, 2 by "
    "20 %, ... 9 by 90 %; x it broke.";
constexpr std::size_t kMostHeatMaps = 3;

/// "n3 -41.2 % (6 pairs)", the worst first; none that is better than others.
std::string worst_text(const std::vector<PairEffect>& effects, std::size_t most) {
    std::vector<const PairEffect*> worst;
    for (const PairEffect& each : effects) {
        if (each.effect && *each.effect < 0) worst.push_back(&each);
    }
    std::ranges::stable_sort(
        worst, [](const PairEffect* a, const PairEffect* b) { return *a->effect < *b->effect; });
    if (worst.size() > most) worst.resize(most);
    std::string text;
    for (const PairEffect* each : worst) {
        text += fmt::format("{}{} {:.1f} % ({} {}{})", text.empty() ? "" : ", ", clean(each->of),
                            100 * *each->effect, each->pairs, each->pairs == 1 ? "pair" : "pairs",
                            each->named ? ", to blame" : "");
    }
    return text;
}

std::string told(const PairFit& fit) {
    constexpr std::size_t kMostEnds = 5;
    constexpr std::size_t kMostGroups = 3;
    std::string text = fmt::format("{} - {} of {} pairs met in {} {}", clean(fit.metric), fit.met,
                                   fit.possible, fit.rounds, fit.rounds == 1 ? "round" : "rounds");
    if (fit.met < fit.possible && fit.possible > 0) {
        text += fmt::format(", a given one with a chance of {:.2g} %",
                            100 * static_cast<double>(fit.met) / static_cast<double>(fit.possible));
    }
    if (fit.broke > 0) text += fmt::format("; {} broke", fit.broke);
    text += fmt::format("; healthy ones scatter by {:.2g} %", 100 * fit.spread);
    const std::string ends = worst_text(fit.ends, kMostEnds);
    if (!ends.empty()) text += "; worst ends: " + ends;
    const std::string groups = worst_text(fit.groups, kMostGroups);
    if (!groups.empty()) text += "; worst parts: " + groups;
    return text;
}

char sign_of(const PairCell& cell) {
    constexpr double kUsual = 0.03;
    constexpr double kTenth = 0.1;
    if (!cell.effect) return 'x';
    const double worse = -*cell.effect;
    if (worse < kUsual) return '.';
    if (worse < kTenth) return '+';
    const double tenths = std::min(std::floor(worse / kTenth + 1e-9), 9.0);
    return static_cast<char>('0' + static_cast<int>(tenths));
}

/// A line for each end, a column for each; those too wide for the page are left out, and said.
std::string heat_map(const PairFit& fit, std::size_t columns) {
    constexpr std::size_t kLeastName = 4;
    const std::size_t count = fit.ends.size();
    const std::size_t step = columns >= 2 * count + kLeastName + 3 ? 2 : 1;
    std::size_t name = 0;
    for (const PairEffect& end : fit.ends) name = std::max(name, display_width(clean(end.of)));
    if (columns < step * count + kLeastName + 3) {
        return "  (" + std::to_string(count) + " columns of the heat map do not fit here)\n";
    }
    name = std::min(name, columns - step * count - 3);
    std::vector<std::string> lines(count, std::string(count, ' '));
    for (const PairCell& cell : fit.cells) {
        const auto row = static_cast<std::size_t>(cell.first);
        const auto column = static_cast<std::size_t>(cell.second);
        lines[row][column] = sign_of(cell);
        char& other_way = lines[column][row];
        if (other_way == ' ') other_way = sign_of(cell);
    }
    std::string text;
    for (std::size_t row = 0; row < count; ++row) {
        std::string line = "  " + fitted(clean(fit.ends[row].of), name);
        for (const char sign : lines[row]) line += std::string(step - 1, ' ') + sign;
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

bool is_telling(const PairFit& fit) {
    return fit.broke > 0 || std::ranges::any_of(fit.ends, &PairEffect::named) ||
           std::ranges::any_of(fit.groups, &PairEffect::named);
}

}  // namespace

std::string pair_table(const Judgement& judgement, const TableStyle& style) {
    const std::size_t columns = table_columns(style);
    std::string text;
    std::size_t maps = 0;
    for (const PairFit& fit : judgement.pairs) {
        text += paragraph("  ", 6, told(fit), columns);
        const bool is_first = maps == 0;
        if (fit.cells.empty() || maps == kMostHeatMaps) continue;
        if (!is_first && !is_telling(fit)) continue;
        if (is_first) text += paragraph("  ", 4, kLegend, columns);
        text += heat_map(fit, columns);
        ++maps;
    }
    return text;
}

}  // namespace rackproof
