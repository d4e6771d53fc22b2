#pragma once

#include <string>
#include <vector>

#include "core/run.hpp"
#include "reports/comparison_text.hpp"
#include "reports/html_page.hpp"

namespace rackproof {

struct HtmlComparison {
    std::string policy;               ///< by which the nodes of all runs were judged
    std::vector<const Run*> runs;     ///< without their metrics
    std::vector<ComparedPair> pairs;  ///< one fewer: runs[i + 1] against the first
};

/// What the page holds of the runs, of what differs around them, and of each metric: 101 quantiles
/// at the most, however many values there are.
[[nodiscard]] Json html_comparison_data(const HtmlComparison& comparison);

/// One self-contained page, for people (docs/compare.md); what html_report.hpp says of a report's
/// holds of it.
void write_html(const HtmlComparison& comparison, const TextSink& sink);

}  // namespace rackproof
