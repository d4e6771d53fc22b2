#pragma once

#include <cstdint>

namespace rackproof {

/// How soon a run is asked to end.
enum class StopRequest : std::uint8_t {
    No,
    AfterCell,  ///< what is in flight is finished, nothing more is begun
    Now,        ///< ranks are ended; what is in flight stays open
};

}  // namespace rackproof
