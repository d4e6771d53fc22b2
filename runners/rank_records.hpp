#pragma once

#include <cstdint>

#include <span>

#include "core/manifest.hpp"
#include "core/record.hpp"

namespace rackproof {

/// Who a rank is, and what it has been sent to do.
struct RankDuty {
    std::int32_t job = 0;
    std::int32_t rank = 0;
    std::int32_t node = 0;
    std::int32_t device = 0;
    std::int32_t attempt = 0;
    std::span<const std::int32_t> open;  ///< cells that it is at, and has not ended
};

/// Throws Error, saying what is wrong, unless this is a record that such a rank may send now: of
/// its own job, place and cells, in their attempt, within the case's bounds, with finite numbers.
void check_record(const record::Record& record, const RankDuty& duty, const Manifest& manifest);

}  // namespace rackproof
