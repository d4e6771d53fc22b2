#pragma once

#include "reports/html_data.hpp"
#include "reports/html_detail.hpp"
#include "reports/html_report.hpp"

namespace rackproof {

// The parts of the HTML report's data that are no numbers measured. Each is one JSON.

/// What was run, how it was judged, the verdict and its counts, what was and was not measured.
[[nodiscard]] Json html_run(const HtmlSource& source);

/// Every node: name, place, sku, verdict, findings. Columns.
[[nodiscard]] Json html_nodes(const Run& facts, const Judgement& judgement,
                              const std::vector<std::int32_t>& findings);

/// The findings, worst first (as in the verdict JSON, but what is null there is left out, and
/// actions stand once, in a list of their own), and, by finding, its place among them; -1 of those
/// there was no room for.
struct HtmlFindings {
    Json json;
    std::vector<std::int32_t> place;
};
[[nodiscard]] HtmlFindings html_findings(const Judgement& judgement);

/// Of the nodes in detail: suites, devices, groups, events.
[[nodiscard]] Json html_detail(const Run& facts, const Judgement& judgement,
                               const HtmlDetail& detail);

/// hwcheck's facts of as many nodes in detail as there is room for, the worst first; and what most
/// nodes of the run have.
[[nodiscard]] Json html_inventory(const Run& facts, const HtmlDetail& detail);

}  // namespace rackproof
