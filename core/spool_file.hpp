#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <utility>

#include "core/descriptor.hpp"

namespace rackproof {

/// Bytes that are too many for the memory, in a file without a name: it is gone with this, or with
/// the process however that ends. There is no file before the first byte. All throw Error.
class SpoolFile {
  public:
    explicit SpoolFile(std::filesystem::path folder) : folder_{std::move(folder)} {}

    /// Where they begin now.
    [[nodiscard]] std::uint64_t append(std::span<const std::byte> bytes);
    /// Over bytes that were appended.
    void write(std::uint64_t offset, std::span<const std::byte> bytes);
    void read(std::uint64_t offset, std::span<std::byte> bytes) const;

  private:
    std::filesystem::path folder_;
    Descriptor file_;
    std::uint64_t size_ = 0;
};

}  // namespace rackproof
