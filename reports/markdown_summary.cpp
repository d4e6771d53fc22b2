#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/utf8.hpp"
#include "reports/coverage_text.hpp"
#include "reports/findings_text.hpp"
#include "reports/reports.hpp"
#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostFindings = 30;
constexpr std::size_t kMostRacks = 20;
constexpr std::size_t kMostBlockBytes = 16'384;  ///< of three: a ticket takes 64 KiB
constexpr TableStyle kInTicket{.colour = Colour::Never, .columns = 100};

/// A run of backticks longer than any in `text`, and at least `least`.
std::string fence(std::string_view text, std::size_t least) {
    std::size_t longest = 0;
    std::size_t current = 0;
    for (const char c : text) {
        current = c == '`' ? current + 1 : 0;
        longest = std::max(longest, current);
    }
    return std::string(std::max(least, longest + 1), '`');
}

/// A short text from outside within a line (CommonMark 0.30, section 6.1): between spaces, of which
/// one on each side is taken off, so that it may begin or end with a backtick.
std::string code(std::string_view text) {
    constexpr std::size_t kMostBytes = 255;
    const std::string valid = shortened(clean(text), kMostBytes);
    if (valid.empty()) return "(none)";
    const std::string ticks = fence(valid, 1);
    return ticks + " " + valid + " " + ticks;
}

/// Lines with texts from outside (section 4.5): only a longer fence than any in them ends it.
std::string block(std::string text) {
    if (text.size() > kMostBlockBytes) {
        text = shortened(text, kMostBlockBytes) + "\n";
    }
    const std::string ticks = fence(text, 3);
    return ticks + "text\n" + text + ticks + "\n";
}

std::string_view headline(Verdict verdict) {
    switch (verdict) {
        case Verdict::Pass: return "PASS";
        case Verdict::Watch: return "PASS, with nodes to watch";
        case Verdict::NoData: return "NO DATA";
        case Verdict::Fail: return "FAIL";
    }
    return "UNKNOWN";
}

std::string node_counts(const Judgement& judgement) {
    std::map<Verdict, std::size_t> counts;
    for (const NodeVerdict& node : judgement.nodes) ++counts[node.verdict];
    return fmt::format(
        "| nodes | fail | no data | watch | pass |\n| --: | --: | --: | --: | --: |\n"
        "| {} | {} | {} | {} | {} |\n",
        judgement.nodes.size(), counts[Verdict::Fail], counts[Verdict::NoData],
        counts[Verdict::Watch], counts[Verdict::Pass]);
}

std::string racks_text(const Judgement& judgement) {
    std::string text;
    std::size_t listed = 0;
    std::size_t others = 0;
    for (const RackVerdict& rack : judgement.racks) {
        if (rack.verdict == Verdict::Pass) continue;
        if (listed == kMostRacks) {
            ++others;
            continue;
        }
        text += fmt::format("{}{} ({})", listed == 0 ? "" : ", ", code(rack.rack),
                            to_string(rack.verdict));
        ++listed;
    }
    if (listed == 0) {
        return fmt::format("None of the {} racks is bad as a whole.\n", judgement.racks.size());
    }
    if (others > 0) text += fmt::format(" and {} more", others);
    return fmt::format("Of {} racks, these do not pass as a whole: {}.\n", judgement.racks.size(),
                       text);
}

std::string worst_findings(const Judgement& judgement) {
    if (judgement.findings.empty()) return "No findings.\n";
    std::vector<Finding> sorted = judgement.findings;
    const auto weight = [](const Finding& finding) {
        return finding.waived.empty() ? static_cast<int>(finding.verdict) : -1;
    };
    std::ranges::stable_sort(
        sorted, [&](const Finding& a, const Finding& b) { return weight(a) > weight(b); });
    const std::size_t all = sorted.size();
    const auto waived = std::ranges::count_if(
        sorted, [](const Finding& finding) { return !finding.waived.empty(); });
    const std::string of_these = waived > 0 ? fmt::format(", {} of them waived", waived) : "";
    sorted.resize(std::min(all, kMostFindings));
    std::string text = all == sorted.size() ? fmt::format("### Findings ({}{})\n\n", all, of_these)
                                            : fmt::format("### The worst {} of {} findings{}\n\n",
                                                          sorted.size(), all, of_these);
    return text + block(findings_text(sorted, kInTicket));
}

std::string notes(const Judgement& judgement) {
    std::string text;
    for (const auto* list : {&judgement.left_out, &judgement.amendments, &judgement.waiver_notes,
                             &judgement.history}) {
        for (const std::string& note : *list) {
            text += paragraph("- ", 2, clean(note), static_cast<std::size_t>(kInTicket.columns));
        }
    }
    for (const std::string& note : judgement.provisional) {
        text += paragraph("- ", 2, "provisional: " + clean(note),
                          static_cast<std::size_t>(kInTicket.columns));
    }
    return text.empty() ? "" : "\n### Notes\n\n" + block(text);
}

}  // namespace

std::string markdown_summary(const Run& facts, const Judgement& judgement) {
    std::string text = fmt::format("## rackproof: {}\n\n", headline(overall_verdict(judgement)));
    text += fmt::format("Run {} of plan {}, started {}, judged by policy {}. {}.{}\n\n",
                        code(judgement.run_id), code(facts.plan_name), code(facts.started),
                        code(judgement.policy.name), cell_counts(judgement),
                        judgement.run_complete ? "" : " **The run is incomplete.**");
    text += node_counts(judgement) + "\n" + racks_text(judgement) + "\n";
    text += worst_findings(judgement);
    text += "\n### Coverage\n\n" +
            block(coverage_text(judgement, static_cast<std::size_t>(kInTicket.columns)));
    return text + notes(judgement);
}

}  // namespace rackproof
