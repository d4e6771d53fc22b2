#pragma once

#include <cstdint>
#include <string>

#include "analysis/judgement.hpp"
#include "core/run.hpp"

namespace rackproof {

/// What a vendor needs of each part that failed: where it is, what it is (model, serial, UUID, PCI
/// address, VBIOS, driver), and the evidence, a finding each, the run's id with it. A finding on a
/// node names the node's own serial, where the inventory has one. Only findings that fail on a
/// device, a node or a link are listed; a waived one says so. `judgement` is of `run`.
[[nodiscard]] std::string rma_text(const Run& run, const Judgement& judgement);

/// The same as CSV, a line a part and finding, with a header; texts from outside cannot become
/// formulas.
[[nodiscard]] std::string rma_csv(const Run& run, const Judgement& judgement);

}  // namespace rackproof
