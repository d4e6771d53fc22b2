#include "reports/findings_text.hpp"

#include <vector>

#include "reports/text_format.hpp"
#include "reports/text_layout.hpp"
#include "reports/verdict_marks.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMarkWidth = 9;  ///< "? NO DATA"

/// " (seen 648 GFLOP/s, expected 721 GFLOP/s, rack r012)": what the sentence leaves out.
std::string evidence(const Finding& finding) {
    std::vector<std::string> facts;
    if (finding.observed) facts.push_back("seen " + format_value(*finding.observed, finding.unit));
    if (finding.expected) {
        const char* what = finding.kind == FindingKind::Limit ? "limit " : "expected ";
        facts.push_back(what + format_value(*finding.expected, finding.unit));
    }
    if (!finding.rack.empty() && finding.rack != "-")
        facts.push_back("rack " + clean(finding.rack));
    if (facts.empty()) return {};
    std::string text = " (";
    for (std::size_t i = 0; i < facts.size(); ++i) text += (i > 0 ? ", " : "") + facts[i];
    return text + ")";
}

bool same_step(const Finding& a, const Finding& b) {
    return a.node == b.node && a.device == b.device && a.peer == b.peer && a.action == b.action;
}

}  // namespace

std::string findings_text(std::span<const Finding> findings, const TableStyle& style) {
    const std::size_t columns = table_columns(style);
    constexpr std::size_t kGap = 2;
    const std::size_t indent = kMarkWidth + kGap;
    std::string text;
    for (std::size_t i = 0; i < findings.size(); ++i) {
        const Finding& finding = findings[i];
        const std::string sign =
            coloured(fitted(mark(finding.verdict), kMarkWidth), finding.verdict, style);
        text +=
            paragraph(sign + "  ", indent, clean(finding.sentence) + evidence(finding), columns);
        if (!finding.waived.empty()) {
            text += paragraph(std::string(indent, ' '), indent, "WAIVED " + clean(finding.waived),
                              columns);
        }
        if (i + 1 < findings.size() && same_step(finding, findings[i + 1])) continue;
        text +=
            paragraph(std::string(indent, ' '), indent, "next: " + clean(finding.action), columns);
    }
    return text;
}

}  // namespace rackproof
