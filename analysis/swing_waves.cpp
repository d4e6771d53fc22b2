#include "analysis/swing_waves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "analysis/rank_places.hpp"
#include "analysis/robust.hpp"
#include "analysis/variant_facts.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

/// Entries and exits of all ranks in one period.
struct Period {
    std::map<std::int32_t, LoadedTime> by_rank;
};

std::vector<Period> periods_of(const RankTimes& times, std::size_t row) {
    std::map<std::int32_t, Period> periods;
    for (std::size_t i = 0; i < times.cell.size(); ++i) {
        if (times.cell[i] != static_cast<std::int32_t>(row)) continue;
        if (!std::isfinite(times.entry[i]) || !std::isfinite(times.exit[i])) continue;
        periods[times.repetition[i]].by_rank[times.rank[i]] = {times.entry[i], times.exit[i]};
    }
    std::vector<Period> ordered;
    for (auto& [repetition, period] : periods) ordered.push_back(std::move(period));
    return ordered;
}

std::vector<double> edges(const Period& period, double LoadedTime::*edge) {
    std::vector<double> all;
    for (const auto& [rank, loaded] : period.by_rank) all.push_back(loaded.*edge);
    return all;
}

double distance(const Period& period, double LoadedTime::*edge) {
    const std::vector<double> all = edges(period, edge);
    const auto [first, last] = std::ranges::minmax_element(all);
    return *last - *first;
}

/// The nodes of a row's target, without those that took no part.
std::vector<std::int32_t> nodes_at_work(const Run& run, const Metric& metric, std::size_t row) {
    const Target target = metric.target[row];
    std::vector<std::int32_t> nodes{target.first};
    if (metric.scope == Scope::Group) nodes = run.groups.at(at(target.first));
    if (metric.scope == Scope::NodePair) nodes.push_back(target.second);
    const std::int32_t variant = metric.variant[row];
    if (variant < 0) return nodes;
    const std::vector<std::string> absent = variant_facts(run.variants.at(at(variant))).without;
    std::erase_if(nodes, [&](std::int32_t node) {
        return std::ranges::find(absent, run.nodes.at(at(node)).name) != absent.end();
    });
    return nodes;
}

void name_furthest(const std::vector<Period>& periods, const std::vector<Place>& places,
                   const Run& run, PhaseError& phase) {
    std::map<std::int32_t, std::vector<double>> by_rank;
    for (const Period& period : periods) {
        const std::optional<double> middle_s = median(edges(period, &LoadedTime::from_s));
        for (const auto& [rank, loaded] : period.by_rank) {
            by_rank[rank].push_back(loaded.from_s - *middle_s);
        }
    }
    std::int32_t furthest = -1;
    for (const auto& [rank, late_s] : by_rank) {
        const double own_s = *median(late_s);
        if (furthest >= 0 && std::abs(own_s) <= std::abs(phase.furthest_s)) continue;
        furthest = rank;
        phase.furthest_s = own_s;
    }
    if (furthest < 0 || at(furthest) >= places.size()) return;
    const Place& place = places[at(furthest)];
    phase.furthest = fmt::format("{}, device {}", run.nodes.at(at(place.node)).name,
                                 run.devices.at(at(place.device)).index);
}

double largest_clock_error(const RankTimes& times, std::size_t row) {
    double largest_s = 0;
    for (std::size_t i = 0; i < times.cell.size(); ++i) {
        if (times.cell[i] != static_cast<std::int32_t>(row)) continue;
        largest_s = std::max(largest_s, times.clock_error[i]);
    }
    return largest_s;
}

void add_times(const Run& run, const Metric& metric, std::size_t row, SwingWaveFacts& wave) {
    const auto times = run.ranks.find(metric.name);
    if (times == run.ranks.end()) return;
    const std::vector<Period> periods = periods_of(times->second, row);
    std::vector<double> distances;
    std::size_t ranks = 0;
    for (const Period& period : periods) {
        wave.loaded.push_back({*median(edges(period, &LoadedTime::from_s)),
                               *median(edges(period, &LoadedTime::to_s))});
        distances.push_back(
            std::max(distance(period, &LoadedTime::from_s), distance(period, &LoadedTime::to_s)));
        ranks = std::max(ranks, period.by_rank.size());
    }
    if (ranks < 2) return;
    PhaseError phase;
    phase.ranks = ranks;
    phase.median_s = *median(distances);
    phase.worst_s = *std::ranges::max_element(distances);
    phase.clock_error_s = largest_clock_error(times->second, row);
    name_furthest(periods, places_of_ranks(run, wave.nodes, ranks, device_kind_of(metric)), run,
                  phase);
    wave.phase = std::move(phase);
}

/// nullopt for the lead, which is no wave.
std::optional<SwingWaveFacts> wave_of(const Metric& metric) {
    const nlohmann::json parameters = nlohmann::json::parse(metric.parameters, nullptr, false);
    if (!parameters.is_object() || !parameters.contains("period_s")) return std::nullopt;
    SwingWaveFacts wave;
    wave.metric = metric.name;
    const auto text = parameters.find("shape");
    if (text != parameters.end() && text->is_string()) wave.shape = text->get<std::string>();
    const auto number = [&](const char* key) {
        const auto found = parameters.find(key);
        return found != parameters.end() && found->is_number() ? found->get<double>() : kNoValue;
    };
    wave.period_s = number("period_s");
    wave.level = number("level");
    if (!(wave.period_s > 0) || !(wave.level > 0)) return std::nullopt;
    return wave;
}

std::string reason_of(const Run& run, const Metric& metric, std::size_t row) {
    for (const Reason& reason : run.reasons) {
        if (reason.metric == metric.name && at(reason.row) == row) return reason.text;
    }
    return "";
}

}  // namespace

std::vector<SwingWaveFacts> swing_waves(const Run& run) {
    std::vector<SwingWaveFacts> waves;
    for (const Metric& metric : run.metrics) {
        if (metric.suite != "power_swing") continue;
        const std::optional<SwingWaveFacts> wave = wave_of(metric);
        if (!wave) continue;
        std::map<Target, std::size_t> last;
        for (std::size_t row = 0; row < metric.rows(); ++row) last[metric.target[row]] = row;
        for (const auto& [target, row] : last) {
            SwingWaveFacts own = *wave;
            own.nodes = nodes_at_work(run, metric, row);
            own.outcome = metric.outcome[row];
            own.reason = reason_of(run, metric, row);
            if (own.outcome == Outcome::Completed) add_times(run, metric, row, own);
            waves.push_back(std::move(own));
        }
    }
    return waves;
}

}  // namespace rackproof
