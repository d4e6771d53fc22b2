#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/cells.hpp"
#include "analysis/curve_source.hpp"
#include "analysis/draft.hpp"
#include "analysis/series.hpp"

namespace rackproof {

/// The step or slope that explains the medians of a soak's even parts best (upwards is worse, NaN
/// where a part has none), if its chance is 1e-3 at the most.
[[nodiscard]] std::optional<Change> change_within_soak(std::span<const float> parts);

/// When the rate of one device's burn-in began to fall.
struct RateFall {
    std::string metric;  ///< that tells that it did: "burnin.fp64.rate_retention"
    Place place;
    std::string text;  ///< "from minute 10.3 of the soak on (652 s into the run), from 31.2 to ..."
};

/// By the medians of at most 60 even parts of the slices; nullopt where nothing fell.
[[nodiscard]] std::optional<RateFall> rate_fall_of(const DeviceBurnin& device,
                                                   std::string_view metric);

/// Findings that a rate was not kept say since when.
void say_when_rates_fell(const std::vector<RateFall>& falls,
                         const std::vector<MetricIdentity>& metrics, std::vector<Draft>& drafts);

}  // namespace rackproof
