#pragma once

#include <cstddef>
#include <string>

#include "core/owner.hpp"

namespace rackproof::cpu {

struct Mapping {
    std::byte* start = nullptr;
    std::size_t bytes = 0;
    friend constexpr bool operator==(const Mapping&, const Mapping&) = default;
};

struct MappingTraits {
    using Handle = Mapping;
    static constexpr Handle kNull{};
    static void close(Handle handle) noexcept;
};

/// Untouched anonymous memory that starts on a 2 MiB boundary and asks for huge pages: where a
/// page ends up is decided by the thread that touches it first. Reads as zeros until then.
class Pages {
  public:
    /// Throws Error if `bytes` do not fit into what is free; `what` names them in it.
    Pages(std::size_t bytes, const std::string& what);

    [[nodiscard]] std::byte* data() const { return start_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

  private:
    Owner<MappingTraits> mapping_;
    std::byte* start_ = nullptr;
    std::size_t bytes_ = 0;
};

}  // namespace rackproof::cpu
