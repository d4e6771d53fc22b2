#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/run.hpp"

namespace rackproof {

/// What a variant says beyond its fields, read out of its JSON parameters.
struct VariantFacts {
    /// Algorithm, library, transport and those parameters that must agree before two targets may
    /// be compared. Equal for two variants exactly if they may be.
    Variant like;
    std::optional<std::string> digest;       ///< of the output, the same on every healthy device
    std::optional<std::int64_t> operations;  ///< runs that one sample timed together
    std::optional<std::int64_t> checked;     ///< outputs that were checked in all, and right
    std::vector<std::string> without;        ///< nodes of the target that took no part
};

/// Never throws on odd text: parameters that are no JSON object, or are nested deeper than any of
/// ours, are compared as they stand and yield neither digest nor operations.
/// Not compared are `digest`, which has a rule of its own, and what belongs to one target or one
/// run rather than to the way of measuring: `operations`, `cores`, `seconds`, `chosen`,
/// `checked`.
[[nodiscard]] VariantFacts variant_facts(const Variant& variant);

/// The kind of device that a metric was measured on, from its parameters: "cpu" where they do not
/// say.
[[nodiscard]] std::string device_kind_of(const Metric& metric);

/// In which fields `mine` is unlike `theirs`, as a text: "algorithm 'ring', theirs 'tree'".
[[nodiscard]] std::string difference(const Variant& mine, const Variant& theirs);

}  // namespace rackproof
