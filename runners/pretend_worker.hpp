#pragma once

#include <cstdint>
#include <string>

#include "runners/worker.hpp"

namespace rackproof {

/// What pretended ranks do in place of work, for each case that they are sent to run.
struct Pretence {
    std::int32_t ranks = 1;      ///< of this process, from its own rank on
    std::string host;            ///< that they say they are on; empty: this one
    std::int32_t sensors = 0;    ///< of each rank
    double readings_per_s = 1;   ///< of each sensor
    double duration_s = 0;       ///< readings for so long
    std::int32_t records = 0;    ///< then so many operations, as fast as they go
    std::int32_t text_size = 0;  ///< of an operation's words, from its number on
};

/// Ranks that put a controller to the test: everything about them is real but the work. Each joins
/// as the rank of its seat or one behind it, in a thread of its own, and obeys until it is told to
/// quit. Sensor k of local rank r is "pretend.r.k", and its readings count from 0. Returns an exit
/// status: 0 if every rank was told to quit.
[[nodiscard]] int run_pretend_workers(const WorkerSeat& first, const Pretence& pretence);

}  // namespace rackproof
