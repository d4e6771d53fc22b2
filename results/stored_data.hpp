#pragma once

#include <cstdint>
#include <span>

#include "results/hdf5.hpp"

namespace rackproof::run_file {

/// No deflate stream grows by more than this when it is unpacked.
inline constexpr std::uint64_t kMostDeflated = 1032;

/// Sizes are counted up to this, so that kMostDeflated times a size does not overflow.
inline constexpr std::uint64_t kMostCountedBytes = std::uint64_t{1} << 52;

/// Throws Error unless the data of `dataset`, of `elements` elements in this extent, is all in a
/// file of `file_bytes`: not in another file, not virtual, no chunk missing, no filter but
/// shuffle, deflate and checksum, and no size beyond what the stored bytes can unpack to.
void require_stored(const hdf5::Dataset& dataset, std::span<const hsize_t> extent,
                    std::size_t elements, std::size_t element_bytes, std::uint64_t file_bytes);

}  // namespace rackproof::run_file
