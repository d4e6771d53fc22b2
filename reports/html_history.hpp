#pragma once

#include <cstdint>
#include <vector>

#include "analysis/cells.hpp"
#include "analysis/past.hpp"
#include "core/run.hpp"
#include "reports/html_data.hpp"
#include "reports/html_detail.hpp"

namespace rackproof {

/// Of which of the nodes that did not pass the page has what was measured on earlier nights: the
/// worst first, as far as there is room.
struct HtmlHistory {
    std::vector<std::int32_t> nodes;
    std::size_t left_out = 0;  ///< of HtmlDetail::worst
};

/// `past` is null where the run was not held against earlier ones: no node has a history.
[[nodiscard]] HtmlHistory history_of(const Run& facts, const HtmlDetail& detail,
                                     std::size_t metrics, const Past* past);

/// The nights, the judged run's last, and of which nodes there are lines.
[[nodiscard]] Json html_history(const Run& facts, const HtmlHistory& history, const Past* past);

/// One metric of devices or nodes, night by night (NaN where there was no number above 0): a line
/// for each target of the history's nodes that has one tonight, and the median of its sku's. Null
/// where there is no line. `metric` is the run's, number `index`. Throws what `past` throws.
[[nodiscard]] Json html_past_metric(const Survey& survey, const Metric& metric, std::size_t index,
                                    const HtmlHistory& history, Past& past);

}  // namespace rackproof
