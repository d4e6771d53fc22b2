#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/cells.hpp"
#include "core/run.hpp"

namespace rackproof {

/// One metric of one run, with what must agree before it may be held against another run's.
struct ComparedMetric {
    MetricIdentity identity;
    Scope scope = Scope::Device;
    std::string definition;          ///< the same name may stand for another quantity
    std::string parameters;          ///< of the case
    Variant like;                    ///< how most targets were measured; its library may differ
    std::string clocks;              ///< clocks_policy() of the run
    std::vector<double> values;      ///< of each target measured like most, its median
    std::vector<std::int32_t> node;  ///< of each value; -1 for pairs and groups
    std::vector<std::int32_t> rack;  ///< likewise; -1 for none
    std::int64_t missing = 0;        ///< targets without a number
    std::int64_t left_out = 0;       ///< targets measured otherwise than most
};

[[nodiscard]] ComparedMetric compared_metric(const Survey& survey, const Metric& metric);

/// "power limit at 70 %, application clock at 80 %" of their defaults, as most GPUs of the run have
/// them; what is not known is left out, and an application clock at its default.
[[nodiscard]] std::string clocks_policy(const Run& facts);

/// The energy that one operation of a burn-in takes, in J: of each device its own power, divided by
/// its rate; missing where either is. A host's power counts only where the host has one device.
/// `power` is the burn-in's companion of that name. nullopt if no device has both.
[[nodiscard]] std::optional<ComparedMetric> energy_per_operation(const Survey& survey,
                                                                 const Metric& rate,
                                                                 const Metric& power);

}  // namespace rackproof
