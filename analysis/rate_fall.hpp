#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/cells.hpp"
#include "analysis/curve_source.hpp"
#include "analysis/draft.hpp"

namespace rackproof {

/// When the rate of one device's burn-in began to fall.
struct RateFall {
    std::string metric;  ///< that tells that it did: "burnin.fp64.rate_retention"
    Place place;
    std::string text;  ///< "from minute 10.3 of the soak on (652 s into the run), from 31.2 to ..."
};

/// By the medians of at most 60 even parts of the slices, the step or slope that explains them best
/// (analysis/series.hpp), if it is no chance (1e-3); nullopt where there is none.
[[nodiscard]] std::optional<RateFall> rate_fall_of(const DeviceBurnin& device,
                                                   std::string_view metric);

/// Findings that a rate was not kept say since when.
void say_when_rates_fell(const std::vector<RateFall>& falls,
                         const std::vector<MetricIdentity>& metrics, std::vector<Draft>& drafts);

}  // namespace rackproof
