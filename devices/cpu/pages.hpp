#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

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
    Pages(std::size_t bytes, const std::string& what) : Pages{bytes, bytes, what} {}
    /// With addresses for `reserved` bytes, of which use() may take more later.
    Pages(std::size_t bytes, std::size_t reserved, const std::string& what);

    [[nodiscard]] std::byte* data() const { return start_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] std::size_t reserved() const { return reserved_; }

    /// From now on bytes() is this, up to reserved(); what stood there stays. Throws Error if more
    /// than ever before is wanted and does not fit into what is free.
    void use(std::size_t bytes, const std::string& what);

  private:
    Owner<MappingTraits> mapping_;
    std::byte* start_ = nullptr;
    std::size_t bytes_ = 0;
    std::size_t most_bytes_ = 0;  ///< of all times: these are there and need not be free
    std::size_t reserved_ = 0;
};

/// Pages that one workload leaves to the next: touching new ones can take longer than measuring.
class SparePages {
  public:
    /// Those kept, if they were reserved for just as much, so that each thread finds the pages
    /// near it that it touched; new ones otherwise. Throws what Pages throws.
    [[nodiscard]] Pages take(std::size_t bytes, std::size_t reserved, const std::string& what);
    /// Those kept, if they were reserved for as much or more, whoever touched them.
    [[nodiscard]] Pages take_any(std::size_t bytes, const std::string& what);
    void keep(Pages pages) { kept_ = std::move(pages); }
    void drop() { kept_.reset(); }

  private:
    std::optional<Pages> kept_;
};

}  // namespace rackproof::cpu
