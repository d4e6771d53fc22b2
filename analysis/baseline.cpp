#include "analysis/baseline.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <optional>

#include "analysis/cells.hpp"
#include "analysis/robust.hpp"
#include "analysis/rules.hpp"
#include "core/error.hpp"
#include "core/fleet.hpp"
#include "core/index.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

struct Moments {
    double mean = 0;
    double deviation = 0;  ///< standard, or of the worse half about the median if that is more
};

Moments moments_of(const std::vector<double>& values, Direction better) {
    const auto n = static_cast<double>(values.size());
    const double middle = *median(values);
    Moments moments;
    for (const double value : values) moments.mean += value / n;
    double squares = 0;
    double worse_squares = 0;
    double worse = 0;
    for (const double value : values) {
        squares += (value - moments.mean) * (value - moments.mean);
        if (better == Direction::HigherIsBetter ? value > middle : value < middle) continue;
        worse_squares += (value - middle) * (value - middle);
        ++worse;
    }
    moments.deviation = std::max(std::sqrt(squares / (n - 1)), std::sqrt(worse_squares / worse));
    return moments;
}

/// What is known of those that keep the limit.
std::string claim(std::size_t nodes, const ToleranceRule& rule) {
    const double whatever = content_of_worst(nodes, rule.confidence);
    std::string text = fmt::format(
        "with {:.6g} % confidence at least {:.4g} % of healthy nodes keep it, whatever their "
        "distribution",
        100 * rule.confidence, std::floor(1e4 * whatever) / 100);
    if (whatever < rule.content) {
        text +=
            fmt::format(", and {:.6g} % of their values if these are normal", 100 * rule.content);
    }
    if (nodes < kFewestFirmNodes) {
        text += fmt::format("; fewer than {} nodes", kFewestFirmNodes);
    }
    return text;
}

void refuse(const std::string& file, const std::string& problem) {
    throw InputError{{file, {}, {}}, problem};
}

}  // namespace

double tolerance_factor(std::size_t n, const ToleranceRule& rule) {
    const auto count = static_cast<double>(n);
    const double shift = boost::math::quantile(boost::math::normal{}, rule.content);
    const boost::math::non_central_t t{count - 1, shift * std::sqrt(count)};
    return boost::math::quantile(t, rule.confidence) / std::sqrt(count);
}

double content_of_worst(std::size_t n, double confidence) {
    return std::pow(1 - confidence, 1 / static_cast<double>(n));
}

double tolerance_limit(const std::vector<double>& values, Direction better, double factor) {
    const Moments moments = moments_of(values, better);
    const double width = factor * moments.deviation;
    const auto [least, most] = std::ranges::minmax(values);
    return better == Direction::HigherIsBetter ? std::min(moments.mean - width, least)
                                               : std::max(moments.mean + width, most);
}

void Baseline::add(const Run& facts, MetricSource& metrics, const std::set<std::string>& left_out,
                   const std::string& file) {
    for (const Node& node : facts.nodes) {
        if (!takes_part(node)) continue;  // of one that was never seen nobody knows what it is
        if (sku_.empty()) sku_ = node.sku;
        if (node.sku != sku_) {
            refuse(file, "node " + printable(node.name) + " is of sku '" + printable(node.sku) +
                             "'; expected '" + printable(sku_) +
                             "' as the others, for limits hold for one sku");
        }
    }
    for (std::size_t i = 0; i < metrics.names().size(); ++i) {
        add_metric(facts, *metrics.metric(i), left_out, file);
    }
}

void Baseline::add_metric(const Run& facts, const Metric& metric,
                          const std::set<std::string>& left_out, const std::string& file) {
    if (metric.better == Direction::None || is_pair(metric.scope) || metric.scope == Scope::Group) {
        return;
    }
    if (metric.name.find('*') != std::string::npos) {
        refuse(file, "has a metric " + printable(metric.name) +
                         "; expected a name without '*', which would be a limit's pattern");
    }
    const auto [found, is_new] = metrics_.try_emplace(
        metric.name, Accepted{metric.unit, metric.better, metric.parameters, {}});
    Accepted& accepted = found->second;
    if (accepted.unit != metric.unit || accepted.better != metric.better ||
        accepted.parameters != metric.parameters) {
        refuse(file, "measured " + printable(metric.name) +
                         " with another unit, direction or parameters than the runs before it; "
                         "expected runs of one plan");
    }
    const Survey survey{facts};
    const MetricCells cells{survey, metric, 0};
    for (const TargetCell& cell : cells.cells()) {
        if (!cell.value) continue;
        const std::string& node = facts.nodes[at(cell.place.node)].name;
        if (left_out.contains(node)) continue;
        const std::int32_t device =
            cell.place.device < 0 ? -1 : facts.devices[at(cell.place.device)].index;
        accepted.values[{node, device}].push_back(value_for_limits(cells, cell));
    }
}

std::vector<DerivedLimit> Baseline::limits(const ToleranceRule& rule, std::string_view name) const {
    std::vector<DerivedLimit> limits;
    for (const auto& [metric, accepted] : metrics_) {
        std::vector<double> values;
        std::set<std::string_view> nodes;
        for (const auto& [target, seen] : accepted.values) {
            values.push_back(*median(seen));
            nodes.insert(target.first);
        }
        if (nodes.size() < kFewestBaselineNodes) continue;
        const double limit =
            tolerance_limit(values, accepted.better, tolerance_factor(nodes.size(), rule));
        DerivedLimit derived;
        derived.nodes = nodes.size();
        derived.targets = values.size();
        derived.limit.pattern = metric;
        derived.limit.unit = accepted.unit;
        (accepted.better == Direction::HigherIsBetter ? derived.limit.min : derived.limit.max) =
            limit;
        derived.limit.provisional = derived.nodes < kFewestFirmNodes;
        derived.limit.source =
            fmt::format("{}: {} nodes, {} values of sku {}; {}", printable(name), derived.nodes,
                        derived.targets, printable(sku_), claim(derived.nodes, rule));
        limits.push_back(std::move(derived));
    }
    return limits;
}

}  // namespace rackproof
