#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "reports/coverage_text.hpp"
#include "reports/findings_text.hpp"
#include "reports/pair_table.hpp"
#include "reports/reports.hpp"
#include "reports/text_layout.hpp"
#include "reports/verdict_marks.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLeastSuiteColumns = 10;  ///< "not judged"
constexpr std::size_t kMostSuiteColumns = 16;

std::string gap() { return std::string(kGap, ' '); }

/// The columns of the table of nodes: verdict, node, then the suites, in as many lines a node as
/// they take.
struct Layout {
    std::size_t node_columns = 4;
    std::vector<std::string> suites;
    std::vector<std::size_t> suite_columns;
    std::vector<std::size_t> line_of_suite;  ///< 0 = the node's first line
};

Layout layout_of(const std::vector<NodeVerdict>& nodes, std::size_t columns) {
    Layout layout;
    std::set<std::string> suites;
    for (const NodeVerdict& node : nodes) {
        layout.node_columns = std::max(layout.node_columns, display_width(clean(node.node)));
        for (const auto& [suite, verdict] : node.suites) suites.insert(suite);
    }
    layout.suites.assign(suites.begin(), suites.end());
    std::size_t wanted = kVerdictColumns + kGap;
    for (const std::string& suite : layout.suites) {
        const std::size_t width =
            std::clamp(display_width(clean(suite)), kLeastSuiteColumns, kMostSuiteColumns);
        layout.suite_columns.push_back(width);
        wanted += width + kGap;
    }
    // The nodes' names get what the suites leave, but never less than a quarter of the line.
    const std::size_t left = columns > wanted ? columns - wanted : 0;
    layout.node_columns = std::min(layout.node_columns, std::max(left, columns / 4));
    const std::size_t indent = kVerdictColumns + kGap + layout.node_columns;
    std::size_t used = indent;
    std::size_t line = 0;
    for (const std::size_t width : layout.suite_columns) {
        if (used + kGap + width > columns && used > indent) {
            ++line;
            used = indent;
        }
        used += kGap + width;
        layout.line_of_suite.push_back(line);
    }
    return layout;
}

struct Text {
    std::string text;
    Verdict verdict = Verdict::Pass;
    enum class Tint { None, Verdict } tint = Tint::None;
};

std::string tinted(const Text& text, const std::string& padded, const TableStyle& style) {
    return text.tint == Text::Tint::None ? padded : coloured(padded, text.verdict, style);
}

Text suite_text(const NodeVerdict& node, const std::string& suite) {
    const auto found = node.suites.find(suite);
    if (found == node.suites.end()) return {"-"};
    const SuiteVerdict& seen = found->second;
    if (seen.verdict == Verdict::Pass && seen.completed == 0) return {"skipped"};
    if (seen.verdict == Verdict::Pass && seen.judged == 0) return {"not judged"};
    return {std::string{mark(seen.verdict)}, seen.verdict, Text::Tint::Verdict};
}

/// One node's lines, or the header's.
std::string lines(const Layout& layout, const Text& verdict, const std::string& node,
                  const std::vector<Text>& cells, const TableStyle& style) {
    std::string text = tinted(verdict, fitted(verdict.text, kVerdictColumns), style) + gap() +
                       fitted(node, layout.node_columns);
    std::size_t line = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (layout.line_of_suite[i] != line) {
            line = layout.line_of_suite[i];
            text += "\n" + std::string(kVerdictColumns + kGap + layout.node_columns, ' ');
        }
        std::string cell = fitted(cells[i].text, layout.suite_columns[i]);
        const bool is_last = i + 1 == cells.size() || layout.line_of_suite[i + 1] != line;
        if (is_last) cell.erase(cell.find_last_not_of(' ') + 1);
        text += gap() + tinted(cells[i], cell, style);
    }
    return text + "\n";
}

std::string node_table(const std::vector<NodeVerdict>& nodes, const TableStyle& style) {
    std::vector<const NodeVerdict*> sorted;
    sorted.reserve(nodes.size());
    for (const NodeVerdict& node : nodes) sorted.push_back(&node);
    std::ranges::stable_sort(sorted, [](const NodeVerdict* a, const NodeVerdict* b) {
        return std::tuple{b->verdict, std::string_view{a->node}} <
               std::tuple{a->verdict, std::string_view{b->node}};
    });
    const Layout layout = layout_of(nodes, table_columns(style));
    std::vector<Text> header;
    header.reserve(layout.suites.size());
    for (const std::string& suite : layout.suites) header.push_back({clean(suite)});
    std::string text = lines(layout, {"VERDICT"}, "NODE", header, style);
    std::size_t passed = 0;
    for (const NodeVerdict* node : sorted) {
        if (node->verdict == Verdict::Pass && ++passed > style.passed_nodes) continue;
        std::vector<Text> cells;
        cells.reserve(layout.suites.size());
        for (const std::string& suite : layout.suites) cells.push_back(suite_text(*node, suite));
        const Text verdict{std::string{mark(node->verdict)}, node->verdict, Text::Tint::Verdict};
        text += lines(layout, verdict, clean(node->node), cells, style);
    }
    if (passed > style.passed_nodes) {
        const std::size_t hidden = passed - style.passed_nodes;
        text += fmt::format("and {} more {} that {}\n", hidden, hidden == 1 ? "node" : "nodes",
                            hidden == 1 ? "passes" : "pass");
    }
    return text;
}

std::string summary(const Judgement& judgement, const TableStyle& style) {
    std::map<Verdict, std::size_t> counts;
    for (const NodeVerdict& node : judgement.nodes) ++counts[node.verdict];
    const Verdict overall = overall_verdict(judgement);
    const auto waived = std::ranges::count_if(
        judgement.findings, [](const Finding& finding) { return !finding.waived.empty(); });
    const std::size_t nodes = judgement.nodes.size();
    std::string text =
        fmt::format("{} {}: {} fail, {} no data, {} watch, {} pass; ", nodes,
                    nodes == 1 ? "node" : "nodes", counts[Verdict::Fail], counts[Verdict::NoData],
                    counts[Verdict::Watch], counts[Verdict::Pass]);
    text += cell_counts(judgement);
    if (waived > 0)
        text += fmt::format("; {} {} waived", waived, waived == 1 ? "finding" : "findings");
    if (!judgement.run_complete) text += "; the run is incomplete";
    const std::string prefix =
        coloured(fitted(mark(overall), kVerdictColumns), overall, style) + gap();
    return paragraph(prefix, kVerdictColumns + kGap, text, table_columns(style));
}

}  // namespace

std::string verdict_table(const Judgement& judgement, const TableStyle& style) {
    std::string text = node_table(judgement.nodes, style);
    if (!judgement.findings.empty()) {
        text += "\nFindings\n" + findings_text(judgement.findings, style);
    }
    if (!judgement.pairs.empty()) text += "\nPairs\n" + pair_table(judgement, style);
    const std::size_t columns = table_columns(style);
    text += notes_section("History", judgement.history, columns);
    text += notes_section("Left out", judgement.left_out, columns);
    text += notes_section("Repairs", judgement.amendments, columns);
    text += notes_section("Provisional", judgement.provisional, columns);
    text += notes_section("Waivers", judgement.waiver_notes, columns);
    text += "\nCoverage\n" + coverage_text(judgement, columns);
    text += "\n" + summary(judgement, style);
    return text;
}

}  // namespace rackproof
