#pragma once

#include "analysis/cells.hpp"
#include "reports/html_data.hpp"
#include "reports/html_detail.hpp"

namespace rackproof {

/// One metric as the report holds it: what it is, its limits, its cohorts (targets of one sku,
/// measured in one way) with their distribution, the median and the worst of every node in 16 bits,
/// and every value, outcome and attempt of the nodes in detail.
[[nodiscard]] Json html_metric(const Survey& survey, const Metric& metric, std::size_t index,
                               const Policy& policy, const HtmlDetail& detail);

}  // namespace rackproof
