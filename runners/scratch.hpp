#pragma once

#include <filesystem>

#include "core/descriptor.hpp"

namespace rackproof {

/// A folder for what a job leaves behind; gone with this. On /dev/shm where there is one, since
/// MPI puts its shared memory into it. Held by a lock: what a killed controller has left is held by
/// nobody, and the next one that makes a Scratch clears it away.
class Scratch {
  public:
    /// Throws Error.
    Scratch();
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
    Descriptor lock_;
};

}  // namespace rackproof
