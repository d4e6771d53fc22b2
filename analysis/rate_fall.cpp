#include "analysis/rate_fall.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/robust.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostParts = 60;
constexpr std::size_t kFewestSlices = 3;  // of a part

bool is_of(const Place& finding, const Place& device) {
    if (finding.peer_node >= 0 || finding.node != device.node) return false;
    return finding.device < 0 || finding.device == device.device;
}

}  // namespace

std::optional<Change> change_within_soak(std::span<const float> parts) {
    constexpr double kLeastNoise = 1e-6;
    constexpr double kChance = 1e-3;
    const std::size_t values = nights_with_values(parts);
    if (values < 2 * kFewestNights) return std::nullopt;
    const double noise = std::max(kLeastNoise, nightly_noise(parts).value_or(0));
    std::optional<Change> change = worst_change(parts, noise);
    const bool is_sure = change && chance_of(*change, static_cast<double>(values - 2)) <= kChance;
    return is_sure ? change : std::nullopt;
}

std::optional<RateFall> rate_fall_of(const DeviceBurnin& device, std::string_view metric) {
    const std::size_t parts = std::min(kMostParts, device.rate.size() / kFewestSlices);
    if (parts < 2 * kFewestNights) return std::nullopt;
    std::vector<float> slower;  // upwards is worse
    std::vector<std::size_t> begins;
    for (std::size_t part = 0; part < parts; ++part) {
        const std::size_t begin = device.rate.size() * part / parts;
        const std::size_t end = device.rate.size() * (part + 1) / parts;
        const auto middle = median({device.rate.begin() + static_cast<std::ptrdiff_t>(begin),
                                    device.rate.begin() + static_cast<std::ptrdiff_t>(end)});
        if (!middle || !(*middle > 0)) return std::nullopt;
        slower.push_back(static_cast<float>(-std::log(*middle)));
        begins.push_back(begin);
    }
    const std::optional<Change> change = change_within_soak(slower);
    if (!change) return std::nullopt;
    const double time_s = device.rate_time_s.at(begins.at(change->begin));
    const double since_s = std::max(0.0, time_s - device.curve.begin_s);
    const char* how = change->shape == ChangeShape::Step ? "since" : "falling since";
    RateFall fall;
    fall.metric = metric;
    fall.place = device.place;
    fall.text = fmt::format(
        "{} minute {:.1f} of the soak ({:.0f} s into the run), to {:.0f} % of "
        "what it was until then",
        how, since_s / 60, time_s, 100 * std::exp(change->before - change->now));
    return fall;
}

void say_when_rates_fell(const std::vector<RateFall>& falls,
                         const std::vector<MetricIdentity>& metrics, std::vector<Draft>& drafts) {
    for (Draft& draft : drafts) {
        if (draft.metric == kNoMetric) continue;
        const std::string& name = metrics.at(draft.metric).name;
        const auto fall = std::ranges::find_if(falls, [&](const RateFall& each) {
            return each.metric == name && is_of(draft.place, each.place);
        });
        if (fall != falls.end()) draft.what += "; " + fall->text;
    }
}

}  // namespace rackproof
