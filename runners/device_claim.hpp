#pragma once

#include <cstdint>
#include <string>

#include "core/descriptor.hpp"

namespace rackproof {

/// While it lives, no other worker of the same run can claim the same device of this host. A
/// process that nobody can kill holds on to its claim, and so is found by the next one that comes:
/// what such a device measured would be worth nothing. Kept by the kernel alone (an abstract socket
/// address in the host's network namespace): nothing to clear away.
class DeviceClaim {
  public:
    DeviceClaim() = default;

    /// `run` is the same for all workers of a run, and for no other. Tries again until `patience_s`
    /// have passed; then throws Error that names the process that has it, and its state.
    DeviceClaim(const std::string& run, std::int32_t device_index, double patience_s);

    [[nodiscard]] explicit operator bool() const { return static_cast<bool>(socket_); }

  private:
    Descriptor socket_;
};

}  // namespace rackproof
