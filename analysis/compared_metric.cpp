#include "analysis/compared_metric.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>

#include "core/index.hpp"

namespace rackproof {
namespace {

template <class Key>
Key most_frequent(const std::map<Key, std::int64_t>& counts) {
    Key best{};
    std::int64_t most = 0;
    for (const auto& [key, count] : counts) {
        if (count <= most) continue;
        most = count;
        best = key;
    }
    return best;
}

std::optional<double> finite_number(const std::string& text) {
    double number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
    return is_number && std::isfinite(number) ? std::optional{number} : std::nullopt;
}

using ValueOfCell = std::function<std::optional<double>(const TargetCell&)>;

/// Of the cells measured like most, `value_of` each that has one.
ComparedMetric compared_cells(const Survey& survey, const Metric& metric,
                              const ValueOfCell& value_of) {
    const Run& run = *survey.run;
    ComparedMetric result;
    result.identity = identity_of(metric);
    result.scope = metric.scope;
    result.definition = metric.definition;
    result.parameters = metric.parameters;
    result.clocks = clocks_policy(run);
    const MetricCells cells{survey, metric, 0};
    std::map<std::int32_t, std::int64_t> ways;
    for (const TargetCell& cell : cells.cells()) {
        if (value_of(cell)) ++ways[survey.way(cell)];
    }
    const std::int32_t usual = most_frequent(ways);
    for (const TargetCell& cell : cells.cells()) {
        const std::optional<double> value = value_of(cell);
        if (!value) {
            ++result.missing;
            continue;
        }
        if (survey.way(cell) != usual) {
            ++result.left_out;
            continue;
        }
        if (const VariantFacts* facts = survey.variant(cell)) result.like = facts->like;
        const bool is_of_one = metric.scope == Scope::Device || metric.scope == Scope::Node;
        result.values.push_back(*value);
        result.node.push_back(is_of_one ? cell.place.node : -1);
        result.rack.push_back(is_of_one ? survey.fleet.rack(cell.place.node) : -1);
    }
    return result;
}

/// What most GPUs have of what they would by default, such as "70 %"; empty if it is not known.
std::string usual_share(const Run& facts, std::string_view set_key, std::string_view default_key) {
    std::map<std::string, std::int64_t> counts;
    for (const InventoryColumn& set : facts.inventory) {
        if (!set.key.starts_with(set_key)) continue;
        const std::string partner = std::string{default_key} + set.key.substr(set_key.size());
        const auto usual = std::ranges::find(facts.inventory, partner, &InventoryColumn::key);
        if (usual == facts.inventory.end()) continue;
        for (std::size_t i = 0; i < std::min(set.values.size(), usual->values.size()); ++i) {
            const std::optional<double> now = finite_number(set.values[i]);
            const std::optional<double> then = finite_number(usual->values[i]);
            if (now && then && *then > 0) ++counts[fmt::format("{:.0f} %", 100 * *now / *then)];
        }
    }
    return most_frequent(counts);
}

}  // namespace

std::string clocks_policy(const Run& facts) {
    const std::string limit =
        usual_share(facts, "gpu.power_limit_enforced_w", "gpu.power_limit_default_w");
    const std::string clock =
        usual_share(facts, "gpu.application_clock_hz", "gpu.application_clock_default_hz");
    std::string text;
    if (!limit.empty()) text = "power limit at " + limit;
    // At its default it is what a driver that does not tell has, too.
    if (!clock.empty() && clock != "100 %") {
        text += (text.empty() ? "" : ", ") + ("application clock at " + clock);
    }
    return text;
}

ComparedMetric compared_metric(const Survey& survey, const Metric& metric) {
    return compared_cells(survey, metric, [](const TargetCell& cell) { return cell.value; });
}

std::optional<ComparedMetric> energy_per_operation(const Survey& survey, const Metric& rate,
                                                   const Metric& power) {
    const MetricCells powers{survey, power, 0};
    std::map<Place, double> watts;
    std::map<std::string, std::int64_t> sources;
    for (const TargetCell& cell : powers.cells()) {
        if (!cell.value || !(*cell.value > 0)) continue;
        watts.emplace(cell.place, *cell.value);
        if (const VariantFacts* facts = survey.variant(cell)) ++sources[facts->like.algorithm];
    }
    const auto has_own = [&survey](const Place& place) {
        return survey.run->devices[at(place.device)].kind == "gpu" ||
               survey.fleet.devices(place.node) == 1;
    };
    const auto joules = [&](const TargetCell& cell) -> std::optional<double> {
        const auto found = watts.find(cell.place);
        if (found == watts.end() || !cell.value || !(*cell.value > 0)) return std::nullopt;
        if (!has_own(cell.place)) return std::nullopt;
        return found->second / *cell.value;
    };
    ComparedMetric result = compared_cells(survey, rate, joules);
    if (result.values.empty()) return std::nullopt;
    result.identity.name += ".energy_per_operation";
    result.identity.unit = symbol(Unit::Joule);
    result.identity.better = Direction::LowerIsBetter;
    result.like.algorithm += ", power: " + most_frequent(sources);
    return result;
}

}  // namespace rackproof
