#pragma once

#include "core/run.hpp"

namespace rackproof::test {

/// A small run in which every part of the run file has something in it: UTF-8 and awkward texts,
/// every scope and every outcome, retests, NaN, ranks, telemetry of both scopes, events.
[[nodiscard]] Run sample_run();

/// A run that never got to anything: no nodes, no cases, nothing.
[[nodiscard]] Run empty_run();

/// The first difference between two runs, as a sentence; empty if there is none. Numbers are
/// compared bit by bit, so that NaN equals itself and -0 is not 0.
[[nodiscard]] std::string difference(const Run& a, const Run& b);

}  // namespace rackproof::test
