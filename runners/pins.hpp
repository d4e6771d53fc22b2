#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/manifest.hpp"
#include "core/run.hpp"
#include "devices/device.hpp"

namespace rackproof {

class RunBook;

// Like with like: how a sku's GPUs multiply is chosen by cases of suite calibration, on a few of
// them, and pinned for all of them in the stages behind.

[[nodiscard]] bool is_calibration(const CaseSpec& spec);

/// What the variant of a calibration's samples says that it chose; nullopt if that is nothing that
/// could be pinned (none, no text, or longer than 1,000 bytes).
[[nodiscard]] std::optional<GemmAlgorithm> chosen_by(const Variant& variant);

/// The index of the case, of a stage before, that calibrates the product of `spec`; nullopt if
/// there is none.
[[nodiscard]] std::optional<std::int32_t> calibration_of(const std::vector<CaseSpec>& cases,
                                                         const CaseSpec& spec);

/// Throws InputError, without a place, if the case wants a calibration that is not among `cases`.
void require_calibration(const std::vector<CaseSpec>& cases, const CaseSpec& spec);

/// What the completed cells of a calibration have chosen for a sku: for each version of the library
/// the choice of most, of as many the one whose cell stands first in the manifest.
struct Pin {
    GemmAlgorithm algorithm;
    std::int32_t votes = 0;
    std::int32_t voters = 0;  ///< with that version of the library
};
[[nodiscard]] std::vector<Pin> pins_for(std::int32_t calibration, const std::string& sku,
                                        const RunBook& book);

/// Hands a case that wants it what its calibration has chosen for the node's sku.
void pin_algorithm(CaseSpec& spec, std::int32_t node, const RunBook& book);

/// Says in an event, for each calibration of the stage that has ended and each sku that has one,
/// what is pinned; and once, though the run is stopped and goes on.
void tell_pins(std::int32_t stage, RunBook& book);

}  // namespace rackproof
