#include "analysis/contract_cells.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "analysis/cells.hpp"
#include "analysis/draft.hpp"
#include "analysis/row_summary.hpp"
#include "analysis/variant_facts.hpp"
#include "core/amendment.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

constexpr double kHour_s = 3600;

std::vector<std::int32_t> nodes_under(const Run& facts, const Place& place) {
    if (place.group >= 0) return facts.groups[at(place.group)];
    std::vector<std::int32_t> nodes{place.node};
    if (place.peer_node >= 0 && place.peer_node != place.node) nodes.push_back(place.peer_node);
    return nodes;
}

std::optional<double> hours_of(const Metric& metric, std::size_t row) {
    if (metric.time.empty()) return std::nullopt;
    double first = std::numeric_limits<double>::infinity();
    double last = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < metric.repetitions; ++i) {
        const std::size_t index = row * metric.repetitions + i;
        if (!std::isfinite(metric.values[index]) || !std::isfinite(metric.time[index])) continue;
        first = std::min(first, metric.time[index]);
        last = std::max(last, metric.time[index]);
    }
    if (first > last) return std::nullopt;
    return (last - first) / kHour_s;
}

bool is_of_fewer(const Run& facts, const Metric& metric, std::size_t row) {
    const std::int32_t variant = row < metric.variant.size() ? metric.variant[row] : -1;
    if (metric.scope != Scope::Group || variant < 0 || at(variant) >= facts.variants.size()) {
        return false;
    }
    return !variant_facts(facts.variants[at(variant)]).without.empty();
}

ContractAttempt attempt_at(const Metric& metric, std::size_t row) {
    ContractAttempt attempt;
    attempt.number = metric.attempt[row];
    attempt.outcome = metric.outcome[row];
    if (attempt.outcome == Outcome::Completed) {
        attempt.value = summarised(metric.row(row)).value;
        attempt.hours = hours_of(metric, row);
    }
    return attempt;
}

/// Marks the last attempt that the contract allows. What was measured without some of its nodes
/// stands beside what had completed before, as it does to the judge (MetricCells): it takes no
/// attempt's place.
void count(std::vector<ContractAttempt>& attempts, const Contract& contract) {
    std::stable_sort(attempts.begin(), attempts.end(),
                     [](const auto& a, const auto& b) { return a.number < b.number; });
    ContractAttempt* counted = nullptr;
    std::map<std::int32_t, std::int32_t> in_round;
    for (ContractAttempt& attempt : attempts) {
        const std::int32_t round = attempt.number / kAttemptsPerAmendment;
        const bool is_beside = attempt.of_fewer && counted != nullptr &&
                               counted->outcome == Outcome::Completed &&
                               counted->number / kAttemptsPerAmendment == round;
        if (is_beside || round > contract.repairs) continue;
        if (in_round[round]++ > contract.retests) continue;
        counted = &attempt;
    }
    if (counted != nullptr) counted->counts = ContractAttempt::Counts::Yes;
}

}  // namespace

const ContractAttempt* CellAttempts::counted() const {
    const auto found =
        std::ranges::find(told.attempts, ContractAttempt::Counts::Yes, &ContractAttempt::counts);
    return found == told.attempts.end() ? nullptr : &*found;
}

std::vector<CellAttempts> attempts_of(const Run& facts, const Metric& metric,
                                      const Contract& contract) {
    std::map<std::size_t, std::string_view> reasons;
    for (const Reason& reason : facts.reasons) {
        if (reason.metric == metric.name) reasons[at(reason.row)] = reason.text;
    }
    std::map<Target, CellAttempts> cells;
    for (std::size_t row = 0; row < metric.rows(); ++row) {
        const std::optional<Place> place = place_of(facts, metric.scope, metric.target[row]);
        if (!place) continue;
        CellAttempts& cell = cells[metric.target[row]];
        cell.nodes = nodes_under(facts, *place);
        cell.told.metric = metric.name;
        cell.told.unit = metric.unit;
        cell.told.where = subject(facts, *place);
        ContractAttempt attempt = attempt_at(metric, row);
        attempt.of_fewer = is_of_fewer(facts, metric, row);
        if (const auto reason = reasons.find(row); reason != reasons.end()) {
            attempt.reason = reason->second;
        }
        cell.told.attempts.push_back(std::move(attempt));
    }
    std::vector<CellAttempts> list;
    for (auto& [target, cell] : cells) {
        count(cell.told.attempts, contract);
        list.push_back(std::move(cell));
    }
    return list;
}

}  // namespace rackproof
