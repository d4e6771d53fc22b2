#include "analysis/value_step.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace rackproof {
namespace {

constexpr std::size_t kMostTargets = 256;
constexpr std::size_t kMostOfATarget = 8;
/// Values nearer to each other than this, relative to the largest, are one: what a unit was
/// converted with.
constexpr double kSameValue = 1e-9;
/// So many of the samples are on values that others have as well.
constexpr double kOnSteps = 0.8;

/// All samples that have one value.
struct Stop {
    double value = 0;
    std::size_t samples = 0;
    std::set<std::size_t> targets;
};

/// In ascending order. Nothing if it shows at once that there are as many as samples, or nearly.
std::vector<Stop> stops_of(const std::vector<TargetSample>& sorted) {
    const double largest = std::max(std::abs(sorted.front().value), std::abs(sorted.back().value));
    std::vector<Stop> stops;
    for (const TargetSample& sample : sorted) {
        if (stops.empty() || sample.value - stops.back().value > kSameValue * largest) {
            stops.push_back({sample.value, 0, {}});
        }
        ++stops.back().samples;
        stops.back().targets.insert(sample.target);
    }
    return stops;
}

/// Two targets or more that have samples on several of the stops.
bool go_to_and_fro(const std::vector<Stop>& stops) {
    std::map<std::size_t, std::size_t> stops_of_target;
    for (const Stop& stop : stops) {
        for (const std::size_t target : stop.targets) ++stops_of_target[target];
    }
    return std::ranges::count_if(stops_of_target, [](const auto& own) { return own.second > 1; }) >
           1;
}

bool lie_about_the_usual(const std::vector<Stop>& stops) {
    const auto usual = std::ranges::max_element(stops, {}, &Stop::samples);
    return usual != stops.begin() && usual + 1 != stops.end();
}

}  // namespace

std::optional<double> step_between(std::vector<TargetSample> samples) {
    if (samples.empty()) return std::nullopt;
    std::ranges::sort(samples, {}, &TargetSample::value);
    std::vector<Stop> stops = stops_of(samples);
    std::erase_if(stops, [](const Stop& stop) { return stop.targets.size() < 2; });
    std::size_t on_stops = 0;
    for (const Stop& stop : stops) on_stops += stop.samples;
    if (static_cast<double>(on_stops) < kOnSteps * static_cast<double>(samples.size())) {
        return std::nullopt;
    }
    if (stops.size() < 2) return std::nullopt;
    if (!go_to_and_fro(stops) && !lie_about_the_usual(stops)) return std::nullopt;
    double step = stops.back().value - stops.front().value;
    for (std::size_t i = 1; i < stops.size(); ++i) {
        step = std::min(step, stops[i].value - stops[i - 1].value);
    }
    return step;
}

std::optional<double> value_step(const MetricCells& cells, std::span<TargetCell* const> members) {
    const std::size_t stride = members.size() / kMostTargets + 1;
    std::vector<TargetSample> samples;
    for (std::size_t i = 0; i < members.size(); i += stride) {
        std::size_t taken = 0;
        for (const double value : cells.samples(cells.rows(*members[i]).back())) {
            if (taken == kMostOfATarget) break;
            if (!std::isfinite(value)) continue;
            samples.push_back({value, i});
            ++taken;
        }
    }
    return step_between(std::move(samples));
}

}  // namespace rackproof
