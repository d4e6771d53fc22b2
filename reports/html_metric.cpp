#include "reports/html_metric.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "analysis/cohort.hpp"
#include "analysis/robust.hpp"
#include "analysis/row_summary.hpp"
#include "core/index.hpp"
#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kBins = 96;
constexpr double kSpreadsShown = 8;
constexpr std::size_t kMostAttempts = 20'000;    ///< of one metric
constexpr std::size_t kMostPairCells = 200'000;  ///< of one metric of pairs or groups

/// Which cohort each cell with a value belongs to; -1 without one.
struct Cohorts {
    std::vector<std::int32_t> of_cell;
    std::vector<std::vector<double>> values;
    std::vector<const TargetCell*> first;  ///< cell of each
};

Cohorts cohorts_of(const MetricCells& cells, const Survey& survey) {
    Cohorts cohorts;
    std::map<std::pair<std::int64_t, std::int32_t>, std::int32_t> numbers;
    cohorts.of_cell.reserve(cells.cells().size());
    for (const TargetCell& cell : cells.cells()) {
        if (!cell.value || !std::isfinite(*cell.value)) {
            cohorts.of_cell.push_back(-1);
            continue;
        }
        const auto next = static_cast<std::int32_t>(cohorts.values.size());
        const auto [known, is_new] = numbers.emplace(std::pair{cell.sku, survey.way(cell)}, next);
        if (is_new) {
            cohorts.values.emplace_back();
            cohorts.first.push_back(&cell);
        }
        cohorts.values[at(known->second)].push_back(*cell.value);
        cohorts.of_cell.push_back(known->second);
    }
    return cohorts;
}

std::string way_text(const Survey& survey, const TargetCell& cell) {
    const auto& variants = survey.run->variants;
    if (cell.variant < 0 || at(cell.variant) >= variants.size()) return {};
    const Variant& variant = variants[at(cell.variant)];
    std::string text;
    for (const std::string& part : {variant.algorithm, variant.library, variant.transport}) {
        if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
    }
    return text;
}

double part_of(const std::vector<double>& sorted, double fraction) {
    const double place = fraction * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    const double share = place - static_cast<double>(below);
    return sorted[below] + share * (sorted[above] - sorted[below]);
}

/// Counts of values between `low` and `high`, and of those outside.
Json histogram(const std::vector<double>& sorted, double median, double spread) {
    constexpr double kEdge = 0.01;  // a rack that is bad as a whole is no matter of a few outliers
    double low = std::min(median - kSpreadsShown * spread, part_of(sorted, kEdge));
    double high = std::max(median + kSpreadsShown * spread, part_of(sorted, 1 - kEdge));
    low = std::max(low, sorted.front());
    high = std::min(high, sorted.back());
    if (!(high > low)) {
        const double margin = std::max(std::abs(median) * 0.001, 1e-9);
        low = median - margin;
        high = median + margin;
    }
    std::vector<std::int32_t> counts(kBins, 0);
    std::int64_t below = 0;
    std::int64_t above = 0;
    for (const double value : sorted) {
        if (value < low) {
            ++below;
        } else if (value > high) {
            ++above;
        } else {
            const double bin = (value - low) / (high - low) * static_cast<double>(kBins);
            ++counts[std::min(static_cast<std::size_t>(bin), kBins - 1)];
        }
    }
    return {{"low", low}, {"high", high}, {"below", below}, {"above", above}, {"counts", counts}};
}

Json cohort_json(const Survey& survey, const TargetCell& first, std::vector<double>& values) {
    std::ranges::sort(values);
    const double median = median_of_sorted(values).value_or(0.0);
    const std::optional<double> spread = spread_of_sorted(values);
    Json parts = Json::array();
    for (const double fraction : {0.0, 0.01, 0.05, 0.25, 0.75, 0.95, 0.99, 1.0}) {
        parts.push_back(part_of(values, fraction));
    }
    const std::int32_t node = first.place.node;
    return {{"sku", node < 0 ? std::string{} : survey.run->nodes[at(node)].sku},
            {"way", way_text(survey, first)},
            {"size", values.size()},
            {"median", median},
            {"spread", or_null(spread)},
            {"parts", std::move(parts)},
            {"histogram", histogram(values, median, spread.value_or(0.0))}};
}

/// The worse of two, or, where no direction is worse, the one further from the centre.
double worse_of(double a, double b, Direction better, double centre) {
    switch (better) {
        case Direction::HigherIsBetter: return std::min(a, b);
        case Direction::LowerIsBetter: return std::max(a, b);
        case Direction::None: break;
    }
    return std::abs(a - centre) < std::abs(b - centre) ? b : a;
}

/// Median and worst of the devices of each node.
Json nodes_json(const MetricCells& cells, const Cohorts& cohorts, std::size_t nodes) {
    struct Value {
        std::int32_t node;
        std::int32_t cohort;
        double value;
    };
    std::vector<Value> values;
    std::vector<double> all;
    for (std::size_t i = 0; i < cells.cells().size(); ++i) {
        if (cohorts.of_cell[i] < 0) continue;
        const TargetCell& cell = cells.cells()[i];
        values.push_back({cell.place.node, cohorts.of_cell[i], *cell.value});
        all.push_back(*cell.value);
    }
    std::ranges::sort(all);
    const double centre = median_of_sorted(all).value_or(0.0);
    const double step = std::max(spread_of_sorted(all).value_or(0.0), std::abs(centre) * 1e-6);
    const Quantiser quantiser{centre, step > 0 ? step : 1.0};
    std::ranges::stable_sort(values, {}, &Value::node);
    std::vector<std::int32_t> medians(nodes, 0);
    std::vector<std::int32_t> worsts(nodes, 0);
    std::vector<std::int32_t> cohort_of_node(nodes, 0);
    std::vector<double> of_node;
    for (std::size_t begin = 0; begin < values.size();) {
        const std::int32_t node = values[begin].node;
        double worst = values[begin].value;
        of_node.clear();
        std::size_t end = begin;
        for (; end < values.size() && values[end].node == node; ++end) {
            worst = worse_of(worst, values[end].value, cells.metric().better, centre);
            of_node.push_back(values[end].value);
        }
        medians[at(node)] = quantiser.code(median_in_place(of_node).value_or(centre));
        worsts[at(node)] = quantiser.code(worst);
        cohort_of_node[at(node)] = values[begin].cohort;
        begin = end;
    }
    return {{"centre", centre},
            {"step", step > 0 ? step : 1.0},
            {"median", packed(medians)},
            {"worst", packed(worsts)},
            {"cohort", packed(cohort_of_node)}};
}

/// The cells of the nodes in detail, a column a fact.
class Details {
  public:
    Details(const MetricCells& cells, const HtmlDetail& detail, const Run& run)
        : cells_{&cells}, detail_{&detail}, run_{&run} {}

    void add(const TargetCell& cell, std::int32_t cohort) {
        if (!is_wanted(cell.place)) return;
        const Scope scope = cells_->metric().scope;
        if ((is_pair(scope) || scope == Scope::Group) && value_.size() == kMostPairCells) {
            ++left_out_;
            return;
        }
        const std::span<const std::size_t> rows = cells_->rows(cell);
        const auto number = static_cast<std::int32_t>(value_.size());
        if (rows.size() > 1) add_attempts(number, rows);
        target_.push_back(cell.place.device);
        node_.push_back(cell.place.node);
        device_.push_back(index_of(cell.place.device));
        peer_node_.push_back(cell.place.peer_node);
        peer_device_.push_back(index_of(cell.place.peer_device));
        group_.push_back(cell.place.group);
        cohort_.push_back(cohort);
        outcome_.push_back(static_cast<std::int32_t>(cells_->last_outcome(cell)));
        attempts_.push_back(static_cast<std::int32_t>(rows.size()));
        why_.push_back(why(rows.back()));
        value_.push_back(static_cast<float>(cell.value.value_or(kNoValue)));
    }

    [[nodiscard]] Json json() const {
        Json json{{"size", value_.size()},       {"cohort", packed(cohort_)},
                  {"outcome", packed(outcome_)}, {"attempts", packed(attempts_)},
                  {"why", packed(why_)},         {"value", packed(value_)},
                  {"reasons", reasons_},         {"rows", rows_},
                  {"rows_left_out", rows_over_}, {"left_out", left_out_}};
        // As most metrics are: the devices in detail, one by one, which stand in their own block.
        const bool is_of_all =
            cells_->metric().scope == Scope::Device && target_ == detail_->devices;
        if (!is_of_all) {
            json["node"] = packed(node_);
            json["device"] = packed(device_);
        }
        if (is_pair(cells_->metric().scope)) {
            json["peer_node"] = packed(peer_node_);
            json["peer_device"] = packed(peer_device_);
        }
        if (cells_->metric().scope == Scope::Group) json["group"] = packed(group_);
        return json;
    }

  private:
    [[nodiscard]] bool is_wanted(const Place& place) const {
        if (place.group >= 0) return true;
        const bool first = place.node >= 0 && detail_->of_node[at(place.node)] >= 0;
        return first || (place.peer_node >= 0 && detail_->of_node[at(place.peer_node)] >= 0);
    }

    [[nodiscard]] std::int32_t index_of(std::int32_t device) const {
        return device < 0 ? -1 : run_->devices[at(device)].index;
    }

    /// Number of the row's reason, from 1 on; 0 = completed.
    std::int32_t why(std::size_t row) {
        if (cells_->outcome(row) == Outcome::Completed) return 0;
        const std::string text = clean(cells_->reason(row));
        const auto next = static_cast<std::int32_t>(reasons_.size() + 1);
        const auto [known, is_new] = numbers_.emplace(text, next);
        if (is_new) reasons_.push_back(text);
        return known->second;
    }

    void add_attempts(std::int32_t number, std::span<const std::size_t> rows) {
        for (const std::size_t row : rows) {
            if (rows_.size() == kMostAttempts) {
                ++rows_over_;
                continue;
            }
            const std::optional<double> value = summarised(cells_->samples(row)).value;
            rows_.push_back(
                Json::array({number, cells_->attempt(row), static_cast<int>(cells_->outcome(row)),
                             or_null(value), why(row)}));
        }
    }

    const MetricCells* cells_;
    const HtmlDetail* detail_;
    const Run* run_;
    std::vector<std::int32_t> target_;  ///< device of the run
    std::vector<std::int32_t> node_;
    std::vector<std::int32_t> device_;  ///< index within the node
    std::vector<std::int32_t> peer_node_;
    std::vector<std::int32_t> peer_device_;
    std::vector<std::int32_t> group_;
    std::vector<std::int32_t> cohort_;
    std::vector<std::int32_t> outcome_;
    std::vector<std::int32_t> attempts_;
    std::vector<std::int32_t> why_;
    std::vector<float> value_;
    std::vector<std::string> reasons_;
    std::map<std::string, std::int32_t> numbers_;
    Json rows_ = Json::array();  ///< [cell, attempt, outcome, value, why]
    std::size_t rows_over_ = 0;
    std::size_t left_out_ = 0;
};

Json limits_json(const Metric& metric, const Policy& policy) {
    Json limits = Json::array();
    for (const Limit& limit : policy.limits) {
        if (!matches(limit.pattern, metric.name)) continue;
        limits.push_back({{"min", or_null(limit.min)},
                          {"max", or_null(limit.max)},
                          {"source", limit.source},
                          {"provisional", limit.provisional}});
    }
    return limits;
}

}  // namespace

Json html_metric(const Survey& survey, const Metric& metric, std::size_t index,
                 const Policy& policy, const HtmlDetail& detail) {
    const MetricCells cells{survey, metric, index};
    Cohorts cohorts = cohorts_of(cells, survey);
    Details details{cells, detail, *survey.run};
    for (std::size_t i = 0; i < cells.cells().size(); ++i) {
        details.add(cells.cells()[i], cohorts.of_cell[i]);
    }
    Json json{{"name", metric.name},
              {"suite", metric.suite},
              {"scope", to_string(metric.scope)},
              {"unit", metric.unit},
              {"better", to_string(metric.better)},
              {"definition", metric.definition},
              {"parameters", metric.parameters},
              {"repetitions", metric.repetitions},
              {"min_effect", min_effect_of(metric, policy)},
              {"is_temperature", is_temperature(metric.unit)},
              {"limits", limits_json(metric, policy)}};
    json = cleaned(std::move(json));
    if (metric.scope == Scope::Device || metric.scope == Scope::Node) {
        json["nodes"] = nodes_json(cells, cohorts, survey.run->nodes.size());
    }
    json["detail"] = details.json();
    Json of_cohorts = Json::array();
    for (std::size_t i = 0; i < cohorts.values.size(); ++i) {
        of_cohorts.push_back(cleaned(cohort_json(survey, *cohorts.first[i], cohorts.values[i])));
    }
    json["cohorts"] = std::move(of_cohorts);
    return json;
}

}  // namespace rackproof
