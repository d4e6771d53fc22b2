#pragma once

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace rackproof::gpu {

/// Can this process still work with the GPU after the error?
enum class After : std::uint8_t {
    Usable,
    Lost,  ///< every later call fails likewise (a "sticky" error): only a new process is rid of it
};

/// What a vendor's runtime answered to one call. The sentence names call, device and the runtime's
/// own text: "cudaMemcpyAsync on GPU 3 (0000:5d:00.0): cudaErrorIllegalAddress (700): an ...".
class GpuError : public Error {
  public:
    GpuError(std::string_view attempted, std::string_view answer, After after,
             std::source_location where);

    [[nodiscard]] After after() const noexcept { return after_; }

  private:
    After after_;
};

/// The functions of a runtime that tell what a code means; tests give their own.
struct ErrorCalls {
    const char* (*name)(int code);  ///< "cudaErrorIllegalAddress"
    const char* (*text)(int code);
    int (*clear)();  ///< forgets the last error, if it can be forgotten
    int (*probe)();  ///< a harmless call that succeeds on a device that still works
    int success;
};

/// The error for `code`, the answer to `call` on `device`. A code that outlives clear() and comes
/// back from probe() is sticky. Each pointer may answer null: then the number has to do.
[[nodiscard]] GpuError error_of(int code, std::string_view call, std::string_view device,
                                const ErrorCalls& calls, std::source_location where);

}  // namespace rackproof::gpu
