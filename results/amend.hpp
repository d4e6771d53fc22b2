#pragma once

#include <string>

#include "core/run.hpp"

namespace rackproof {

/// `base` with what `again` measured on some of its nodes after a repair, as further attempts
/// beside the old ones: attempt n of amendment k is attempt k * kAttemptsPerAmendment + n. Rows
/// that were there stay as they are. A device or a fact that is another one since takes the old
/// one's place, and an event says what it was; an event `run.amended` a node says when and by which
/// run. Telemetry of `again` stays in its own file, which `where` names. Throws InputError if
/// `again` is of nodes or metrics that `base` does not have, or measured nothing.
[[nodiscard]] Run amended(Run base, const Run& again, const std::string& where);

}  // namespace rackproof
