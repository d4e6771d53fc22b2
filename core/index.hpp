#pragma once

#include <cstddef>
#include <cstdint>

namespace rackproof {

/// A row of one of the run's tables (int32 in its file, see docs/file-format.md) as a container
/// takes it. A negative index means "none" and must have been dealt with before.
constexpr std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

}  // namespace rackproof
