#include "analysis/simulator/scenario.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/plan.hpp"
#include "core/utf8.hpp"

namespace rackproof::simulator {
namespace {

using Found = std::optional<Problem>;

/// The first of the findings that is a problem.
Found first_of(std::initializer_list<Found> findings) {
    for (const Found& found : findings) {
        if (found) return found;
    }
    return std::nullopt;
}

/// Checks one entry of one table.
struct Entry {
    std::string table;
    std::size_t index = 0;

    [[nodiscard]] Found problem(std::string key, std::string text) const {
        return Problem{table, index, std::move(key), std::move(text)};
    }
    [[nodiscard]] Found within(std::string key, double value, double low, double high) const {
        if (value >= low && value <= high) return std::nullopt;
        return problem(
            key, fmt::format("'{}' is outside of what can be simulated; expected {} to {}", key,
                             low, high));
    }
    [[nodiscard]] Found fraction(const std::string& key, double value) const {
        if (value >= 0 && value <= 1) return std::nullopt;
        return problem(key, "'" + key + "' is no share; expected a number from 0 to 1");
    }
    [[nodiscard]] Found patterns(const Scenario& scenario,
                                 const std::vector<std::string>& metrics) const {
        for (const std::string& pattern : metrics) {
            const bool known = std::ranges::any_of(scenario.metrics, [&](const MetricModel& model) {
                return matches(pattern, model.name);
            });
            if (!known) {
                return problem("metrics",
                               "no metric of the scenario is named '" + printable(pattern) + "'");
            }
        }
        return std::nullopt;
    }
};

constexpr double kMostKelvin = 200;
constexpr double kMostRelative = 0.95;

double most_effect(const MetricModel& metric) {
    return in_kelvin(metric) ? kMostKelvin : kMostRelative;
}

/// A rate falls to nothing at the most; what takes time may take any.
double most_fault(const MetricModel& metric, FaultKind kind) {
    constexpr double kMostTimes = 1e6;
    const bool is_of_time =
        kind == FaultKind::Slow && !in_kelvin(metric) && metric.better == Direction::LowerIsBetter;
    return is_of_time ? kMostTimes : most_effect(metric);
}

Found check_metric(const MetricModel& metric, std::size_t index, std::set<std::string>& names) {
    const Entry entry{"metric", index};
    if (metric.name.empty() ||
        metric.name.find_first_of(std::string{"/\0", 2}) != std::string::npos ||
        metric.name == "." || valid_utf8(metric.name) != metric.name) {
        return entry.problem("name", "'name' is no metric's name; expected a text without '/'");
    }
    if (!names.insert(metric.name).second) {
        return entry.problem("name", "there are two metrics of this name; expected one");
    }
    if (metric.scope == Scope::DevicePair || metric.scope == Scope::Group) {
        return entry.problem("scope", "'scope' must be device, node or node_pair");
    }
    if (metric.scope == Scope::NodePair && in_kelvin(metric)) {
        return entry.problem("unit", "a pair has no temperature; expected a rate or a time");
    }
    const double most = most_effect(metric);
    if (!in_kelvin(metric) && !(metric.centre > 0)) {
        return entry.problem("centre", "'centre' is not above 0; expected a rate, time or power");
    }
    return first_of({entry.within("spread", metric.spread, 0, most),
                     entry.within("skew", metric.skew, 0.01, 2),
                     entry.within("noise", metric.noise, 0, most),
                     entry.fraction("correlation", metric.correlation),
                     entry.fraction("outlier_rate", metric.outlier_rate),
                     entry.within("outlier_size", metric.outlier_size, 0, most),
                     entry.within("repetitions", metric.repetitions, 1, 100'000)});
}

Found check_fleet(const Scenario& scenario) {
    const Entry fleet{"fleet", 0};
    Found found = first_of({fleet.within("nodes", scenario.nodes, 1, 2'000'000),
                            fleet.within("devices_per_node", scenario.devices_per_node, 1, 1024),
                            fleet.within("nodes_per_rack", scenario.nodes_per_rack, 1, 2'000'000),
                            fleet.within("nodes_per_leaf", scenario.nodes_per_leaf, 0, 2'000'000),
                            fleet.within("racks_per_row", scenario.racks_per_row, 1, 2'000'000),
                            fleet.within("node_spread", scenario.node_spread, 0, kMostRelative)});
    if (found) return found;
    if (scenario.skus_by == Piece::Device) {
        return fleet.problem("skus_by", "a device has the sku of its node; expected node or rack");
    }
    double devices = 0;
    for (const SkuModel& sku : scenario.skus) {
        devices = std::max<double>(devices, sku.devices_per_node.value_or(0));
    }
    constexpr double kMostDevices = 100e6;
    devices = std::max<double>(devices, scenario.devices_per_node) * scenario.nodes;
    if (devices > kMostDevices) return fleet.problem("nodes", "more than 100 million devices");
    return std::nullopt;
}

Found check_pairs(const Scenario& scenario) {
    const PairPlan& pairs = scenario.pairs;
    const Entry entry{"pairs", 0};
    if (pairs.near_rounds > pairs.rounds) {
        return entry.problem("near_rounds", "'near_rounds' are more than 'rounds'");
    }
    return first_of(
        {entry.within("rounds", pairs.rounds, 1, 100),
         entry.within("near_rounds", pairs.near_rounds, 0, 100),
         entry.fraction("failing", pairs.failing),
         entry.within("far_effect", pairs.far_effect, -kMostRelative, kMostRelative),
         entry.fraction("mode_fraction", pairs.mode_fraction),
         entry.within("mode_effect", pairs.mode_effect, -kMostRelative, kMostRelative)});
}

/// Faults of the fabric slow pairs down, and nothing else.
Found check_fabric(const Scenario& scenario, const FaultPlan& fault, const Entry& entry) {
    const bool of_leaf = fault.level == FaultLevel::Leaf || fault.level == FaultLevel::Uplink;
    const bool of_fabric = of_leaf || fault.level == FaultLevel::Link;
    if (fault.share != 1 && fault.level != FaultLevel::Uplink) {
        return entry.problem("share", "'share' is of an uplink's pairs; expected level \"uplink\"");
    }
    if (!of_fabric) return entry.fraction("share", fault.share);
    if (fault.kind != FaultKind::Slow) {
        return entry.problem("kind", "a leaf, uplink or link can be slow; expected kind \"slow\"");
    }
    if (of_leaf && scenario.nodes_per_leaf == 0) {
        return entry.problem("level", "the fleet has no leaves; expected 'nodes_per_leaf' there");
    }
    if (fault.level == FaultLevel::Link && fault.fraction) {
        return entry.problem("fraction", "links are counted among those met; expected 'count'");
    }
    if (!fault.inside.empty()) {
        return entry.problem("inside", "a part of the fabric is inside of no other fault");
    }
    return entry.within("share", fault.share, 0.01, 1);
}

Found check_skus(const Scenario& scenario) {
    double sum = 0;
    for (std::size_t i = 0; i < scenario.skus.size(); ++i) {
        const SkuModel& sku = scenario.skus[i];
        const Entry entry{"sku", i};
        sum += sku.fraction;
        const Found found = first_of(
            {entry.fraction("fraction", sku.fraction), entry.within("scale", sku.scale, 1e-6, 1e6),
             entry.within("devices_per_node", sku.devices_per_node.value_or(1), 1, 1024)});
        if (found) return found;
        for (const auto& [metric, centre] : sku.centre) {
            const auto model = std::ranges::find(scenario.metrics, metric, &MetricModel::name);
            if (model == scenario.metrics.end()) {
                return entry.problem("centre", "there is no metric '" + printable(metric) + "'");
            }
            if (!in_kelvin(*model) && !(centre > 0)) {
                return entry.problem("centre", "a centre is not above 0");
            }
        }
    }
    constexpr double kRounding = 1e-6;
    if (!scenario.skus.empty() && std::abs(sum - 1) > kRounding) {
        return Entry{"sku", 0}.problem("fraction", "the skus' fractions do not sum to 1");
    }
    return std::nullopt;
}

/// A relative effect of an entry that concerns temperatures too would be kelvin there.
Found check_effect(const Scenario& scenario, const Entry& entry, const std::string& key,
                   double effect, const std::vector<std::string>& metrics) {
    for (const MetricModel& metric : scenario.metrics) {
        if (!concerns(metrics, metric.name)) continue;
        const double most = most_effect(metric);
        if (auto found = entry.within(key, effect, -most, most)) return found;
    }
    return std::nullopt;
}

Found check_benign(const Scenario& scenario) {
    for (std::size_t i = 0; i < scenario.populations.size(); ++i) {
        const Population& part = scenario.populations[i];
        const Entry entry{"population", i};
        const Found found = first_of(
            {entry.fraction("fraction", part.fraction), entry.patterns(scenario, part.metrics),
             check_effect(scenario, entry, "effect", part.effect, part.metrics)});
        if (found) return found;
    }
    for (std::size_t i = 0; i < scenario.gradients.size(); ++i) {
        const Gradient& gradient = scenario.gradients[i];
        const Entry entry{"gradient", i};
        const Found found =
            first_of({entry.patterns(scenario, gradient.metrics),
                      check_effect(scenario, entry, "effect", gradient.effect, gradient.metrics)});
        if (found) return found;
    }
    for (std::size_t i = 0; i < scenario.rack_effects.size(); ++i) {
        const RackEffect& effect = scenario.rack_effects[i];
        const Entry entry{"rack_effect", i};
        const Found found =
            first_of({entry.patterns(scenario, effect.metrics),
                      entry.within("spread", effect.spread, 0, kMostKelvin),
                      check_effect(scenario, entry, "spread", effect.spread, effect.metrics)});
        if (found) return found;
    }
    return std::nullopt;
}

Found check_size(const Scenario& scenario, const FaultPlan& fault, const Entry& entry) {
    const bool sized = fault.kind == FaultKind::Slow || fault.kind == FaultKind::Unstable;
    const std::string key = fault.size_in_spreads ? "size_in_spreads" : "size";
    if (fault.size && fault.size_in_spreads) {
        return entry.problem(key, "a size stands beside a size in spreads; expected one of them");
    }
    const auto& range = fault.size ? fault.size : fault.size_in_spreads;
    if (sized && !range) return entry.problem("size", "a fault of this kind needs a 'size'");
    if (!sized && range) return entry.problem(key, "a fault of this kind has no size");
    if (!range) return std::nullopt;
    if (!(range->low > 0) || !(range->high >= range->low)) {
        return entry.problem(key, "a size must be above 0, and a range's lower end come first");
    }
    for (const MetricModel& metric : scenario.metrics) {
        if (!concerns(fault.metrics, metric.name)) continue;
        const double scale = fault.size_in_spreads ? metric.spread : 1;
        if (range->high * scale > most_fault(metric, fault.kind)) {
            return entry.problem(key, "in '" + printable(metric.name) +
                                          "' that is more than can be simulated; expected at most "
                                          "0.95, 1e6 for what is slow where less is better, or 200 "
                                          "K for temperatures");
        }
    }
    return std::nullopt;
}

Found check_fault(const Scenario& scenario, std::size_t index) {
    const FaultPlan& fault = scenario.faults[index];
    const Entry entry{"fault", index};
    const bool fleet = fault.level == FaultLevel::Fleet;
    if (fault.count && fault.fraction) {
        return entry.problem("count", "'count' stands beside 'fraction'; expected one of them");
    }
    if (!fleet && !fault.count && !fault.fraction) {
        return entry.problem("count", "'count' or 'fraction' is missing");
    }
    if (fleet && (fault.count || fault.fraction || !fault.inside.empty())) {
        return entry.problem("level", "there is one fleet; expected no count, fraction or inside");
    }
    const auto last = scenario.faults.begin() + static_cast<std::ptrdiff_t>(index);
    if (!fault.inside.empty() &&
        std::find_if(scenario.faults.begin(), last,
                     [&](const FaultPlan& other) { return other.name == fault.inside; }) == last) {
        return entry.problem("inside",
                             "no fault before this one is named '" + printable(fault.inside) + "'");
    }
    if (auto found = check_fabric(scenario, fault, entry)) return found;
    const bool shows =
        fault.kind == FaultKind::Hardware ||
        std::ranges::any_of(scenario.metrics, [&](const MetricModel& metric) {
            return concerns(fault.metrics, metric.name) && shows_at(fault.level, metric.scope);
        });
    if (!shows) {
        return entry.problem("metrics",
                             "a device's fault does not show in metrics of nodes or pairs alone, "
                             "nor the fabric's in any but of pairs");
    }
    return first_of({entry.within("count", fault.count.value_or(1), 0, 100e6),
                     entry.fraction("fraction", fault.fraction.value_or(0)),
                     entry.within("attempts", fault.attempts, 1, 100),
                     entry.patterns(scenario, fault.metrics), check_size(scenario, fault, entry)});
}

}  // namespace

Found find_problem(const Scenario& scenario) {
    if (scenario.metrics.empty()) {
        return Problem{"", 0, "metric", "there is no metric; expected at least one [[metric]]"};
    }
    if (auto found = check_fleet(scenario)) return found;
    if (auto found = check_pairs(scenario)) return found;
    std::set<std::string> names;
    for (std::size_t i = 0; i < scenario.metrics.size(); ++i) {
        if (auto found = check_metric(scenario.metrics[i], i, names)) return found;
    }
    if (auto found = check_skus(scenario)) return found;
    if (auto found = check_benign(scenario)) return found;
    for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
        if (auto found = check_fault(scenario, i)) return found;
    }
    return std::nullopt;
}

bool shows_at(FaultLevel level, Scope scope) {
    if (level == FaultLevel::Device) return scope == Scope::Device;
    const bool of_fabric =
        level == FaultLevel::Leaf || level == FaultLevel::Uplink || level == FaultLevel::Link;
    return !of_fabric || scope == Scope::NodePair;
}

bool concerns(const std::vector<std::string>& patterns, const std::string& metric) {
    return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
               return matches(pattern, metric);
           });
}

std::string suite_of(const MetricModel& metric) {
    return metric.suite.empty() ? metric.name.substr(0, metric.name.find('.')) : metric.suite;
}

bool in_kelvin(const MetricModel& metric) { return metric.unit == "degC"; }

std::string_view to_string(FaultKind kind) noexcept {
    switch (kind) {
        case FaultKind::Slow: return "slow";
        case FaultKind::Unstable: return "unstable";
        case FaultKind::WrongAnswer: return "wrong_answer";
        case FaultKind::Missing: return "missing";
        case FaultKind::Hardware: return "hardware";
    }
    return "?";
}

std::string_view to_string(FaultLevel level) noexcept {
    switch (level) {
        case FaultLevel::Device: return "device";
        case FaultLevel::Node: return "node";
        case FaultLevel::Rack: return "rack";
        case FaultLevel::Fleet: return "fleet";
        case FaultLevel::Leaf: return "leaf";
        case FaultLevel::Uplink: return "uplink";
        case FaultLevel::Link: return "link";
    }
    return "?";
}

std::string_view to_string(Growth growth) noexcept {
    return growth == Growth::Linear ? "linear" : "step";
}

std::string_view to_string(Missing missing) noexcept {
    switch (missing) {
        case Missing::Absent: return "absent";
        case Missing::NoNumber: return "no_number";
        case Missing::Failed: return "failed";
        case Missing::TimedOut: return "timed_out";
        case Missing::Lost: return "lost";
        case Missing::Skipped: return "skipped";
        case Missing::Excluded: return "excluded";
    }
    return "?";
}

}  // namespace rackproof::simulator
