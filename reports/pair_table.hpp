#pragma once

#include <string>

#include "analysis/judgement.hpp"
#include "reports/reports.hpp"

namespace rackproof {

/// What was fitted to pairs, a paragraph a metric: how many met, how much healthy ones scatter, the
/// nodes and parts of the fabric whose pairs are worst; and a heat map where the ends are few.
/// Empty if the run has no pairs. No line is wider than `columns`.
[[nodiscard]] std::string pair_table(const Judgement& judgement, const TableStyle& style);

}  // namespace rackproof
